"""Version 3 of Jira's API, as Cloud has it, and what both versions know of people, links and several issues at once."""

from __future__ import annotations

from typing import Any

import pytest

from gameday_fakes.jira.documents import as_document, as_shown, is_document, plain_text, text_problems
from gameday_fakes.jira.links import LINK_TYPES, Links
from support.credentials import JIRA
from support.rows import rows

BASIC = (JIRA["user"], JIRA["token"])
FIELDS = {"project": {"key": "SYNC"}, "issuetype": {"name": "Task"}, "summary": "Order of 006A is late"}
TEXT = "flow: closed-won-to-sales-order\nreason: the period is closed"


class Cloud:
    """Requests to version 3, or to another one."""

    def __init__(self, fakes: Any) -> None:
        self.fakes = fakes

    def ask(self, method: str, path: str, body: Any = None, version: str = "3", **more: Any) -> Any:
        url = f"{self.fakes.urls['jira']}/rest/api/{version}/{path}"
        return self.fakes.client.request(method, url, json=body, auth=BASIC, **more)

    def create(self, **fields: Any) -> str:
        reply = self.ask("POST", "issue", {"fields": {**FIELDS, **fields}})
        return str(reply.raise_for_status().json()["key"])

    def actions(self) -> list[str]:
        return [event["value"]["raw"]["action"] for event in self.fakes.events("ticket")]


@pytest.fixture
def cloud(fakes: Any) -> Cloud:
    return Cloud(fakes)


slow = pytest.mark.slow


# -- search -------------------------------------------------------------------------------------------------


@slow
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_old_search_is_gone_and_says_where_the_new_one_is(cloud: Cloud, method: str) -> None:
    reply = cloud.ask(method, "search")
    assert reply.status_code == 410
    assert "/rest/api/3/search/jql" in reply.json()["errorMessages"][0]
    assert cloud.ask("GET", "search", version="2").status_code == 200


@slow
def test_a_search_gives_ids_only_unless_it_names_fields(cloud: Cloud) -> None:
    key = cloud.create()
    bare = cloud.ask("GET", "search/jql", params={"jql": "project = SYNC"}).json()
    assert bare == {"isLast": True, "issues": [{"id": "10001"}]}
    named = cloud.ask("POST", "search/jql", {"jql": "project = SYNC", "fields": ["summary"]}).json()
    assert (named["issues"][0]["key"], named["issues"][0]["fields"]) == (key, {"summary": FIELDS["summary"]})
    whole = cloud.ask("GET", "search/jql", params={"jql": "project = SYNC", "fields": "*all"}).json()
    assert whole["issues"][0]["fields"]["status"]["statusCategory"]["key"] == "new"


@slow
def test_the_pages_of_a_search_follow_their_tokens_and_the_last_one_has_none(cloud: Cloud) -> None:
    keys = [cloud.create() for _ in range(5)]
    asked = {"jql": "project = SYNC ORDER BY key", "fields": "key", "maxResults": "2"}
    found, pages = [], 0
    while True:
        page = cloud.ask("GET", "search/jql", params=asked).json()
        found += [issue["key"] for issue in page["issues"]]
        pages += 1
        if page["isLast"]:
            break
        asked["nextPageToken"] = page["nextPageToken"]
    assert (found, pages, "nextPageToken" in page) == (keys, 3, False)


@slow
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "Unbounded JQL"),
        ({"jql": "ORDER BY created"}, "Unbounded JQL"),
        ({"jql": "project = SYNC", "nextPageToken": "x"}, "next page token is invalid"),
        ({"jql": "project = SYNC", "nextPageToken": "MCAw"}, "next page token is invalid"),
        ({"jql": "project = SYNC", "maxResults": 0}, "maxResults must be between"),
        ({"jql": "project ="}, "it ends before it is complete"),
    ],
)
def test_a_bad_search_is_refused_in_a_sentence(cloud: Cloud, asked: dict[str, Any], said: str) -> None:
    reply = cloud.ask("POST", "search/jql", asked)
    assert (reply.status_code, said in reply.json()["errorMessages"][0]) == (400, True)


@slow
def test_a_token_belongs_to_its_query(cloud: Cloud) -> None:
    for _ in range(2):
        cloud.create()
    token = cloud.ask("POST", "search/jql", {"jql": "project = SYNC", "maxResults": 1}).json()["nextPageToken"]
    assert cloud.ask("POST", "search/jql", {"jql": "key = SYNC-1", "nextPageToken": token}).status_code == 400


