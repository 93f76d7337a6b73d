"""Jira's query language: what each query of the subset finds, and that everything else is refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameday_fakes.jira.jql import parse
from gameday_fakes.jira.jql_values import Unsupported
from gameday_fakes.jira.models import SEARCHABLE, Issue, Issues
from support.rows import rows
from support.thorough import examples

ISSUE = {"project": {"key": "SYNC"}, "issuetype": {"name": "Task"}, "summary": "Order of 006A is late"}


def an_issue() -> Issue:
    return Issues().create({**ISSUE, "labels": ["late"]})


@pytest.fixture
def three() -> Issues:
    """One that is late, one that is wrong and done, one that says nothing."""
    issues = Issues()
    components = [{"name": "Order sync"}]
    issues.create({**ISSUE, "labels": ["late", "gameday"], "priority": {"name": "High"}, "components": components})
    document = {"type": "doc", "content": [{"type": "text", "text": "the price AND the tax"}]}
    issues.create({**ISSUE, "issuetype": {"id": "10002"}, "summary": "Wrong total", "description": document})
    issues.by_key["SYNC-2"].fields["assignee"] = {"name": "finance"}
    issues.comment(issues.create({**ISSUE, "summary": "Untitled"}), "replayed")
    issues.by_key["SYNC-2"].status = "Done"
    return issues


@rows(
    ("query", "found"),
    [
        ("", "321"),
        ("project = SYNC", "321"),
        ("project = OTHER", ""),
        ('PROJECT = "sync" and STATUS = "to do"', "31"),
        ("status != Done", "31"),
        ("statusCategory != Done", "31"),
        ("resolution = Unresolved", "31"),
        ("resolution = Done", "2"),
        ("labels = late", "1"),
        ("labels != late", ""),
        ("labels in (late, 'other')", "1"),
        ("labels not in (other)", "1"),
        ("labels is EMPTY", "32"),
        ("labels is not EMPTY", "1"),
        ("text ~ 006A", "1"),
        ("text ~ '006'", ""),
        ("text ~ '006*'", "1"),
        ('text ~ "late order"', "1"),
        ("text ~ '\"late order\"'", ""),
        ('text ~ "\\"order of\\""', "1"),
        ("text ~ 'price AND tax'", "2"),
        ("description ~ price", "2"),
        ("summary ~ price", ""),
        ("summary !~ total", "31"),
        ("description !~ x", "2"),
        ("issuetype = Bug", "2"),
        ("type in (Task, 10002)", "321"),
        ("priority = high", "1"),
        ("key in (SYNC-1, SYNC-3)", "31"),
        ("labels = late OR status = Done AND labels = late OR issuetype = Bug", "21"),
        ("(labels = late OR status = Done) AND project = SYNC", "21"),
        ("project = SYNC AND (labels = late OR status = Done)", "21"),
        ("NOT status = Done", "31"),
        ("!(status = Done OR labels = late)", "3"),
        ("project = SYNC && (labels = late || status = Done)", "21"),
        ("labels = late OR labels = late AND status = Done", "1"),
        ("created >= -1d", "321"),
        ('created < "-1d"', ""),
        ("created <= now()", "321"),
        ("created >= startOfDay() AND updated > '2001-01-31 12:30'", "321"),
        ("created < '2001/01/31'", ""),
        (r"summary ~ '\\[Order\\] of 006A'", "1"),
        (r"summary ~ 'order-of'", "1"),
        (r"text ~ 'ord*r wro?g'", ""),
        (r"text ~ 'wro?g t*l'", "2"),
        (r'"assignee" = "finance\u0040example.com"', "2"),
        (r"assignee = finance\u0040example.com", "2"),
        (r"labels = 'l\u0061te'", "1"),
        ('labels = "order"', ""),
        ("text ~ '(price) tax'", "2"),
        ("updated >= '-1w 2d'", "321"),
        ("assignee is EMPTY", "31"),
        ("assignee = currentUser()", ""),
        ("assignee in (currentUser(), finance)", "2"),
        ("assignee = 'finance@example.com'", "2"),
        ("reporter = currentUser()", "321"),
        ("component = 'Order sync'", "1"),
        ("comment ~ replayed", "3"),
        ("text ~ replayed", "3"),
        ("issue in (SYNC-1, 10003)", "31"),
        ("ORDER BY key", "123"),
        ("project = SYNC order by status, key DESC", "231"),
        ("text ~ 'ORDER BY' ORDER BY key ASC", ""),
    ],
)
def test_a_query_finds_what_it_means(three: Issues, query: str, found: str) -> None:
    assert "".join(issue.key[-1] for issue in three.search(query)) == found


@rows(
    ("query", "said"),
    [
        ("colour = red", "Field 'colour' does not exist"),
        ("project", "it ends before it is complete"),
        ("project =", "it ends before it is complete"),
        ("project = SYNC AND", "it ends before it is complete"),
        ("project = SYNC status = Done", "Expecting the end of the query but got 'status'"),
        ("summary = late", "The operator '=' is not supported by the 'summary' field"),
        ("labels ~ late", "The operator '~' is not supported by the 'labels' field"),
        ("labels in late", "Expecting '(' after 'in'"),
        ("labels in (late", "Expecting ')' or ','"),
        ("labels in (late wrong)", "Expecting ')' or ','"),
        ("labels is late", "The operator 'is' only supports EMPTY"),
        ("text ~ '*'", "it has no beginning"),
        ("text ~ ''", "it has no beginning"),
        ("labels = '", "the quoted string has not been completed"),
        ("ORDER project", "Expecting 'by' after 'order'"),
        ("(project = SYNC", "Expecting ')'"),
        ("project = SYNC)", "Expecting the end of the query but got ')'"),
        ("status > Done", "The operator '>' is not supported by the 'status' field"),
        ("labels = order", "'order' is a reserved JQL word"),
        ("text ~ First", "'First' is a reserved JQL word"),
        ("assignee = finance@example.com", "The character '@' is a reserved JQL character"),
        ("created > 2001/01/31", "or use the escape '\\u002f' instead"),
        (r"summary ~ '\[x\]'", r"'\[' is an illegal JQL escape sequence"),
        (r"summary ~ '\\['", "it has no beginning"),
        ("created > yesterday", "Date value 'yesterday' is invalid"),
        ("created > 2026-13-01", "Date value '2026-13-01' is invalid"),
        ("created > -999999w", "Date value '-999999w' is invalid"),
        ("not " * 60 + "project = SYNC", "nested too deeply"),
        ("(" * 60 + "project = SYNC", "nested too deeply"),
    ],
)
def test_a_query_that_is_not_known_is_refused_in_a_sentence(three: Issues, query: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        three.search(query)


@pytest.mark.parametrize(
    ("query", "lacking"),
    [
        ("duedate < now()", "field duedate"),
        ('"Epic Link" = SYNC-1', "field epic link"),
        ("cf[10010] = 3", "field cf[10010]"),
        ("labels in standardIssueTypes()", "function standardissuetypes"),
        ("assignee = membersOf('finance')", "function membersof"),
        ("created > endOfMonth(-1)", "function endofmonth"),
        ("status was Done", "operator was"),
        ("text ~ 'price OR tax'", "operator OR in a text"),
        ("text ~ '[a TO b]'", "operator [ in a text"),
        ("text ~ '-price'", "operator -p in a text"),
        ("status changed", "operator changed"),
        ("created = '2026-01-01'", "operator = of dates"),
        ("labels = EMPTY", "= EMPTY"),
    ],
)
def test_what_jira_has_and_the_fake_lacks_is_no_mistake_of_the_client(three: Issues, query: str, lacking: str) -> None:
    with pytest.raises(Unsupported) as refused:
        three.search(query)
    assert refused.value.what == lacking


def test_a_search_may_need_a_condition(three: Issues) -> None:
    with pytest.raises(ValueError, match="Unbounded JQL"):
        three.search("ORDER BY created", bounded=True)


_WORDS = st.sampled_from(
    [
        *"=~(),'\"\\*?!<>",
        *(
            "!=",
            "!~",
            "currentUser()",
            "-1d",
            "and",
            "or",
            "in",
            "not",
            "is",
            "order",
            "by",
            "asc",
            "desc",
            "empty",
            "x",
        ),
    ]
)


@settings(deadline=None, max_examples=examples(200))
@given(st.lists(st.sampled_from(SEARCHABLE) | _WORDS | st.text(max_size=3), max_size=8))
def test_any_query_is_answered_or_refused(words: list[str]) -> None:
    for query in (" ".join(words), "".join(words)):
        try:
            asked = parse(query, SEARCHABLE)
        except ValueError:
            continue
        assert asked.test(an_issue().searchable()) in (True, False)
