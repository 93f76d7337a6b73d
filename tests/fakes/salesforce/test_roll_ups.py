"""Roll-up summaries follow every change of the records that they sum up, whoever makes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.rows import rows
from support.served import Served, write

DATA = "/services/data/v60.0"


def summary(function: str, type_: str = "double", **more: str) -> dict[str, Any]:
    """A summary of shipments."""
    return {"type": type_, "calculated": True, "summary": {"function": function, "of": "Shipment__c", **more}}


PLANT = {
    "Shipments__c": summary("count"),
    "Value__c": summary("sum", "currency", field="Value__c"),
    "Open__c": summary("sum", field="Value__c", when="NOT(Done__c)"),
    "First__c": summary("min", "date", field="Day__c"),
    "Largest__c": summary("max", field="Value__c"),
    "Double__c": {"type": "double", "calculated": True, "formula": "Value__c * 2"},
    "Company__c": {"type": "reference", "refers_to": "Company__c"},
}
SHIPMENT = {
    "Plant__c": {"type": "reference", "refers_to": "Plant__c"},
    "Value__c": {"type": "currency", "scale": 2},
    "Day__c": {"type": "date"},
    "Done__c": {"type": "boolean"},
}
COMPANY = {
    "Value__c": {
        "type": "double",
        "calculated": True,
        "summary": {"function": "sum", "of": "Plant__c", "field": "Value__c", "by": "Company__c"},
    }
}


@pytest.fixture
def crm(tmp_path: Path) -> Served:
    """An organisation of companies, plants and shipments."""
    objects = {"Plant__c": PLANT, "Shipment__c": SHIPMENT, "Company__c": COMPANY}
    return Served("salesforce", write(tmp_path, **{f"salesforce__{n}": {"fields": f} for n, f in objects.items()}))


def add(crm: Served, sobject: str, **fields: Any) -> str:
    """The id of a new record."""
    status, body = crm.call("POST", f"{DATA}/sobjects/{sobject}", fields)
    assert status == 201, body
    return str(body["id"])


def read(crm: Served, sobject: str, id_: str) -> dict[str, Any]:
    """A record."""
    found: dict[str, Any] = crm.call("GET", f"{DATA}/sobjects/{sobject}/{id_}")[1]
    return found


def sums(crm: Served, plant: str) -> list[Any]:
    """Count, sum, open sum, first day and largest value of a plant."""
    record = read(crm, "Plant__c", plant)
    return [record[name] for name in ("Shipments__c", "Value__c", "Open__c", "First__c", "Largest__c")]


def test_a_record_without_children_has_nothing_in_all(crm: Served) -> None:
    assert sums(crm, add(crm, "Plant__c")) == [0, 0, 0, None, None]


def test_a_summary_follows_children_that_come_change_move_and_go(crm: Served) -> None:
    plant, other = add(crm, "Plant__c"), add(crm, "Plant__c")
    first = add(crm, "Shipment__c", Plant__c=plant, Value__c=5, Day__c="2026-02-01")
    second = add(crm, "Shipment__c", Plant__c=plant, Value__c=7, Day__c="2026-01-01", Done__c=True)
    assert sums(crm, plant) == [2, 12, 5, "2026-01-01", 7]
    crm.call("PATCH", f"{DATA}/sobjects/Shipment__c/{first}", {"Value__c": 9})
    assert sums(crm, plant) == [2, 16, 9, "2026-01-01", 9]
    crm.call("PATCH", f"{DATA}/sobjects/Shipment__c/{second}", {"Plant__c": other})
    assert (sums(crm, plant), sums(crm, other)) == ([1, 9, 9, "2026-02-01", 9], [1, 7, 0, "2026-01-01", 7])
    crm.call("DELETE", f"{DATA}/sobjects/Shipment__c/{first}")
    assert sums(crm, plant) == [0, 0, 0, None, None]


def test_formulas_and_further_summaries_follow_from_it(crm: Served) -> None:
    company = add(crm, "Company__c")
    plant = add(crm, "Plant__c", Company__c=company)
    add(crm, "Shipment__c", Plant__c=plant, Value__c=5)
    assert read(crm, "Plant__c", plant)["Double__c"] == 10
    assert read(crm, "Company__c", company)["Value__c"] == 5


def test_nobody_writes_a_summary_and_a_query_finds_it(crm: Served) -> None:
    plant = add(crm, "Plant__c")
    add(crm, "Shipment__c", Plant__c=plant, Value__c=5)
    status, body = crm.call("PATCH", f"{DATA}/sobjects/Plant__c/{plant}", {"Value__c": 1})
    assert (status, body[0]["errorCode"]) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert crm.soql("SELECT Id FROM Plant__c WHERE Value__c > 4")[1]["totalSize"] == 1


def test_a_summary_does_not_modify_its_record(crm: Served) -> None:
    plant = add(crm, "Plant__c")
    before = read(crm, "Plant__c", plant)["SystemModstamp"]
    add(crm, "Shipment__c", Plant__c=plant, Value__c=5)
    assert read(crm, "Plant__c", plant)["SystemModstamp"] == before


def test_a_refused_change_leaves_the_summary(crm: Served) -> None:
    plant = add(crm, "Plant__c")
    body = {
        "allOrNone": True,
        "records": [
            {"attributes": {"type": "Shipment__c"}, "Plant__c": plant, "Value__c": 5},
            {"attributes": {"type": "Shipment__c"}, "Plant__c": "x"},
        ],
    }
    assert crm.call("POST", f"{DATA}/composite/sobjects", body)[0] == 200
    assert sums(crm, plant) == [0, 0, 0, None, None]


@rows(
    ("changed", "why"),
    [
        ({"of": "Nothing__c"}, "it sums up records of the unknown object 'Nothing__c'"),
        ({"by": "Value__c"}, "is no reference to Plant__c; known: Plant__c"),
        ({"field": "Day__c"}, "its sum of Shipment__c.Day__c is no currency"),
        ({"when": "VLOOKUP(1)"}, "the function VLOOKUP"),
    ],
)
def test_what_cannot_be_summed_up_is_empty_and_said_when_it_is_read(
    tmp_path: Path, changed: dict[str, str], why: str
) -> None:
    field = summary("sum", "currency", field="Value__c")
    field["summary"] |= changed
    folder = write(
        tmp_path, salesforce__Plant__c={"fields": {"Value__c": field}}, salesforce__Shipment__c={"fields": SHIPMENT}
    )
    crm = Served("salesforce", folder)
    assert read(crm, "Plant__c", add(crm, "Plant__c"))["Value__c"] is None
    [event] = [event for event in crm.fake.events.after(0) if event.f == "unsupported"]
    assert why in event.value["call"]
