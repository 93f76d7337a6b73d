"""Boundary records: which a contract has, that they are valid deals, and what a finding at one says."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday.gate.boundaries import Boundaries, Boundary, boundary_deals
from gameday.gate.boundary_findings import judge_boundaries
from gameday.gate.contracts import LocatedContract, read_candidate
from gameday.gate.ignore import Ignored, IgnoreList
from gameday.gate.replay import Replayed
from gameday.model.contract import Contract, Field
from gameday.model.history import History
from gameday.model.scenario import Flow, Scenario
from gameday.model.workload import Catalog, Workload
from gameday.run.setup import LedgerSnapshot
from gameday.workloads.recorded_deals import RecordedDeals
from gameday_fakes.ledger import Ledger
from support.rows import rows

CONTRACT = "closed-won-to-sales-order"
LINE = "OpportunityLineItem"


@pytest.fixture(scope="module")
def located() -> LocatedContract:
    return read_candidate(CONTRACT, ())


def with_field(contract: Contract, path: str, *, required: bool = True, **constraints: Any) -> Contract:
    """The contract with other constraints on a field of the CRM."""
    assert path in {field.physical_name for field in contract.crm_fields}
    fields = tuple(
        msgspec.structs.replace(field, constraints=constraints, required=required)
        if field.physical_name == path
        else field
        for field in contract.crm_fields
    )
    return msgspec.structs.replace(contract, crm_fields=fields)


def boundaries_of(contract: Contract) -> Boundaries:
    found = boundary_deals(contract, currency="EUR", date="2026-06-30", seed=1)
    assert found is not None
    return found


def values(found: Boundaries, path: str, read: Callable[[dict[str, Any]], Any]) -> list[Any]:
    """What the deals have whose boundary is in a field."""
    return [
        read(operation.value)
        for operation in found.deals.workload.operations
        if found.by_key[operation.key].field == path
    ]


def of_line(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda value: Decimal(value["lines"][0][name])


@pytest.mark.parametrize(
    ("path", "constraints", "read", "expected"),
    [
        ("Opportunity.Name", {"minLength": 2, "maxLength": 200}, lambda v: len(v["name"]), [200, 2]),
        ("Opportunity.Name", {"enum": ["Renewal", "New"]}, lambda v: v["name"], ["Renewal", "New"]),
        ("Opportunity.Name", {"pattern": "^[0-9]+$", "maxLength": 9}, lambda v: v["name"], ["000000000", "0"]),
        ("Opportunity.CurrencyIsoCode", {"enum": ["EUR", "KWD"]}, lambda v: v["currency"], ["EUR", "KWD"]),
        ("Opportunity.Amount", {}, lambda v: Decimal(v["amount"]), [-1]),
        ("Opportunity.Amount", {"minimum": 5, "maximum": 900000}, lambda v: Decimal(v["amount"]), [5, 900000]),
        (f"{LINE}.PricebookEntry.ProductCode", {"maxLength": 40}, lambda v: len(v["lines"][0]["sku"]), [40, 1]),
        (f"{LINE}.Quantity", {"exclusiveMinimum": 0}, of_line("quantity"), [Decimal("0.01")]),
        (f"{LINE}.Quantity", {"exclusiveMinimum": 0, "multipleOf": 1}, of_line("quantity"), [1]),
        (f"{LINE}.Quantity", {}, of_line("quantity"), [-1]),
        (f"{LINE}.UnitPrice", {"minimum": 0, "exclusiveMaximum": 10}, of_line("unit_price"), [0, Decimal("9.99")]),
        (f"{LINE}.TotalPrice", {"minimum": -25}, of_line("amount"), [-25]),
    ],
)
def test_each_limit_of_a_field_is_a_deal(
    located: LocatedContract, path: str, constraints: dict[str, Any], read: Callable[..., Any], expected: list[Any]
) -> None:
    contract = located.contract
    for amount in ("Opportunity.Amount", f"{LINE}.Quantity", f"{LINE}.UnitPrice", f"{LINE}.TotalPrice"):
        contract = with_field(contract, amount)
    found = boundaries_of(with_field(contract, path, **constraints))
    assert values(found, path, read) == expected


def test_a_deal_at_a_boundary_is_plain_in_everything_else(located: LocatedContract) -> None:
    found = boundaries_of(located.contract)
    for operation in found.deals.workload.operations:
        value = operation.value
        assert (value["currency"], value["close_date"], len(value["lines"])) == ("EUR", "2026-06-30", 1)
        [line] = value["lines"]
        assert Decimal(line["amount"]) == Decimal(line["quantity"]) * Decimal(line["unit_price"])


def test_what_a_replay_does_not_carry_is_listed(located: LocatedContract) -> None:
    found = boundaries_of(with_field(located.contract, "Opportunity.Name", required=False, maxLength=9))
    assert {"Opportunity.StageName", "Opportunity.Name with no value"} <= set(found.not_played)


def test_a_contract_without_fields_has_no_boundary() -> None:
    assert boundary_deals(Contract("flow"), currency="EUR", date="2026-06-30", seed=1) is None


def test_a_contract_whose_records_are_no_deals_has_no_boundary() -> None:
    contract = Contract("flow", crm_fields=(Field("deal.note", "string", True, "Deal.Note"),))
    assert boundary_deals(contract, currency="EUR", date="2026-06-30", seed=1) is None


@pytest.mark.slow
@given(
    low=st.integers(0, 20),
    more=st.integers(0, 230),
    least=st.integers(-1000, 1000),
    width=st.integers(0, 10**6),
    seed=st.integers(0, 9),
)
def test_every_limit_that_a_contract_may_have_is_played(low: int, more: int, least: int, width: int, seed: int) -> None:
    contract = with_field(
        read_candidate(CONTRACT, ()).contract, "Opportunity.Name", minLength=low, maxLength=max(low + more, 1)
    )
    contract = with_field(contract, f"{LINE}.TotalPrice", minimum=least, maximum=least + width)
    contract = with_field(contract, f"{LINE}.UnitPrice")
    contract = with_field(contract, "Opportunity.Amount")
    found = boundary_deals(contract, currency="EUR", date="2026-06-30", seed=seed)
    assert found is not None
    lengths = values(found, "Opportunity.Name", lambda v: len(v["name"]))
    assert set(lengths) <= {max(low + more, 1), max(low, 1)}
    assert set(values(found, f"{LINE}.TotalPrice", of_line("amount"))) == {least, least + width}


# -- what a finding says --------------------------------------------------------------------------------


def judged(located: LocatedContract, story: Any, *, overloaded: str = "", ended: str = "", **more: Any) -> Any:
    case = story.case()
    entries = tuple(msgspec.structs.replace(e, keys={"Id": e.id, "key": f"key {e.id}"}) for e in case.crm.entries)
    crm = Ledger("salesforce", 99, entries)
    scenario = Scenario("replay", Flow("salesforce", "netsuite", CONTRACT))
    ledgers = LedgerSnapshot(crm, case.erp, case.dead_letters)
    count = len(entries)
    replayed = Replayed(scenario, ledgers, History(()), count, count, False, ended, overloaded, {}, 1.0)
    contract = msgspec.structs.replace(located.contract, match="otherRefNum")
    by_key = {f"key {e.id}": Boundary("Opportunity.Name", "a text of 120 characters", f"key {e.id}") for e in entries}
    bounds = Boundaries(RecordedDeals(Workload(Catalog((), ()), ()), ()), by_key)
    return judge_boundaries(bounds, replayed, located, contract, more.get("ignore", IgnoreList()))


def test_a_boundary_whose_order_is_right_is_no_finding(located: LocatedContract, story: Any) -> None:
    assert judged(located, story.deal("D").order("D")) == ()


def test_a_boundary_without_an_order_is_found_at_the_line_of_its_field(located: LocatedContract, story: Any) -> None:
    [violation] = judged(located, story.deal("D").letter("D", "refused: 'Acme' is too long"))
    assert (violation.rule, violation.level) == ("boundary.order-missing", "error")
    text = f"flow {CONTRACT}: Opportunity.Name with a text of 120 characters, which the contract allows: order missing"
    assert violation.message == f"{text}; the stack's reason: refused: … is too long"
    assert violation.owners == ("revenue-operations", "sales-systems")
    with open(violation.path) as file:  # noqa: PTH123 - a line of a file
        assert "name: name" in file.read().splitlines()[violation.line - 1]


def test_a_wrong_amount_at_a_boundary_is_found_on_a_busy_machine_too(located: LocatedContract, story: Any) -> None:
    [violation] = judged(located, story.deal("D").order("D", total=Decimal(3)), overloaded="the machine was busy")
    assert (violation.rule, violation.level) == ("boundary.order-total-differs", "error")


def test_a_missing_order_on_a_busy_machine_is_a_warning(located: LocatedContract, story: Any) -> None:
    [violation] = judged(located, story.deal("D"), overloaded="the machine was busy")
    assert violation.level == "warning"
    assert violation.message.endswith(", but the machine was busy")


def test_an_ignored_path_is_ignored_at_boundaries_too(located: LocatedContract, story: Any) -> None:
    ignore = IgnoreList("i.yaml", "d", (Ignored("order*", "agreed", "ops", "2027-01-01", 3),))
    assert judged(located, story.deal("D"), ignore=ignore) == ()


def test_a_stack_that_ends_at_a_boundary_is_a_finding(located: LocatedContract, story: Any) -> None:
    rules = {v.rule for v in judged(located, story.deal("D"), ended="exit code 1")}
    assert rules == {"boundary.stack-ended", "boundary.order-missing"}


@rows("pair", ["hubspot.business-central", "dataverse.s4hana"])
def test_another_crm_s_contract_has_boundaries_too(pair: str) -> None:
    located = read_candidate(f"{CONTRACT}.{pair}", ())
    found = boundaries_of(located.contract)
    assert len(found.by_key) >= 6
    assert {operation.value["close_date"] for operation in found.deals.workload.operations} == {"2026-06-30"}
