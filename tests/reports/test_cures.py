"""Actions know what caused the harm, which cure the field has for it, and when it is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gameday.analysis.cause import GENERAL
from gameday.analysis.cause_list import CAUSES
from gameday.model.checker import Result, Verdict
from gameday.model.contract import Contract, Field
from gameday.model.fault import faults
from gameday.model.scenario import Expectation
from gameday_reports.postmortem.actions import actions
from gameday_reports.postmortem.context import context
from gameday_reports.postmortem.cures.asked import cause_of_fault, contract_fields
from gameday_reports.postmortem.cures.catalogue import BY_CAUSE, CURES, OF_ACTION
from gameday_reports.recorded import RecordedRun
from support.rows import rows

EXACTLY_ONCE = Expectation("exactly once", {"within_s": 600}, "every deal is in the ERP exactly once")


@pytest.fixture
def refused(sketch: Any) -> Any:
    """Two deals are refused while a fault is active, and nothing reports them; a third one is booked."""
    sketch.order(sketch.deal("D-1", 10, "5.00"), "O-1", 12)
    sketch.expectations = (EXACTLY_ONCE,)
    lost = Verdict(EXACTLY_ONCE.text, Result.FAILED, "2 deals are not", ("D-2", "D-3"))
    sketch.verdicts = (Verdict("steady state", Result.PASSED, "1 deal was correct"), lost)

    def under(fault: str, target: str, error: str, **params: Any) -> Any:
        sketch.fault(0, 60, 300, fault, target, **params)
        for deal, at_s in (("D-2", 70.0), ("D-3", 80.0)):
            sketch.refused(sketch.deal(deal, at_s, "7.00"), at_s + 1, error)
        return sketch

    return under


def rows_of(sketch: Any, folder: Path) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in context(RecordedRun(sketch.record(folder)))["actions"]}


@pytest.mark.parametrize(
    ("fault", "target", "params", "cure"),
    [
        ("hidden field", "crm", {"field": "Opportunity.CurrencyIsoCode"}, "schema"),
        ("price drift", "erp", {}, "price"),
        ("record lock", "erp", {}, "backpressure"),
        ("rate limit", "erp", {}, "backpressure"),
        ("revoked permission", "erp", {}, "access"),
        ("dropped delivery", "crm", {}, "overlap"),
        ("partly failed batch", "erp", {}, "parts"),
        ("reordered delivery", "crm", {}, "ordering"),
    ],
)
def test_each_cause_asks_for_its_own_cure(
    refused: Any, tmp_path: Path, fault: str, target: str, params: dict[str, Any], cure: str
) -> None:
    row = rows_of(refused(fault, target, "REFUSED", **params), tmp_path)[cure]
    assert (row["cure"], row["fault"]) == (CURES[cure].name, fault)
    assert "2 deals affected by" in row["why"]


def test_an_action_names_the_field_the_evidence_and_when_it_is_done(refused: Any, tmp_path: Path) -> None:
    sketch = refused("hidden field", "crm", "INVALID_FIELD", field="Opportunity.CurrencyIsoCode")
    row = rows_of(sketch, tmp_path)["schema"]
    assert "Opportunity.CurrencyIsoCode" in row["what"]
    assert (row["cause"], row["deals"], len(row["evidence"])) == ("schema", ["D-2", "D-3"], 1)
    assert row["done"] == (
        "\u201cAn admin renames a field\u201d passes with durable: every deal is in the ERP exactly once."
    )
    assert row["runbook"].startswith("runbook-hidden-field: add how to see which fields")


def test_the_draft_for_the_tracker_has_all_that_a_ticket_needs(refused: Any, tmp_path: Path) -> None:
    draft = rows_of(refused("record lock", "erp", "RCRD_LOCKED"), tmp_path)["lost"]["draft"]
    heads = [line.partition(":")[0] for line in draft.splitlines() if ": " in line]
    assert [
        name for name in ("Found by", "Why", "Fault", "Deals", "Evidence", "Owner", "Done when") if name not in heads
    ] == []
    assert "1. Store each message before it is acknowledged." in draft


def test_a_flow_that_only_waited_for_a_lock_is_not_asked_for_backpressure(sketch: Any, tmp_path: Path) -> None:
    sketch.fault(0, 60, 300, "record lock", "erp")
    deal = sketch.deal("D-2", 70, "7.00")
    sketch.refused(deal, 71, "RCRD_LOCKED")
    sketch.order(deal, "O-2", 310)
    assert "backpressure" not in rows_of(sketch, tmp_path)


def test_many_refused_requests_for_a_late_deal_ask_for_backpressure(sketch: Any, tmp_path: Path) -> None:
    sketch.fault(0, 60, 300, "record lock", "erp")
    deal = sketch.deal("D-2", 70, "7.00")
    for number in range(5):
        sketch.refused(deal, 71 + number, "RCRD_LOCKED")
    sketch.order(deal, "O-2", 310)
    assert "backpressure" in rows_of(sketch, tmp_path)


def test_an_inconclusive_run_asks_first_to_be_run_again(refused: Any, tmp_path: Path) -> None:
    sketch = refused("record lock", "erp", "RCRD_LOCKED")
    sketch.result = Result.INCONCLUSIVE
    first, *_ = actions(RecordedRun(sketch.record(tmp_path)))
    assert first["id"] == "inconclusive"


@rows("fault", [*faults])
def test_every_bundled_fault_has_a_cause_with_a_cure(fault: str) -> None:
    assert BY_CAUSE[cause_of_fault(fault)] in CURES


def test_the_tables_name_only_what_exists() -> None:
    assert {*BY_CAUSE} <= {cause.name for cause in CAUSES} - {GENERAL}
    assert {*BY_CAUSE.values(), *OF_ACTION.values()} <= {*CURES}


def test_a_fault_that_is_not_installed_has_no_cause() -> None:
    assert cause_of_fault("the moon is full") == ""


def test_a_field_is_found_by_its_physical_name_or_its_own() -> None:
    contract = Contract("f", erp_fields=(Field("currency", "object", physical_name="salesOrder.currency"),))
    assert contract_fields(contract, ["salesOrder.currency", "currency", "other", ""]) == [
        "currency (salesOrder.currency)",
        "other",
    ]
