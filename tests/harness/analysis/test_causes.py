"""Causes are recognised by statements, not by words that happen to occur."""

from __future__ import annotations

import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gameday.analysis.cause_list import CAUSES
from gameday.analysis.causes import causes_in, explains, explains_parking, states
from gameday.model.fault import faults
from support.rows import rows

BUNDLED = sorted(name for name, fault in faults.items() if fault.__module__.startswith("gameday.faults."))


@rows(
    ("text", "cause"),
    [
        ("the role lost its right to edit sales orders", "permission"),
        ("permission denied: access forbidden (403)", "permission"),
        ("INSUFFICIENT_ACCESS_OR_READONLY", "permission"),
        ("Session expired or invalid", "login"),
        ("the access token was revoked", "login"),
        ("RCRD_HAS_BEEN_LOCKED", "lock"),
        ("UNABLE_TO_LOCK_ROW", "lock"),
        ("RecordLocked", "lock"),
        ("429 Too Many Requests", "rate limit"),
        ("503 Service Unavailable", "outage"),
        ("connect ECONNREFUSED 10.0.0.1:443", "connection"),
        ("connection to the ERP was reset", "connection"),
        ("ReadTimeout: the read operation timed out", "slow"),
        ("No such column 'Amount' on entity 'Opportunity'", "schema"),
        ("accounting period 2026-06 is closed", "period"),
        ("the item is inactive", "reference"),
        ("price drift: outside the tolerance", "price"),
        ("three deals were never delivered", "missing"),
        ("one deal, two orders: duplicate", "duplicate"),
        ("100.00 EUR in the CRM differs from 99.00 EUR in the ERP", "mismatch"),
        ("header without lines", "half-written"),
        ("stale read: an older version", "stale"),
    ],
)
def test_statements_of_each_cause_are_recognised(text: str, cause: str) -> None:
    assert cause in causes_in(text)


@rows(
    "text",
    [
        "",
        "disk full",
        "Error while accessing a resource",
        "a clock on the wall, and a blocked street",
        "order of events",
        "the lines of the deal",
        "not locked, no duplicates, never rejected",
        "the sync runs every period",
        "syntax of the taxonomy",
        "field trip",
        "accessing items of the batch",
    ],
)
def test_words_alone_state_no_cause(text: str) -> None:
    assert causes_in(text) == frozenset()


STATEMENTS = tomllib.loads(Path(__file__).with_name("statements.toml").read_text(encoding="utf-8"))


def test_every_cause_has_texts_that_state_it_and_texts_that_do_not() -> None:
    assert {*STATEMENTS} == {cause.name for cause in CAUSES}
    assert all(len(texts["yes"]) + len(texts["no"]) >= 20 for texts in STATEMENTS.values())


@rows("cause", STATEMENTS)
def test_a_cause_is_stated_by_its_statements_and_by_no_text_that_looks_alike(cause: str) -> None:
    texts = STATEMENTS[cause]
    assert [text for text in texts["yes"] if cause not in causes_in(text)] == []
    assert [text for text in texts["no"] if cause in causes_in(text)] == []


@rows("name", BUNDLED)
def test_every_reason_of_the_bundled_faults_means_a_known_cause(name: str) -> None:
    known = {word for cause in CAUSES for word in cause.words}
    assert [word for word in faults[name].reasons if word.casefold() not in known] == []


def test_the_right_reason_is_one_of_the_faults_causes() -> None:
    words = ("permission", "forbidden", "403", "INSUFFICIENT", "access")
    assert states("the role lost its right to edit sales orders", words)
    assert not states("Error while accessing a resource", words)
    assert not states("record lock", words)


def test_a_reason_that_means_no_known_cause_is_looked_for_as_it_is() -> None:
    assert states("the moon is full: tides", ("tide",))
    assert not states("riptides", ("tide",))


@rows(
    ("text", "parks"),
    [
        ("backlog: deals wait", False),
        ("backlog: deals lag behind (slow system)", False),
        ("requests timed out", True),
        ("backlog: the records are locked", True),
    ],
)
def test_that_a_deal_waits_explains_why_it_is_missing_and_not_why_it_is_parked(text: str, parks: bool) -> None:
    assert explains(text, "lost")
    assert explains_parking(text, "lost") is parks


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assert causes_in(text) <= {cause.name for cause in CAUSES}


@rows(
    ("text", "stated"),
    [
        ("USER_ERROR: Error while accessing a resource. Please enter value(s) for: Region.", True),
        ("the form has a new mandatory field", True),
        ("REQUIRED_FIELD_MISSING", True),
        ("Please enter value(s) for: Rate. Item SKU-1 has no price in USD.", False),
        ("no action is required", False),
    ],
)
def test_a_mandatory_field_that_is_missing_is_a_changed_schema(text: str, stated: bool) -> None:
    assert states(text, ("field", "schema")) is stated
