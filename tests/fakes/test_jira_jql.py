"""Jira's query language: what each query of the subset finds, and that everything else is refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameday_fakes.jira.jql import parse
from gameday_fakes.jira.models import SEARCHABLE, Issue, Issues

ISSUE = {"project": {"key": "SYNC"}, "issuetype": {"name": "Task"}, "summary": "Order of 006A is late"}


def an_issue() -> Issue:
    return Issues().create({**ISSUE, "labels": ["late"]})


@pytest.fixture
def three() -> Issues:
    """One that is late, one that is wrong and done, one that says nothing."""
    issues = Issues()
    issues.create({**ISSUE, "labels": ["late", "gameday"], "priority": {"name": "High"}})
    document = {"type": "doc", "content": [{"type": "text", "text": "the price AND the tax"}]}
    issues.create({**ISSUE, "issuetype": {"id": "10002"}, "summary": "Wrong total", "description": document})
    issues.create({**ISSUE, "summary": "Untitled"})
    issues.by_key["SYNC-2"].status = "Done"
    return issues


@pytest.mark.parametrize(
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
        ("ORDER BY key", "123"),
        ("project = SYNC order by status, key DESC", "231"),
        ("text ~ 'ORDER BY' ORDER BY key ASC", ""),
    ],
)
def test_a_query_finds_what_it_means(three: Issues, query: str, found: str) -> None:
    assert "".join(issue.key[-1] for issue in three.search(query)) == found


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("colour = red", "Field 'colour' does not exist"),
        ("project", "it ends before it is complete"),
        ("project =", "it ends before it is complete"),
        ("project = SYNC AND", "it ends before it is complete"),
        ("created >= -1d", "Expecting operator but got '>'"),
        ("project = SYNC status = Done", "Expecting the end of the query but got 'status'"),
        ("(project = SYNC)", "Field '(' does not exist"),
        ("summary = late", "The operator '=' is not supported by the 'summary' field"),
        ("labels ~ late", "The operator '~' is not supported by the 'labels' field"),
        ("labels in late", "Expecting '(' after 'in'"),
        ("labels in (late", "Expecting ')' or ','"),
        ("labels in (late wrong)", "Expecting ')' or ','"),
        ("labels is late", "The operator 'is' only supports EMPTY"),
        ("assignee = currentUser()", "Expecting the end of the query but got '('"),
        ("text ~ '*'", "it has no beginning"),
        ("text ~ ''", "it has no beginning"),
        ("labels = '", "the quoted string has not been completed"),
        ("ORDER project", "Expecting 'by' after 'order'"),
    ],
)
def test_a_query_that_is_not_known_is_refused_in_a_sentence(three: Issues, query: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        three.search(query)


_WORDS = st.sampled_from(
    [*"=~(),'\"\\*?!", "!=", "!~", *("and", "or", "in", "not", "is", "order", "by", "asc", "desc", "empty"), "x"]
)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(SEARCHABLE) | _WORDS | st.text(max_size=3), max_size=8))
def test_any_query_is_answered_or_refused(words: list[str]) -> None:
    for query in (" ".join(words), "".join(words)):
        try:
            asked = parse(query, SEARCHABLE)
        except ValueError:
            continue
        assert asked.test(an_issue().searchable()) in (True, False)
