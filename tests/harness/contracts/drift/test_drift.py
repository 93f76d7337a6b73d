"""A change of the organisation that no pull request shows is found, by the same rules as a change of the contract."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base.errors import GamedayError
from gameday.contracts.audit_trail import Entry, who_changed
from gameday.contracts.compatibility.document import Element as ContractElement
from gameday.contracts.compatibility.sources import read_flow
from gameday.contracts.drafting.draft import Draft, Element, Property
from gameday.contracts.drift.drift import Drift, Snapshot, find_drift, read_snapshot, write_snapshot
from gameday.contracts.drift.writing import files_of
from gameday.steps.planning import plan_scenarios
from gameday.vendors.salesforce.audit_trail import read_audit
from support.rows import rows

FLOW = read_flow("closed-won-to-sales-order")
TAKEN = "2026-03-01T00:00:00+00:00"


def described(element: ContractElement) -> Property:
    """A field as metadata would describe it that fits the contract."""
    items = [child for child in element.children if child.kind == "items"]
    return Property(
        element.wire,
        element.type,
        required=bool(element.raw.get("required")),
        options={key: value for key, value in element.options.items() if key == "maxLength"},
        enum=tuple(each["value"] for each in element.raw.get("enum") or ()),
        properties=tuple(map(described, items[0].children)) if items else (),
    )


def organisation(side: str) -> Draft:
    [document] = [each for each in FLOW.documents if each.source.side == side]
    elements = tuple(
        Element(each.wire, "object", tuple(described(child) for child in each.children if "." not in child.wire))
        for each in document.objects
    )
    return Draft(side, {"crm": "salesforce", "erp": "netsuite"}[side], "a test", elements)  # type: ignore[arg-type]


def changed(draft: Draft, name: str, *fields: Property, drop: str = "", **facts: Any) -> Draft:
    """The draft with an element whose field ``drop`` is gone, or has other ``facts``, and with further fields."""
    elements = []
    for element in draft.elements:
        if element.physical_name == name:
            kept = [
                msgspec.structs.replace(each, **facts) if facts and each.physical_name == drop else each
                for each in element.properties
                if facts or each.physical_name != drop
            ]
            elements.append(msgspec.structs.replace(element, properties=(*kept, *fields)))
        else:
            elements.append(element)
    return msgspec.structs.replace(draft, elements=tuple(elements))


def drift(today: Draft, before: Draft | None = None, trail: tuple[Entry, ...] = ()) -> Drift:
    return find_drift(FLOW, today, Snapshot(TAKEN, before) if before else None, trail)


def rules(found: Drift) -> list[str]:
    return [each.violation.rule for each in found.found]


CRM, ERP = organisation("crm"), organisation("erp")


@pytest.mark.parametrize("today", [CRM, ERP], ids=["crm", "erp"])
def test_an_organisation_that_fits_its_contract_has_no_drift(today: Draft) -> None:
    assert rules(drift(today)) == []
    assert rules(drift(today, today)) == []


def test_a_renamed_field_is_found_without_a_snapshot_where_its_name_is_alike() -> None:
    found = drift(changed(CRM, "Opportunity", Property("Amount__c", "number"), drop="Amount"))
    assert rules(found) == ["drift.field-renamed"]
    assert "Amount was renamed to Amount__c" in found.found[0].sentence
    assert found.found[0].breaks


def test_a_field_that_is_gone_is_found() -> None:
    assert rules(drift(changed(CRM, "Opportunity", drop="CloseDate"))) == ["drift.field-removed"]


def test_a_field_with_any_name_that_came_for_one_that_is_gone_is_its_rename() -> None:
    [amount] = [each for each in CRM.elements[0].properties if each.physical_name == "Amount"]
    other = msgspec.structs.replace(amount, physical_name="Betrag__c")
    found = drift(changed(CRM, "Opportunity", other, drop="Amount"), CRM)
    assert rules(found) == ["drift.field-renamed"]
    assert found.found[0].since == TAKEN


def test_a_field_that_has_always_been_there_is_no_rename_of_another() -> None:
    unused = Property("Amount_Net__c", "number", required=True)
    before = changed(CRM, "Opportunity", unused)
    assert rules(drift(changed(before, "Opportunity", drop="Amount"), before)) == ["drift.field-removed"]


def test_another_type_is_found() -> None:
    found = drift(changed(CRM, "Opportunity", drop="CloseDate", logical_type="timestamp"))
    assert "drift.type-changed" in rules(found)


@pytest.mark.parametrize(
    ("length", "expected"), [(80, []), (120, []), (4000, ["drift.limit-loosened"])], ids=["shorter", "same", "longer"]
)
def test_the_crm_may_emit_shorter_texts_and_no_longer_ones(length: int, expected: list[str]) -> None:
    found = drift(changed(CRM, "Opportunity", drop="Name", options={"maxLength": length}))
    assert rules(found) == expected


@rows(("length", "breaks"), [(16, True), (300, False)])
def test_the_erp_may_not_take_shorter_texts(length: int, breaks: bool) -> None:
    found = drift(changed(ERP, "salesOrder", drop="otherRefNum", options={"maxLength": length}))
    assert [each.breaks for each in found.found] == [True] * breaks


def test_a_value_that_is_new_since_the_snapshot_is_found_and_an_old_unused_one_is_not() -> None:
    before = changed(CRM, "Opportunity", drop="StageName", enum=("Prospecting", "Closed Won", "Closed Lost"))
    assert rules(drift(before, before)) == []
    today = changed(CRM, "Opportunity", drop="StageName", enum=("Prospecting", "Closed Won", "Closed Lost", "On Hold"))
    assert rules(drift(today, before)) == ["drift.enum-value-added"]


def test_a_value_that_is_gone_is_found() -> None:
    today = changed(CRM, "Opportunity", drop="StageName", enum=("Won", "Closed Lost"))
    assert "drift.enum-value-removed" in rules(drift(today))


def test_a_field_that_the_erp_now_demands_is_found() -> None:
    found = drift(changed(ERP, "salesOrder", Property("subsidiary", "object", required=True)))
    assert rules(found) == ["drift.field-added-required"]
    assert found.found[0].owners == ("erp-platform",)


def test_a_further_optional_field_is_no_drift() -> None:
    assert rules(drift(changed(ERP, "salesOrder", Property("memo", "string")))) == []
    assert rules(drift(changed(CRM, "Opportunity", Property("Region__c", "string", required=True)))) == []


def test_a_field_that_may_now_be_empty_is_found_with_a_snapshot_only() -> None:
    today = changed(CRM, "Opportunity", drop="Amount", required=False)
    assert rules(drift(today)) == []
    assert rules(drift(today, CRM)) == ["drift.required-dropped"]


def test_a_field_of_the_erps_lines_is_compared_too() -> None:
    [order] = [each for each in ERP.elements if each.physical_name == "salesOrder"]
    [lines] = [each for each in order.properties if each.physical_name == "item"]
    fewer = tuple(each for each in lines.properties if each.physical_name != "quantity")
    found = drift(changed(ERP, "salesOrder", drop="item", properties=fewer))
    assert rules(found) == ["drift.field-removed"]


def test_what_the_metadata_does_not_describe_is_said_and_not_called_gone() -> None:
    today = msgspec.structs.replace(CRM, elements=CRM.elements[:1])
    found = drift(today)
    assert rules(found) == []
    assert "OpportunityLineItem" in found.unchecked


def test_a_finding_is_at_the_line_of_the_contract_and_names_its_owner() -> None:
    [found] = drift(changed(CRM, "Opportunity", drop="CloseDate")).found
    text = Path(found.change.file).read_text("utf-8").splitlines()
    assert "closeDate" in text[found.change.line - 1]
    assert found.owners == ("sales-systems",)


def test_what_changed_and_is_not_used_is_counted() -> None:
    before = changed(CRM, "Opportunity", Property("Region__c", "string"))
    assert drift(CRM, before).elsewhere == 1


TRAIL = read_audit(
    {
        "records": [
            {"CreatedDate": "2026-02-01T08:00:00.000+0000", "CreatedBy": {"Name": "Old"}, "Display": "Changed Amount"},
            {
                "CreatedDate": "2026-03-02T08:00:00.000+0000",
                "CreatedBy": {"Name": "Jo Admin"},
                "Display": "Deleted custom field: Close Date",
            },
        ]
    },
    "a test",
)


def test_who_changed_a_field_is_said() -> None:
    found = drift(changed(CRM, "Opportunity", drop="CloseDate"), CRM, TRAIL)
    assert "Jo Admin" in found.found[0].sentence


def test_an_entry_from_before_the_snapshot_changed_nothing_since() -> None:
    assert who_changed(["Amount"], TRAIL, TAKEN) is None
    assert who_changed(["Amount"], TRAIL, "") == TRAIL[1]


@rows("document", [{}, [1], {"records": 7}, "text"])
def test_what_is_no_audit_trail_is_one_clear_line(document: Any) -> None:
    with pytest.raises(GamedayError, match="is not an audit trail"):
        read_audit(document, "trail.json")


def test_a_snapshot_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    assert read_snapshot(path) is None
    write_snapshot(path, CRM, datetime(2026, 3, 1, tzinfo=UTC))
    assert read_snapshot(path) == Snapshot(TAKEN, CRM)


def test_each_owner_gets_a_ticket_and_only_what_breaks_is_paged() -> None:
    crm = drift(changed(CRM, "Opportunity", drop="CloseDate"))
    erp = drift(changed(ERP, "salesOrder", drop="otherRefNum", options={"maxLength": 300}), ERP)
    files = files_of([crm, erp], "salesforce", "netsuite")
    assert {"tickets/sales-systems.json", "tickets/erp-platform.json", "pages/sales-systems.json"} <= set(files)
    assert "pages/erp-platform.json" not in files
    page = json.loads(files["pages/sales-systems.json"])
    assert "CloseDate" in page["payload"]["summary"]


def test_the_same_drift_of_another_day_is_the_same_incident() -> None:
    today = changed(CRM, "Opportunity", drop="CloseDate")
    pages = [
        json.loads(files_of([each], "salesforce", "netsuite")["pages/sales-systems.json"])["dedup_key"]
        for each in (drift(today), drift(today, CRM))
    ]
    assert pages[0] == pages[1]


def test_the_drafted_scenario_can_be_planned(tmp_path: Path) -> None:
    from gameday.model.settings import Settings, Target

    today = changed(CRM, "Opportunity", Property("Amount__c", "number"), drop="Amount")
    gone = changed(today, "OpportunityLineItem", drop="Quantity")
    files = files_of(
        [drift(gone), drift(changed(ERP, "salesOrder", Property("subsidiary", "object", required=True)))],
        "salesforce",
        "netsuite",
    )
    path = tmp_path / "drift.feature"
    path.write_bytes(files["drift.feature"])
    planned = plan_scenarios([path], Settings(mode="plan", targets=(Target("durable", 1),)))
    names = [each.planned.name if each.planned else each for each in planned]
    assert names == [
        "Orders stop: Opportunity.Amount is now Amount__c",
        "Orders stop: OpportunityLineItem.Quantity is gone",
        "Orders are refused: salesOrder.subsidiary is now required",
    ]
