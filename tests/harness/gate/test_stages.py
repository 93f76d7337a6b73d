"""The ledger stage, with ledgers made by hand: redaction, expired entries, noise, host load."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.config.gameday_toml import Config, StackTable
from gameday.gate import smoke_stage
from gameday.gate.contracts import FieldPlace, LocatedContract, SchemaChange, read_candidate
from gameday.gate.findings import REDACTED, deltas_to_crm, reasons_of, violations_of
from gameday.gate.ignore import Ignored, IgnoreList
from gameday.gate.ledger_stage import compare_ledgers
from gameday.gate.ledgers import Delta
from gameday.gate.replay import Replayed
from gameday.gate.replay_stage import Replays
from gameday.gate.request import Request
from gameday.gate.schema import schema_faults
from gameday.model.checker import DeadLetter
from gameday.model.contract import FieldPair
from gameday.model.history import History, operation
from gameday.model.scenario import Flow, Scenario
from gameday.model.workload import Catalog, Workload
from gameday.run.setup import LedgerSnapshot
from gameday.workloads.recorded_deals import RecordedDeals
from gameday_fakes.ledger import Ledger, Line
from support.personal_columns import PERSONAL
from support.rows import rows

CONTRACT = "closed-won-to-sales-order"
NO_DEALS = RecordedDeals(Workload(Catalog((), ()), ()), ())


@pytest.fixture(scope="module")
def located() -> LocatedContract:
    return read_candidate(CONTRACT, ())


def found(located: LocatedContract, *deltas: Delta, **more: Any) -> list[Any]:
    return list(violations_of(deltas, located, compared=9, sides=("old", "new"), **more))


def test_values_that_the_contract_calls_confidential_are_not_shown(located: LocatedContract) -> None:
    [violation] = found(located, Delta("D-1", "order.total", "1234.50", "1234.00"))
    assert "1234" not in violation.message
    assert "D-1 (new about 0.04% less)" in violation.message


def test_where_amounts_are_pseudonyms_a_difference_is_shown_to_the_cent(located: LocatedContract) -> None:
    [violation] = found(located, Delta("D-1", "order.total", "1234.50", "1234.49"), exact=True)
    assert "D-1 (new 0.01 less)" in violation.message
    assert "1234" not in violation.message


@pytest.mark.parametrize("kind", PERSONAL)
def test_values_of_people_are_not_shown_though_the_contract_calls_their_field_internal(
    located: LocatedContract, kind: str
) -> None:
    places = {"crm": {}, "erp": {"rep": FieldPlace("c.yaml", 7, shown=True)}}
    shown = msgspec.structs.replace(located, places=places)
    deltas = [
        Delta(f"D-{number}", "order.field.rep", value, f"{value} ") for number, value in enumerate(PERSONAL[kind])
    ]
    [violation] = found(shown, *deltas)
    assert [value for value in PERSONAL[kind] if value in violation.message] == []
    assert REDACTED in violation.message


def test_values_that_are_internal_are_shown(located: LocatedContract) -> None:
    [violation] = found(located, Delta("D-1", "order.currency", "EUR", "USD"))
    assert "D-1 (old 'EUR', new 'USD')" in violation.message


def test_nothing_of_a_confidential_text_is_shown(located: LocatedContract) -> None:
    hidden = {side: dict(places) for side, places in located.places.items()}
    hidden["erp"]["order.date"] = FieldPlace("x", 1, shown=False)
    [violation] = found(
        msgspec.structs.replace(located, places=hidden), Delta("D-1", "order.date", "2026-06-30", "2026-07-01")
    )
    assert "2026" not in violation.message
    assert REDACTED in violation.message


@rows(
    ("before", "after", "shown"),
    [("", "", True), ("internal", "''", False), ("internal", "our own word", False), ("internal", "Public", True)],
)
def test_only_what_the_contract_calls_public_or_internal_is_shown(
    before: str, after: str, shown: bool, tmp_path: Path
) -> None:
    [folder] = {Path(place.path).parent for place in read_candidate(CONTRACT, ()).places["crm"].values()}
    for path in folder.glob(f"{CONTRACT}.*.yaml"):
        text = path.read_text().replace(f"classification: {before}", f"classification: {after}")
        (tmp_path / path.name).write_text(text)
    [violation] = found(read_candidate(CONTRACT, [tmp_path]), Delta("D-1", "order.currency", "EUR", "USD"))
    assert ("'USD'" in violation.message) is shown
    assert (REDACTED in violation.message) is not shown


def test_a_field_that_the_contract_does_not_declare_is_not_shown(located: LocatedContract) -> None:
    undeclared = msgspec.structs.replace(located, places={**located.places, "erp": {}})
    [violation] = found(undeclared, Delta("D-1", "order.customer", "cust-4711", "cust-4712"))
    assert "cust-471" not in violation.message


def test_the_states_of_the_ledgers_are_shown_whatever_the_contract_declares(located: LocatedContract) -> None:
    [violation] = found(located, Delta("D-1", "order.status", "open", "cancelled"))
    assert "D-1 (old 'open', new 'cancelled')" in violation.message


def test_orphan_orders_are_counted(located: LocatedContract) -> None:
    [violation] = found(located, Delta("", "order.key", "0", "2"))
    assert "(old '0', new '2')" in violation.message


def test_one_violation_names_all_orders_and_shows_three(located: LocatedContract) -> None:
    [violation] = found(located, *(Delta(f"D-{n}", "order", "1", "0") for n in range(9)))
    assert len(violation.orders) == 9
    assert [f"D-{n}" in violation.message for n in range(9)] == [True] * 3 + [False] * 6


def test_a_violation_points_to_the_field_s_line_in_the_contract(located: LocatedContract) -> None:
    [violation] = found(located, Delta("D-1", "line.quantity", "1", "2", "SKU-1"))
    text = Path(violation.path).read_text().splitlines()[violation.line - 1]
    assert violation.path.endswith(".erp.yaml")
    assert "name: quantity" in text


def test_money_concerns_finance_too(located: LocatedContract) -> None:
    owners = {
        v.rule: v.owners for v in found(located, Delta("D", "order.total", "1", "2"), Delta("D", "order", "1", "0"))
    }
    assert "finance-operations" in owners["replay.order-total-differs"]
    assert "finance-operations" not in owners["replay.order-missing"]


def test_a_violation_names_the_schema_change_and_points_to_it(located: LocatedContract) -> None:
    changes = (SchemaChange("Opportunity.Amount", "Total__c", FieldPlace("c.crm.yaml", 51)),)
    [violation] = found(located, Delta("D-1", "order", "1", "0"), changes=changes)
    assert violation.message.endswith("; the contract renames Opportunity.Amount to Total__c")
    assert (violation.path, violation.line) == ("c.crm.yaml", 51)


def test_the_stack_s_reasons_are_shown_without_the_values_that_they_quote() -> None:
    letters = [DeadLetter("D-1", "refused: 'Acme GmbH' has 12.50 \"x y\""), DeadLetter("D-2", "locked")] * 2
    assert reasons_of([*letters, DeadLetter("D-3", "locked")]) == ["locked (3 parked)", "refused: … has … … (2 parked)"]


def test_a_schema_change_through_a_reference_is_injected_at_the_object_that_has_the_field() -> None:
    changes = (
        SchemaChange("OpportunityLineItem.PricebookEntry.ProductCode", "Code__c", FieldPlace("", 0)),
        SchemaChange("Opportunity.Amount", "", FieldPlace("", 0)),
    )
    assert list(schema_faults(changes)["crm"].values()) == [
        {"kind": "rename_field", "object": "PricebookEntry", "field": "ProductCode", "new_name": "Code__c"},
        {"kind": "hide_field", "object": "Opportunity", "field": "Amount"},
    ]


def test_a_schema_change_of_the_erp_is_injected_at_its_record() -> None:
    changes = (SchemaChange("salesOrder.otherRefNum", "custbody_deal", FieldPlace("", 0), "erp"),)
    assert list(schema_faults(changes)["erp"].values()) == [
        {"kind": "rename_field", "record": "salesOrder", "field": "otherRefNum", "new_name": "custbody_deal"}
    ]


def test_a_schema_change_of_the_erps_lines_is_injected_at_the_record_that_holds_them() -> None:
    changes = (
        SchemaChange("salesOrder.item.rate", "unitPrice", FieldPlace("", 0), "erp"),
        SchemaChange("salesOrder.memo", "", FieldPlace("", 0), "erp"),
    )
    assert list(schema_faults(changes)["erp"].values()) == [
        {"kind": "rename_field", "record": "salesOrder", "field": "item.rate", "new_name": "unitPrice"},
        {"kind": "hide_field", "record": "salesOrder", "field": "memo"},
    ]


def test_the_differences_of_a_reconciliation_have_the_same_paths(story: Any) -> None:
    case = (
        (story.deal("D-1").deal("D-2").order("D-2", total=Decimal(9)).deal("D-3").order("D-3").order("D-3").deal("D-4"))
        .order("D-4", currency="EUR")
        .case()
    )
    assert {(d.key, d.path) for d in deltas_to_crm(case)} >= {
        ("key D-1", "order"),
        ("key D-2", "order.total"),
        ("key D-3", "order"),
        ("key D-4", "order.currency"),
    }


def replayed(story: Any, *, overloaded: str = "") -> Replayed:
    case = story.case()
    crm = Ledger(
        "salesforce",
        99,
        tuple(msgspec.structs.replace(e, keys={"Id": e.id, "key": f"key {e.id}"}) for e in case.crm.entries),
    )
    scenario = Scenario("replay", Flow("salesforce", "netsuite", CONTRACT))
    count = len(crm.entries)
    return Replayed(scenario, LedgerSnapshot(crm, case.erp), History(()), count, count, False, "", overloaded, {}, 1.0)


def request(located: LocatedContract, **more: Any) -> Request:
    stack = StackTable("new", command=("x",), match="otherRefNum")
    today = datetime.date(2026, 11, 24)
    return Request(CONTRACT, located, stack, Path("r"), Path("f"), Config(), today, **more)


def test_further_fields_have_paths_with_their_vendors_name(story: Any) -> None:
    pairs = (FieldPair("order", "Region__c", "custbody_region"), FieldPair("line", "Note__c", "custcol_note"))
    story.contract = msgspec.structs.replace(story.contract, pairs=pairs)
    sold, booked = (
        (Line("SKU-1", Decimal(1), Decimal(100), Decimal(100), fields=((name, value),)),)
        for name, value in (("Note__c", "a"), ("custcol_note", "b"))
    )
    story.deal("D1", fields={"Region__c": "EMEA"}, lines=sold)
    story.order("D1", fields={"custbody_region": "APAC"}, lines=booked, billed={"lines": sold})
    assert [(d.path, d.line, d.current, d.candidate) for d in deltas_to_crm(story.case())] == [
        ("order.field.custbody_region", "", "EMEA", "APAC"),
        ("line.field.custcol_note", "SKU-1", "a", "b"),
    ]


def test_ledgers_that_agree_pass(located: LocatedContract, story: Any) -> None:
    stage = compare_ledgers(request(located), Replays(NO_DEALS, replayed(story.deal("D").order("D"))), ())
    assert (stage.state, stage.violations) == ("passed", ())


def test_an_expired_entry_stops_the_deploy_though_the_ledgers_agree(located: LocatedContract, story: Any) -> None:
    expired = IgnoreList("i.yaml", "d", (), (Ignored("order.date", "because", "ops", "2026-01-01", 3),))
    stage = compare_ledgers(
        request(located, ignore=expired), Replays(NO_DEALS, replayed(story.deal("D").order("D"))), ()
    )
    assert stage.state == "failed"
    assert [v.rule for v in stage.violations] == ["gate.ignore-expired"]
    assert "have expired" in stage.summary


def test_an_ignored_difference_is_a_note_with_its_reason(located: LocatedContract, story: Any) -> None:
    ignore = IgnoreList("i.yaml", "d", (Ignored("order*", "agreed", "ops", "2027-01-01", 3),))
    stage = compare_ledgers(request(located, ignore=ignore), Replays(NO_DEALS, replayed(story.deal("D"))), ())
    assert stage.state == "passed"
    [note] = stage.violations
    assert (note.rule, note.level, note.line) == ("gate.ignored", "note", 3)
    assert "agreed" in note.message


def not_again() -> None:
    """Stands for the second replay of the current stack where the first says enough."""
    pytest.fail("the current stack was replayed again")


def test_noise_of_the_current_stack_is_a_note(located: LocatedContract, new_story: Callable[[], Any]) -> None:
    current = StackTable("old", command=("x",), match="otherRefNum")
    days = ("2026-06-30", "2026-07-01", "2026-07-02")
    billed = {"date": days[0], "period": "2026-06"}
    runs = [replayed(new_story().deal("D").order("D", date=day, billed=billed)) for day in days]
    stage = compare_ledgers(request(located, current=current), Replays(NO_DEALS, runs[0], runs[1], lambda: runs[2]), ())
    assert stage.state == "passed"
    assert [(v.rule, v.level) for v in stage.violations] == [("replay.noise", "note")]


def test_deals_in_neither_ledger_are_a_warning(located: LocatedContract, new_story: Callable[[], Any]) -> None:
    current = StackTable("old", command=("x",), match="otherRefNum")
    run = replayed(new_story().deal("D").order("D").deal("E"))
    stage = compare_ledgers(request(located, current=current), Replays(NO_DEALS, run, run, not_again), ())
    assert stage.state == "passed"
    assert [(v.rule, v.level, v.orders) for v in stage.violations] == [("replay.in-neither", "warning", ("key E",))]


def test_a_current_stack_that_does_not_take_the_deals_again_decides_nothing(
    located: LocatedContract, new_story: Callable[[], Any]
) -> None:
    current = StackTable("old", command=("x",), match="otherRefNum")
    runs = [replayed(new_story().deal("D").order("D", total=Decimal(total))) for total in (1, 2)]
    stage = compare_ledgers(request(located, current=current), Replays(NO_DEALS, runs[0], runs[1], lambda: None), ())
    assert stage.state == "inconclusive"
    assert "does not take these deals a second time" in stage.summary


def test_missing_orders_under_host_load_are_inconclusive(located: LocatedContract, story: Any) -> None:
    run = replayed(story.deal("D"), overloaded="the machine did not keep up")
    stage = compare_ledgers(request(located), Replays(NO_DEALS, run), ())
    assert stage.state == "inconclusive"
    assert "the machine did not keep up" in stage.summary


def test_a_wrong_amount_fails_under_host_load_too(located: LocatedContract, story: Any) -> None:
    run = replayed(story.deal("D").order("D", total=Decimal(3)), overloaded="the machine did not keep up")
    assert compare_ledgers(request(located), Replays(NO_DEALS, run), ()).state == "failed"


def test_a_smoke_deal_that_does_not_arrive_says_what_was_wrong_with_its_write(
    located: LocatedContract, story: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = operation("netsuite", "record_sent", {"record": "salesOrder", "deal": "D1", "body": "{}"}, "ok", 1.0, 0)
    letter = DeadLetter("D1", "no customer")
    lost = msgspec.structs.replace(replayed(story.deal("D1")), history=History([sent]))
    lost = msgspec.structs.replace(lost, ledgers=msgspec.structs.replace(lost.ledgers, dead_letters=(letter,)))
    monkeypatch.setattr(smoke_stage, "replay", lambda *_, **__: None)
    monkeypatch.setattr(smoke_stage, "run_all", lambda _: [lost])
    stage = smoke_stage.smoke_deal(request(located), ())
    assert stage.state == "failed"
    assert "the stack's reason: no customer" in stage.violations[0].message
    assert {each.rule for each in stage.violations[1:]} == {"write.missing-field"}
