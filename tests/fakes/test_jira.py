"""The unmodified ``jira`` client over plain http, and what its tickets become."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jira
import pytest

from gameday_fakes.jira.models import Issues, edited, problems
from support.credentials import JIRA

pytestmark = pytest.mark.slow

BASIC = (JIRA["user"], JIRA["token"])
ISSUE = {"project": {"key": "SYNC"}, "issuetype": {"name": "Task"}, "summary": "Order of 006A is late"}
FIELDS = {"project": JIRA["project"], "issuetype": {"name": "Task"}, "summary": "Order of 006A is missing"}


@pytest.fixture
def client(fakes: Any) -> Iterator[jira.JIRA]:
    """A client that has logged in by name and token."""
    client = jira.JIRA(fakes.urls["jira"], basic_auth=BASIC, get_server_info=True)
    yield client
    client.close()


def test_the_client_logs_in_by_bearer_token(fakes: Any) -> None:
    client = jira.JIRA(fakes.urls["jira"], token_auth=JIRA["token"])
    assert client.myself()["emailAddress"] == JIRA["user"]
    client.close()


def test_wrong_credentials_are_refused(fakes: Any) -> None:
    client = jira.JIRA(fakes.urls["jira"], basic_auth=(JIRA["user"], "wrong"), max_retries=0)
    with pytest.raises(jira.JIRAError) as refused:
        client.myself()
    assert refused.value.status_code == 401
    client.close()


def test_the_client_creates_an_issue_and_reads_it(client: jira.JIRA) -> None:
    key = client.create_issue(fields=FIELDS).key
    issue = client.issue(key)
    assert (issue.fields.summary, issue.fields.status.name) == (FIELDS["summary"], "To Do")


def test_asked_twice_there_are_two_issues(fakes: Any, client: jira.JIRA) -> None:
    keys = {client.create_issue(fields=FIELDS).key for _ in range(2)}
    assert len(keys) == len(fakes.snapshot("jira")) == 2


def test_the_client_edits_and_comments(client: jira.JIRA) -> None:
    issue = client.create_issue(fields=FIELDS)
    issue.update(summary="Order of 006A is wrong")
    client.add_comment(issue, "replayed")
    assert client.issue(issue.key).fields.summary == "Order of 006A is wrong"
    assert [comment.body for comment in client.comments(issue)] == ["replayed"]


def test_the_client_moves_an_issue_by_the_name_of_a_transition(client: jira.JIRA) -> None:
    issue = client.create_issue(fields=FIELDS)
    client.transition_issue(issue, "Done")
    assert client.issue(issue.key).raw["fields"]["resolution"] == {"name": "Done"}


def test_a_person_resolves_a_ticket(fakes: Any, client: jira.JIRA) -> None:
    key = client.create_issue(fields=FIELDS).key
    fakes.operate("jira", "resolve_ticket", key)
    assert client.issue(key).fields.status.name == "Done"
    assert [event["value"]["raw"]["action"] for event in fakes.events("ticket")] == ["create", "resolve"]


def test_the_client_finds_issues_by_label_and_status(client: jira.JIRA) -> None:
    client.create_issue(fields={**FIELDS, "labels": ["gameday"]})
    client.create_issue(fields=FIELDS)
    found = client.search_issues(f'project = {JIRA["project"]} AND labels = "gameday" AND status = "To Do"')
    assert [issue.fields.labels for issue in found] == [["gameday"]]


def test_the_client_reads_all_pages(client: jira.JIRA) -> None:
    for _ in range(5):
        client.create_issue(fields=FIELDS)
    assert len(client.search_issues(f"project = {JIRA['project']}", startAt=0, maxResults=2)) == 2
    assert len(client.search_issues(f"project = {JIRA['project']}", maxResults=False)) == 5


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"summary": ""}, "summary"),
        ({"project": {"key": "NOPE"}}, "project"),
        ({"issuetype": {"name": "X"}}, "issuetype"),
    ],
)
def test_a_bad_field_is_named(client: jira.JIRA, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(jira.JIRAError) as refused:
        client.create_issue(fields={**FIELDS, **changed})
    assert refused.value.status_code == 400
    assert refused.value.response is not None
    assert field in refused.value.response.json()["errors"]


def test_an_unknown_issue_does_not_exist(client: jira.JIRA) -> None:
    with pytest.raises(jira.JIRAError, match="Issue Does Not Exist"):
        client.issue("SYNC-404")


def test_a_bad_query_says_so(client: jira.JIRA) -> None:
    with pytest.raises(jira.JIRAError) as refused:
        client.search_issues("project ~~ 3")
    assert refused.value.status_code == 400


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'{"fields":[]}', b'{"fields":{"summary":{}}}', b"\xff"])
def test_a_malformed_issue_is_refused_in_the_vendors_shape(fakes: Any, body: bytes) -> None:
    reply = fakes.client.post(f"{fakes.urls['jira']}/rest/api/2/issue", content=body, auth=BASIC)
    assert reply.status_code == 400
    assert set(reply.json()) == {"errorMessages", "errors"}


def test_an_issue_type_of_another_shape_is_refused_and_not_an_error_of_the_server() -> None:
    assert problems({"project": {"key": "SYNC"}, "summary": "s", "issuetype": {"id": []}}) == {
        "issuetype": "valid issue type is required"
    }


# -- editing ------------------------------------------------------------------------------------------------


def test_the_client_edits_labels_one_by_one(client: jira.JIRA) -> None:
    issue = client.create_issue(fields={**FIELDS, "labels": ["late", "gameday"]})
    issue.update(update={"labels": [{"add": "replayed"}, {"remove": "late"}]})
    assert client.issue(issue.key).fields.labels == ["gameday", "replayed"]


def test_the_client_comments_with_a_transition(client: jira.JIRA) -> None:
    issue = client.create_issue(fields=FIELDS)
    client.transition_issue(issue, "Done", fields={"resolution": {"name": "Done"}}, comment="replayed")
    assert [comment.body for comment in client.comments(issue)] == ["replayed"]


def test_every_create_edit_and_transition_is_in_the_history_and_a_comment_is_not(fakes: Any, client: jira.JIRA) -> None:
    issue = client.create_issue(fields=FIELDS)
    issue.update(summary="Order of 006A is wrong")
    client.add_comment(issue, "replayed")
    client.transition_issue(issue, "In Progress")
    client.transition_issue(issue, "Done")
    raws = [event["value"]["raw"] for event in fakes.events("ticket")]
    assert [raw["action"] for raw in raws] == ["create", "update", "update", "resolve"]
    assert {raw["issue"]["key"] for raw in raws} == {issue.key}
    assert raws[1]["issue"]["fields"]["summary"] == "Order of 006A is wrong"


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {"fields": None},
        {"fields": []},
        {"update": []},
        {"fields": {"summary": ""}},
        {"update": {"summary": [{"append": "x"}]}},
        {"update": {"comment": [{"add": {}}]}},
        {"update": {"labels": "late"}},
        {"fields": {"labels": 5}},
        {"update": {"labels": [{"set": 5}]}},
        {"fields": {"project": {"key": "OTHER"}}},
    ],
)
def test_a_bad_edit_changes_nothing_and_names_the_field(body: Any) -> None:
    issue = Issues().create({**ISSUE, "labels": ["late"]})
    before = dict(issue.fields)
    _, _, found = edited(issue, body)
    assert found
    assert issue.fields == before


# -- metadata -----------------------------------------------------------------------------------------------


def test_the_client_asks_what_a_new_issue_needs(client: jira.JIRA) -> None:
    types = client.project_issue_types("SYNC")
    assert [kind.name for kind in types] == ["Task", "Bug", "Incident"]
    fields = client.project_issue_fields("SYNC", types[0].id)
    assert [field.fieldId for field in fields if field.required] == ["project", "issuetype", "summary"]


def test_older_clients_ask_for_it_all_in_one(fakes: Any) -> None:
    reply = fakes.client.get(f"{fakes.urls['jira']}/rest/api/2/issue/createmeta", auth=BASIC)
    assert reply.json()["projects"][0]["issuetypes"][0]["fields"]["summary"]["required"] is True


@pytest.mark.parametrize(
    "path", ["project/NOPE", "issue/createmeta/NOPE/issuetypes", "issue/createmeta/SYNC/issuetypes/1"]
)
def test_what_is_not_there_is_404(fakes: Any, path: str) -> None:
    assert fakes.client.get(f"{fakes.urls['jira']}/rest/api/2/{path}", auth=BASIC).status_code == 404


@pytest.mark.parametrize("authorization", ["", "Basic", "Basic !", "Basic eDp5", "Bearer wrong", "Negotiate x"])
def test_a_proof_that_is_none_is_401(fakes: Any, authorization: str) -> None:
    headers = {"authorization": authorization}
    assert fakes.client.get(f"{fakes.urls['jira']}/rest/api/2/myself", headers=headers).status_code == 401


def test_an_issue_has_its_times_of_creation_and_change() -> None:
    now = iter([1_700_000_000.25, 1_700_000_060.5])
    issues = Issues(lambda: next(now))
    issue = issues.create(dict(ISSUE))
    issues.comment(issue, "replayed")
    assert (issue.created, issue.updated) == ("2023-11-14T22:13:20.250+0000", "2023-11-14T22:14:20.500+0000")


@pytest.mark.parametrize("asked", [{"maxResults": "x"}, {"startAt": "1e9999999"}, {"maxResults": "9" * 5000}])
def test_a_page_that_is_no_number_is_a_bad_query(fakes: Any, asked: dict[str, str]) -> None:
    reply = fakes.client.post(f"{fakes.urls['jira']}/rest/api/2/search", json=asked, auth=BASIC)
    assert reply.status_code == 400
    assert "is not a number of issues" in reply.json()["errorMessages"][0]


def test_the_client_asks_for_some_fields_only(client: jira.JIRA) -> None:
    client.create_issue(fields=FIELDS)
    found = client.search_issues("project = SYNC", fields="summary,status")
    assert set(found[0].raw["fields"]) == {"summary", "status"}
