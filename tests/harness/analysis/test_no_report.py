"""What reports nothing: an all-clear, an alert under another flow, a text as a time, rows that a ledger has twice."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gameday.analysis.alerts import alarms
from gameday.analysis.causes import causes_in
from gameday.analysis.ending import ending
from gameday.analysis.incident import incident
from gameday.analysis.reconcile import reconcile
from gameday.model.checker import ControlLedgers, Result
from gameday.model.scenario import Expectation
from gameday.scoring.judge import LEDGERS_WHOLE, judge
from gameday.scoring.score import score


def reported(story: Any) -> bool:
    """Whether D1 is reported."""
    found: bool = reconcile(story.case()).outcomes[1].reported
    return found


@pytest.fixture
def lost(locked: Any) -> Any:
    """D1 is lost: the record lock hit it, and it never arrived."""
    return locked.deal("D1", 70).hit("D1", 71)


WELL = (
    "all is well",
    "closed-won-to-sales-order: all is well",
    "closed-won-to-sales-order OK",
    "[OK] record lock on 12 deals",
    "RESOLVED: the record is locked by another process",
    "closed-won-to-sales-order recovered from record lock",
    "back to normal",
    "no errors in the last pass",
    "0 failed, all systems go",
    "Heartbeat",
    "sync is healthy",
    "everything is fine",
    "nothing to report",
    "pass finished without errors",
    "all orders are in sync",
    "status: green",
    "the record lock has been resolved",
    "this is only a test",
    "retried the order successfully after a record lock",
    "record lock, retried successfully",
    "record lock on one deal (resolved)",
    "record lock; it has since been booked",
    "the ERP was down, self-healed",
    "lock auto-remediated",
    "the order was processed after a record lock",
)
TROUBLE = (
    "record lock",
    "12 orders are stuck",
    "not recovered: record is locked",
    "the session could not be resolved",
    "Unresolved: record lock",
    "until the lock is resolved, deals wait: record is locked",
    "Closed period refuses invoices",
    "Normal orders are locked",
    "no successful run since 10:00: record lock",
    "2 of 5 deals recovered, the record is locked",
    "the token is no longer valid",
    "ERP is not healthy: record lock",
    "all orders failed",
    "everything is locked",
    "records locked; last successful run at 10:00",
    "12 orders retried successfully, 1 failed: record lock",
    "another deal recovered from a timeout; this one is still locked",
    "record lock, retried without success",
    "record lock, not resolved",
    "record lock; to be retried automatically",
    "duplicate order, now booked",
    "the order was created twice, retried successfully",
    "the total differs, processed after a timeout",
    "5 orders were written successfully but the record of 1 is locked",
)


@pytest.mark.parametrize("text", WELL)
@pytest.mark.parametrize("where", ["summary", "reason", "text"])
def test_what_says_that_all_is_well_alerts_nobody_and_reports_nothing(locked: Any, text: str, where: str) -> None:
    said = {"reason": "", "text": "", where: text}
    if where == "text":
        # A text is looked at where nothing else says what is wrong.
        said["text"] = text if not causes_in(text) else "all is well"
    locked.deal("D1", 70).hit("D1", 71).order("D1", 400)
    case = locked.alert("D1", at_s=140, payload=where != "text", **said).alert(at_s=145, **said).case()
    assert incident(case).times.alerted_s is None
    assert not reconcile(case).outcomes[1].reported


@pytest.mark.parametrize("text", TROUBLE)
@pytest.mark.parametrize("where", ["summary", "reason"])
def test_what_only_looks_like_an_all_clear_still_alerts(locked: Any, text: str, where: str) -> None:
    said = {"reason": "", where: text}
    locked.deal("D1", 70).hit("D1", 71).order("D1", 400).alert("D1", at_s=140, **said)
    assert incident(locked.case()).times.alerted_s == 140


def test_what_a_payload_says_is_no_all_clear(locked: Any) -> None:
    locked.deal("D1", 70).hit("D1", 71).order("D1", 400)
    said = {"reason": "12 orders are stuck", "text": "12 orders are stuck\nid: D1\nsku: SKU-1\nstatus: ok"}
    assert incident(locked.alert("D1", at_s=140, **said).case()).times.alerted_s == 140


def test_a_severity_that_pages_nobody_alerts_nobody_unless_a_cause_is_stated(locked: Any) -> None:
    locked.deal("D1", 70).hit("D1", 71).order("D1", 400)
    locked.alert("D1", at_s=140, severity="info", reason="pass 12 has begun", text="pass 12 has begun")
    assert incident(locked.case()).times.alerted_s is None
    assert incident(locked.alert("D1", at_s=150, severity="info", reason="record lock").case()).times.alerted_s == 150


@pytest.mark.parametrize("update", ["all is well", "back to normal", "RESOLVED: record lock", "0 errors", "D1: fine"])
def test_an_open_alert_that_is_updated_with_an_all_clear_reports_nothing(lost: Any, update: str) -> None:
    lost.alert("D1", at_s=140, key="k")
    assert reported(lost)
    assert not reported(lost.alert("D1", at_s=200, key="k", summary=update))


def test_an_all_clear_about_one_deal_leaves_the_alert_about_another_open(lost: Any) -> None:
    lost.deal("D2", 70).hit("D2", 71).order("D2", 300).alert("D1", "D2", at_s=140, key="k")
    assert reported(lost.alert("D2", at_s=310, key="k", summary="D2 has recovered"))


def test_an_all_clear_after_the_repair_ends_the_incident_well(locked: Any) -> None:
    locked.deal("D1", 70).hit("D1", 71).order("D1", 400).alert("D1", at_s=140, key="k")
    case = locked.alert("D1", at_s=450, key="k", summary="recovered: all orders were written").case()
    assert reconcile(case).outcomes[1].reported
    assert not ending(case).early
    assert alarms(case)[0].worth == 1.0


def test_an_alert_that_is_raised_again_after_an_all_clear_reports_again(lost: Any) -> None:
    lost.alert("D1", at_s=140, key="k").alert("D1", at_s=200, key="k", summary="all is well")
    assert reported(lost.alert("D1", at_s=300, key="k"))


@pytest.mark.parametrize("flow", ["another flow", "closed-won-to-sales-order-2", "orders", "CLOSED-WON", "none", "-"])
@pytest.mark.parametrize("kind", ["alert", "ticket"])
def test_a_signal_under_another_flow_reports_nothing_and_parks_nothing(lost: Any, flow: str, kind: str) -> None:
    lost.alert("D1", at_s=140, kind=kind, flow=flow)
    outcome = reconcile(lost.case()).outcomes[1]
    assert (outcome.reported, outcome.state) == (False, "lost")
    assert alarms(lost.case())[0].worth == 0.0
    assert reported(lost.alert("D1", at_s=150, flow=""))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-06-30T10:00:00Z", True),
        ("2026-06-30 10:00:00,123 +0200", True),
        ("Tue, 30 Jun 2026 10:00:00 GMT", True),
        ("30.06.2026 10:00", True),
        ("6/30/2026 10:00 AM", True),
        ("20260630T100000Z", True),
        ("1782813600", True),
        ("1782813600123", True),
        ("10:42", True),
        ("4 minutes ago", True),
        ("June 30, 2026", True),
        ("", False),
        ("yes", False),
        ("unknown", False),
        ("just now", False),
        ("a while ago", False),
        ("during the last pass", False),
        ("see the log", False),
        ("3", False),
        ("12 deals", False),
        ("job-20261", False),
        ("1970-01-01T00:00:00Z", False),
        ("0", False),
        ("0001-01-01T00:00:00Z", False),
        ("25:61", False),
    ],
)
def test_first_seen_has_to_state_a_moment(locked: Any, text: str, moment: bool) -> None:
    locked.deal("D1", 70).hit("D1", 71).order("D1", 400).alert("D1", at_s=140, first_seen=text)
    context = next(row for row in score(locked.case()).detection.rows if row.term == "context")
    assert ("1 with first seen" in context.why) is moment


@pytest.mark.parametrize("role", ["crm", "erp", "others", "invoices", "control"])
def test_a_ledger_with_several_rows_of_one_id_passes_nothing(locked: Any, new_story: Any, role: str) -> None:
    locked.expectations = (Expectation("nothing unreported"),)
    case = locked.deal("D1", 400).order("D1").case()
    other = msgspec.structs.replace(case.erp.entries[0], id="WEB-1", keys={}, invoices=())
    case = msgspec.structs.replace(
        case, erp=msgspec.structs.replace(case.erp, others=(other,), entries=(*case.erp.entries, other))
    )
    assert judge(case)[0] is Result.PASSED
    crm, erp = case.crm, case.erp
    twin = msgspec.structs.replace(erp.entries[0], state="cancelled")
    bills = (*erp.entries[1].invoices, *erp.entries[0].invoices)
    changed = {
        "crm": lambda: {"crm": msgspec.structs.replace(crm, entries=(*crm.entries, crm.entries[0]))},
        "erp": lambda: {"erp": msgspec.structs.replace(erp, entries=(*erp.entries, twin))},
        "others": lambda: {"erp": msgspec.structs.replace(erp, others=(other, other))},
        "invoices": lambda: {
            "erp": msgspec.structs.replace(
                erp, entries=(erp.entries[0], msgspec.structs.replace(erp.entries[1], invoices=bills), other)
            )
        },
        "control": lambda: {
            "control_ledgers": ControlLedgers(msgspec.structs.replace(crm, entries=(*crm.entries, crm.entries[0])), erp)
        },
    }[role]()
    result, verdicts = judge(msgspec.structs.replace(case, **changed))
    assert result is not Result.PASSED
    assert any(verdict.name == LEDGERS_WHOLE and verdict.result is Result.INCONCLUSIVE for verdict in verdicts)