@slow
def test_issues_are_counted(cloud: Cloud) -> None:
    cloud.create(labels=["late"])
    cloud.create()
    assert cloud.ask("POST", "search/approximate-count", {"jql": "labels = late"}).json() == {"count": 1}


@slow
def test_a_query_beyond_the_subset_is_recorded_as_lacking(cloud: Cloud) -> None:
    assert cloud.ask("POST", "search/jql", {"jql": "sprint = 3"}).status_code == 400
    assert [event["value"]["call"] for event in cloud.fakes.events("unsupported")] == ["JQL field sprint"]


@slow
def test_a_query_that_is_wrong_is_the_clients_mistake(cloud: Cloud) -> None:
    assert cloud.ask("POST", "search/jql", {"jql": "colour = red"}).status_code == 400
    assert cloud.fakes.events("unsupported") == []


# -- texts --------------------------------------------------------------------------------------------------


def test_a_text_is_the_same_after_a_document() -> None:
    for text in (TEXT, "", "one", "a\n\nb"):
        assert plain_text(as_document(text)) == text


def test_blocks_marks_and_breaks_of_a_document_are_read() -> None:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": "a"}, {"type": "hardBreak"}]}
    code = {"type": "codeBlock", "content": [{"type": "text", "text": '{"Id": 1}'}]}
    listed = {"type": "bulletList", "content": [{"type": "listItem", "content": [paragraph]}]}
    assert plain_text({"type": "doc", "version": 1, "content": [paragraph, code, listed]}) == 'a\n\n{"Id": 1}\na'


@rows("value", [None, "text", {}, {"type": "doc"}, {"type": "doc", "version": 1}, [], 3])
def test_what_is_no_document_is_not_taken_for_one(value: Any) -> None:
    assert not is_document(value)


@rows(
    "body",
    [
        {"fields": {"description": "text"}},
        {"update": {"description": [{"set": "text"}]}},
        {"update": {"comment": [{"add": {"body": "text"}}]}},
    ],
)
def test_a_plain_text_is_for_version_2_and_a_document_for_version_3(body: dict[str, Any]) -> None:
    assert text_problems(body, "2") == {}
    assert next(iter(text_problems(body, "3").values())).startswith("Operation value must be an Atlassian Document")


def test_each_version_shows_a_text_in_its_own_form() -> None:
    assert as_shown(TEXT, "2") == as_shown(as_document(TEXT), "2") == TEXT
    assert as_shown(TEXT, "3") == as_shown(as_document(TEXT), "3") == as_document(TEXT)


@slow
def test_version_3_refuses_a_plain_description(cloud: Cloud) -> None:
    reply = cloud.ask("POST", "issue", {"fields": {**FIELDS, "description": "text"}})
    assert (reply.status_code, list(reply.json()["errors"])) == (400, ["description"])
    key = cloud.create(description=as_document(TEXT))
    assert cloud.ask("PUT", f"issue/{key}", {"fields": {"description": "text"}}).status_code == 400
    assert cloud.ask("POST", f"issue/{key}/comment", {"body": "text"}).status_code == 400
    assert cloud.ask("GET", f"issue/{key}", version="2").json()["fields"]["description"] == TEXT


# -- people -------------------------------------------------------------------------------------------------


@slow
def test_a_person_is_found_and_assigned_by_account_id(cloud: Cloud) -> None:
    key = cloud.create()
    user = cloud.ask("GET", "user/search", params={"query": "finance"}).json()[0]
    assert cloud.ask("PUT", f"issue/{key}/assignee", {"accountId": user["accountId"]}).status_code == 204
    assigned = cloud.ask("GET", f"issue/{key}").json()["fields"]["assignee"]
    assert assigned["emailAddress"] == "finance@example.com"
    assert cloud.ask("GET", "user", params={"accountId": user["accountId"]}).json() == user


@slow
def test_who_is_assigned_is_in_the_history_as_an_edit_and_as_an_assignment(cloud: Cloud) -> None:
    key = cloud.create()
    for account in ("someone", "someone", "-1"):
        cloud.ask("PUT", f"issue/{key}/assignee", {"accountId": account})
    assert cloud.actions() == ["create", "update", "assign", "update", "update"]
    cloud.ask("PUT", f"issue/{key}", {"fields": {"assignee": {"accountId": "other"}}})
    assert cloud.actions()[-2:] == ["update", "assign"]
    assert cloud.ask("PUT", f"issue/{key}/assignee", {"accountId": None}).status_code == 204
    assert cloud.ask("GET", f"issue/{key}").json()["fields"]["assignee"] is None


