"""The cause: refused requests beside good ones, errors by operation, the stack's log, and a sentence for each group."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gameday.model.checker import Result
from gameday_reports.brief.context import context as brief
from gameday_reports.postmortem.cause import cause
from gameday_reports.postmortem.cause.pairs import compared
from gameday_reports.postmortem.context import context
from gameday_reports.postmortem.leader import faults_in_words
from gameday_reports.recorded import RecordedRun

ORDER = {"operation": "order.write", "method": "PUT", "path": "/record/salesOrder"}
GOOD = {"currency.id": "EUR", "otherRefNum": "D-1", "memo": "(a text)"}


@pytest.fixture
def refused(sketch: Any) -> Any:
    """Two deals are refused without a currency while a field is hidden; a third one is booked."""
    sketch.fault(0, 60, 300, "hidden field", "crm", field="Opportunity.CurrencyIsoCode")
    sketch.order(sketch.deal("D-1", 10, "5.00"), "O-1", 12)
    for deal, at_s in (("D-2", 70.0), ("D-3", 80.0)):
        sketch.refused(sketch.deal(deal, at_s, "7.00"), at_s + 1, "CURRENCY_MISSING")
    exchange(sketch, "ok", 12, deal="D-1", status=204, request_fields=GOOD)
    without = {"otherRefNum": "D-2", "memo": "(a text)"}
    reply = {"title": "Bad Request", "details[].detail": "<b>currency</b> is missing"}
    exchange(
        sketch, "fail", 71, deal="D-2", status=400, error="CURRENCY_MISSING", request_fields=without, reply_fields=reply
    )
    counted = {"operations": {"order.write": 3}, "refused": 2, "refusals": {"order.write": {"400": 2}}}
    sketch.op(1190, "harness", "requests", "info", system="netsuite", **counted)
    return sketch


def exchange(sketch: Any, outcome: str, time_s: float, **value: Any) -> None:
    sketch.op(time_s, "netsuite", "exchange", outcome, at_s=time_s, **ORDER, **value)


def run_of(sketch: Any, folder: Path, log: str | None = None) -> RecordedRun:
    run_dir = sketch.record(folder)
    if log is not None:
        (run_dir / "stack.log").write_text(log, encoding="utf-8")
    return RecordedRun(run_dir)


def words(run: RecordedRun) -> list[str]:
    return [" ".join(part["text"] + part["end"] for part in group["parts"]) for group in cause(run)["groups"]]


def test_the_field_that_a_refused_request_lacks_is_marked(refused: Any, tmp_path: Path) -> None:
    (pair,) = cause(run_of(refused, tmp_path))["pairs"]
    assert pair["request"][0] == {"field": "currency.id", "good": "EUR", "now": None, "mark": "missing"}
    assert pair["verdict"] == "Compared with the last good one: currency.id is missing."
    assert pair["said"] == "<b>currency</b> is missing"


def test_a_refused_request_with_the_same_fields_is_said_to_have_them() -> None:
    rows = compared(GOOD, {**GOOD, "otherRefNum": "D-9", "tax": "1"})
    assert [(row["field"], row["mark"]) for row in rows[:2]] == [("tax", "added"), ("otherRefNum", "other value")]
    assert {row["mark"] for row in compared(None, GOOD)} == {""}


def test_each_group_of_deals_has_its_chain_with_the_operations_that_show_it(refused: Any, tmp_path: Path) -> None:
    run = run_of(refused, tmp_path)
    assert words(run) == [
        "2 deals ended lost. \u201chidden field\u201d was active at the CRM and hit requests or messages about all of "
        "them. 2 order.write requests were refused by netsuite (400 CURRENCY_MISSING). "
        "The last attempt to write was at 1:21. No alert or ticket named them."
    ]
    kinds = {op.index: op.f for op in run.history}
    shown = [kinds[part["index"]] for part in cause(run)["groups"][0]["parts"] if part["index"] is not None]
    assert shown == ["inject", "hit", "order_write", "order_write"]


def test_a_fault_that_names_no_deal_is_in_the_chain_with_its_effect(sketch: Any, tmp_path: Path) -> None:
    sketch.fault(0, 60, 300, "killed worker", "stack")
    sketch.op(60.05, "harness", "stack", "ok", act="kill", pid=4242)
    sketch.deal("D-1", 70, "5.00")
    assert words(run_of(sketch, tmp_path)) == [
        "1 deal ended lost. \u201ckilled worker\u201d was active at the stack (process 4242 was stopped). "
        "The ERP received no write of it. No alert or ticket named it."
    ]


def test_errors_are_counted_by_operation_with_the_requests_that_there_were(refused: Any, tmp_path: Path) -> None:
    (row,) = cause(run_of(refused, tmp_path))["errors"]
    assert (row["operation"], row["status"], row["count"], row["requests"]) == ("order.write", "400", 2, 3)
    assert row["errors"] == ["CURRENCY_MISSING"]


def test_a_run_of_an_older_version_still_counts_its_writes(refused: Any, tmp_path: Path) -> None:
    refused.operations = [op for op in refused.operations if op[2] not in ("requests", "exchange")]
    refused.op(1190, "harness", "requests", "info", system="netsuite", operations={"order.write": 3}, refused=5)
    rows = cause(run_of(refused, tmp_path))["errors"]
    assert [(row["operation"], row["count"]) for row in rows] == [("other requests", 3), ("order.write", 2)]


def test_the_log_lines_of_a_deal_are_shown_without_secrets(refused: Any, tmp_path: Path) -> None:
    log = "start\n12:00 D-2 refused, password=hunter22\n12:01 D-3 refused\n"
    (first,) = cause(run_of(refused, tmp_path, log))["log"]
    assert (first["deal"], first["named"]) == ("D-2", True)
    assert first["lines"] == [{"number": 2, "text": "12:00 D-2 refused, password=[secret]"}]


def test_of_a_deal_that_the_log_does_not_name_the_lines_between_its_neighbours_are_shown(
    refused: Any, tmp_path: Path
) -> None:
    log = "D-1 booked\nERROR 400\nD-3 refused\nERROR 400\n"
    (first,) = cause(run_of(refused, tmp_path, log))["log"]
    assert (first["named"], first["lines"]) == (False, [{"number": 2, "text": "ERROR 400"}])


def test_without_a_log_nothing_is_said_about_it(refused: Any, tmp_path: Path) -> None:
    assert cause(run_of(refused, tmp_path))["log"] == []


def test_a_run_without_an_affected_deal_has_no_chain(sketch: Any, tmp_path: Path) -> None:
    sketch.order(sketch.deal("D-1", 10, "5.00"), "O-1", 12)
    assert cause(run_of(sketch, tmp_path))["groups"] == []


def test_what_the_vendor_says_is_escaped_on_the_page(refused: Any, tmp_path: Path) -> None:
    from gameday_reports import render

    run_dir = refused.record(tmp_path)
    render(run_dir)
    page = (run_dir / "postmortem.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;currency&lt;/b&gt; is missing" in page
    assert "<b>currency" not in page


def test_every_operation_that_the_cause_and_the_deals_cite_is_quoted(refused: Any, tmp_path: Path) -> None:
    values = context(run_of(refused, tmp_path))
    deals = [operation["index"] for row in values["evidence"]["rows"] for operation in row["operations"]]
    assert {*values["cause"]["indexes"], *deals} <= values["cited"]["indexes"]


def test_a_fault_without_an_effect_is_not_described_by_its_effect(sketch: Any, tmp_path: Path) -> None:
    sketch.fault(0, 60, 300, "hidden field", "crm", field="Opportunity.CurrencyIsoCode")
    sketch.order(sketch.deal("D-1", 10, "5.00"), "O-1", 12)
    said = faults_in_words(run_of(sketch, tmp_path))
    assert "had no access" not in said
    assert "was injected at the CRM for 4 min and did not take effect" in said


def test_the_brief_of_an_inconclusive_run_claims_no_loss(refused: Any, tmp_path: Path) -> None:
    refused.result = Result.INCONCLUSIVE
    values = brief(run_of(refused, tmp_path))
    assert (values["rows"], values["noticed"], values["took"]) == ([], "Not shown.", "Not shown.")
    assert "is no evidence of a loss" in values["lost"]
    assert [action["what"].partition(" once")[0] for action in values["actions"]] == ["Run this scenario again"]
