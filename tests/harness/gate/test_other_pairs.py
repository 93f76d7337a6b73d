"""The gate between other CRMs and ERPs: sound stacks pass; planted bugs and renamed fields do not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.gate.test_gate import BUNDLED, CONTRACT, GateFolder, leaves_nothing, record
from support.processes import end_groups
from support.thorough import thorough

pytestmark = pytest.mark.slow


def _sold(number: int) -> tuple[int, float]:
    return (quantity := number % 5 + 1), round(quantity * 19.99, 2)


def of_hubspot(number: int) -> str:
    """A record of HubSpot, as a line."""
    quantity, total = _sold(number)
    deal = {"hs_object_id": f"90000000{number:02}", "dealname": f"Deal {number}", "company": f"70{number % 3}"}
    deal |= {"dealstage": "closedwon", "hs_is_closed_won": True, "deal_currency_code": "EUR"}
    days = {"closedate": "2026-06-30T00:00:00Z", "hs_lastmodifieddate": "2026-06-30T10:00:00.000Z"}
    line = {"hs_object_id": f"80000000{number:02}", "deal": deal["hs_object_id"], "hs_sku": "SKU-1"}
    line |= {"quantity": quantity, "price": 19.99, "amount": total}
    return json.dumps({"deals": {**deal, **days, "amount": total}, "line_items": [line]}) + "\n"


def of_dataverse(number: int) -> str:
    """A record of Dataverse, as a line."""
    quantity, total = _sold(number)
    id_ = f"00000001-0000-4000-8000-{number:012x}"
    deal = {"opportunityid": id_, "name": f"Deal {number}", "statuscode": 3, "statecode": 1, "actualvalue": total}
    deal |= {"customerid_account": {"accountnumber": f"A-{number % 3}"}, "actualclosedate": "2026-06-30"}
    deal |= {"transactioncurrencyid": {"isocurrencycode": "EUR"}, "modifiedon": "2026-06-30T10:00:00Z"}
    line = {"opportunityproductid": id_.replace("1-", "2-", 1), "_opportunityid_value": id_, "quantity": quantity}
    line |= {"productid": {"productnumber": "SKU-1"}, "priceperunit": 19.99, "new_netamount": total}
    return json.dumps({"opportunities": deal, "opportunityproducts": [line]}) + "\n"


RECORDS: dict[str, Callable[[int], str]] = {"hubspot": of_hubspot, "dataverse": of_dataverse, "salesforce": record}
Open = Callable[[str, str], GateFolder]


@pytest.fixture
def between(tmp_path: Path) -> Iterator[Open]:
    """A folder with the contract between a CRM and an ERP, and records of the CRM."""
    opened: list[GateFolder] = []

    def call(crm: str, erp: str) -> GateFolder:
        place = GateFolder(tmp_path, f"{CONTRACT}.{crm}.{erp}")
        place.records(RECORDS[crm](number) for number in range(1, 6))
        opened.append(place)
        return place

    yield call
    end_groups([each for place in opened for each in place.started])


def found(place: GateFolder) -> dict[str, Any]:
    """The errors of the stage that failed, by rule."""
    stage = next(stage for stage in place.verdict()["stages"] if stage["state"] == "failed")
    return {v["rule"]: v for v in stage["violations"] if v["level"] == "error"}


#: The pairs, each with a field of its CRM and one of its ERP that may be renamed. By day each test has one of them, and
#: each pair one of the tests.
PAIRS = {
    ("hubspot", "business-central"): ("price", "orderDate"),
    ("dataverse", "oracle-fusion"): ("priceperunit", "TransactionOn"),
    ("salesforce", "s4hana"): ("", "SalesOrderDate"),
}


def pairs(by_day: str) -> list[tuple[str, str]]:
    """All of them at night, by day that of one CRM."""
    return [pair for pair in PAIRS if thorough() or pair[0] == by_day]


@pytest.mark.parametrize(("crm", "erp"), pairs("hubspot"))
def test_a_sound_stack_passes_and_one_that_ignores_amendments_does_not(crm: str, erp: str, between: Open) -> None:
    place = between(crm, erp)
    code, output = place.gate("--stack", "durable")
    assert code == 0, output
    assert place.states() == ["skipped", *["passed"] * 4, "skipped"]
    assert "boundary records" in output
    # What the fake could not enforce would be a warning.
    assert place.rules("warning") == set(), output
    # A tenth of the deals is amended.
    place.records(RECORDS[crm](number) for number in range(1, 31))
    code, output = place.gate("--stack", "durable+ignores-amendments")
    assert code == 1, output
    assert any(rule.startswith("replay.order") for rule in found(place)), output
    leaves_nothing(place)


@pytest.mark.parametrize(("crm", "erp"), [pair for pair in pairs("dataverse") if PAIRS[pair][0]])
def test_a_field_that_the_crm_has_renamed_is_found_at_its_line(crm: str, erp: str, between: Open) -> None:
    place, (field, _) = between(crm, erp), PAIRS[crm, erp]
    place.change(f"physicalName: {field}\n", "physicalName: new_net_price\n")
    place.sign()
    code, output = place.gate("--stack", "durable", "--base", str(BUNDLED))
    assert code == 1, output
    violation = found(place)["replay.order-missing"]
    assert len(violation["orders"]) == 5
    assert f".{field} to new_net_price" in violation["message"]
    lines = (place.folder / violation["path"]).read_text().splitlines()
    assert "physicalName: new_net_price" in lines[violation["line"] - 1]


@pytest.mark.parametrize(("crm", "erp"), pairs("salesforce"))
def test_a_field_that_the_erp_has_renamed_is_found(crm: str, erp: str, between: Open) -> None:
    place, (_, field) = between(crm, erp), PAIRS[crm, erp]
    place.change(f"physicalName: {field}\n", "physicalName: YY1_CloseDate\n", side="erp")
    place.sign()
    code, output = place.gate("--stack", "durable", "--base", str(BUNDLED))
    assert code == 1, output
    assert "renames " in output and f".{field} to YY1_CloseDate" in output


def test_a_limit_of_the_candidate_for_a_price_of_s4hana_is_enforced_in_its_condition(between: Open) -> None:
    place = between("salesforce", "s4hana")
    price = "              physicalName: to_PricingElement.ConditionRateValue\n              logicalType: number\n"
    limits = "              logicalTypeOptions: {minimum: 0}\n"
    place.change(price + limits, price + limits.replace("}", ", maximum: 15}"), side="erp")
    place.sign()
    code, output = place.gate("--stack", "durable", "--base", str(BUNDLED))
    assert code == 1, output
    # The ERP refuses each order, and what was sent breaks the contract.
    assert found(place).keys() == {"replay.order-missing", "write.out-of-range"}, output
    assert "A_SalesOrder.to_Item.to_PricingElement.ConditionRateValue" in found(place)["write.out-of-range"]["message"]