@slow
@pytest.mark.parametrize("body", [None, [], {}, {"name": "finance"}, {"accountId": 3}])
def test_an_assignment_without_an_account_id_is_refused(cloud: Cloud, body: Any) -> None:
    key = cloud.create()
    assert cloud.ask("PUT", f"issue/{key}/assignee", body).status_code == 400
    assert cloud.actions() == ["create"]


@slow
def test_version_2_assigns_by_name(cloud: Cloud) -> None:
    key = cloud.create()
    assert cloud.ask("PUT", f"issue/{key}/assignee", {"name": "finance"}, version="2").status_code == 204
    assert cloud.ask("GET", f"issue/{key}").json()["fields"]["assignee"]["displayName"] == "finance"


# -- links, bulk, deletion ----------------------------------------------------------------------------------


@slow
def test_two_issues_are_linked_and_each_shows_the_other(cloud: Cloud) -> None:
    first, second = cloud.create(), cloud.create()
    body = {"type": {"name": "Duplicate"}, "inwardIssue": {"key": first}, "outwardIssue": {"key": second}}
    assert cloud.ask("POST", "issueLink", body).status_code == 201
    (of_first,) = cloud.ask("GET", f"issue/{first}").json()["fields"]["issuelinks"]
    (of_second,) = cloud.ask("GET", f"issue/{second}").json()["fields"]["issuelinks"]
    assert (of_first["outwardIssue"]["key"], of_second["inwardIssue"]["key"]) == (second, first)
    assert cloud.ask("GET", f"issueLink/{of_first['id']}").json()["type"]["outward"] == "duplicates"
    assert cloud.ask("DELETE", f"issueLink/{of_first['id']}").status_code == 204
    assert cloud.ask("GET", f"issue/{first}").json()["fields"]["issuelinks"] == []


@slow
@pytest.mark.parametrize(
    "changed",
    [{"type": {"name": "Hates"}}, {"type": None}, {"inwardIssue": {"key": "SYNC-9"}}, {"outwardIssue": {}}],
)
def test_a_link_to_nothing_is_404(cloud: Cloud, changed: dict[str, Any]) -> None:
    first, second = cloud.create(), cloud.create()
    body = {"type": {"name": "Relates"}, "inwardIssue": {"key": first}, "outwardIssue": {"key": second}}
    assert cloud.ask("POST", "issueLink", {**body, **changed}).status_code == 404
    assert cloud.ask("DELETE", "issueLink/1").status_code == 404


def test_the_same_link_again_is_the_one_that_there_is() -> None:
    links = Links()
    assert links.add(LINK_TYPES[0], "SYNC-1", "SYNC-2") is links.add(LINK_TYPES[0], "SYNC-1", "SYNC-2")
    assert links.add(LINK_TYPES[0], "SYNC-2", "SYNC-1").id == "10002"


@slow
def test_several_issues_are_created_and_the_bad_ones_named_by_their_place(cloud: Cloud) -> None:
    updates = [{"fields": FIELDS}, {"fields": {**FIELDS, "summary": ""}}, {"fields": FIELDS}]
    reply = cloud.ask("POST", "issue/bulk", {"issueUpdates": updates})
    assert (reply.status_code, [issue["key"] for issue in reply.json()["issues"]]) == (201, ["SYNC-1", "SYNC-2"])
    (error,) = reply.json()["errors"]
    assert (error["failedElementNumber"], list(error["elementErrors"]["errors"])) == (1, ["summary"])
    assert cloud.actions() == ["create", "create"]


@slow
@pytest.mark.parametrize("updates", [None, [], [{"fields": {}}], ["x"], [{"fields": FIELDS}] * 51])
def test_several_issues_of_which_none_can_be_created_are_400(cloud: Cloud, updates: Any) -> None:
    assert cloud.ask("POST", "issue/bulk", {"issueUpdates": updates}).status_code == 400
    assert cloud.actions() == []


@slow
def test_a_deleted_issue_is_gone_and_its_key_is_not_given_again(cloud: Cloud) -> None:
    key = cloud.create()
    assert cloud.ask("DELETE", f"issue/{key}").status_code == 204
    assert cloud.ask("GET", f"issue/{key}").status_code == 404
    assert cloud.create() == "SYNC-2"
    assert cloud.actions() == ["create", "resolve", "create"]
