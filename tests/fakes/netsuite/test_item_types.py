"""Items of other types than inventory items: services, kits, discounts and so on. They share ids and external ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.served import Served, write

RECORDS = "/services/rest/record/v1"


@pytest.fixture
def erp() -> Served:
    """An account with a service and a discount."""
    erp = Served("netsuite")
    for kind, item in (("serviceSaleItem", "Setup"), ("discountItem", "Off")):
        assert erp.call("POST", f"{RECORDS}/{kind}", {"itemId": item, "externalId": item})[0] == 204
    return erp


def listed(erp: Served, kind: str, **query: str) -> int:
    status, body = erp.call("GET", f"{RECORDS}/{kind}", query=query)
    assert status == 200, body
    return int(body["totalResults"])


def test_each_type_has_its_own_records(erp: Served) -> None:
    kinds = ("inventoryItem", "serviceSaleItem", "discountItem", "kitItem", "nonInventorySaleItem")
    assert [listed(erp, kind) for kind in kinds] == [1, 1, 1, 0, 0]
    assert [listed(erp, "serviceSaleItem", q=f'itemId IS "{name}"') for name in ("Setup", "Off")] == [1, 0]
    statuses = [erp.call("GET", f"{RECORDS}/{kind}/eid:Setup")[0] for kind in ("serviceSaleItem", "kitItem")]
    assert statuses == [200, 404]
    assert "type" not in erp.call("GET", f"{RECORDS}/serviceSaleItem/eid:Setup")[1]


def test_a_name_is_taken_in_all_types(erp: Served) -> None:
    assert erp.call("POST", f"{RECORDS}/kitItem", {"itemId": "Setup"})[0] == 400
    assert erp.call("PATCH", f"{RECORDS}/serviceSaleItem/eid:Setup", {"displayName": "Set-up"})[0] == 204


def test_an_order_has_lines_of_all_types(erp: Served) -> None:
    custom: dict[str, Any] = {"price": {"id": "-1"}}
    lines = [
        {"item": {"externalId": "SKU-1"}, "quantity": 1},
        {"item": {"externalId": "Setup"}, "quantity": 2, "rate": 50, **custom},
        {"item": {"externalId": "Off"}, "quantity": 1, "rate": -10, **custom},
    ]
    order = {"entity": {"externalId": "A-1"}, "item": {"items": lines}}
    assert erp.call("PUT", f"{RECORDS}/salesOrder/eid:D-1", order)[0] == 204
    _, body = erp.call("GET", f"{RECORDS}/salesOrder/eid:D-1", query={"expandSubResources": "true"})
    types = [line["item"]["links"][0]["href"].split("/")[-2] for line in body["item"]["items"]]
    assert (types, body["total"]) == (["inventoryItem", "serviceSaleItem", "discountItem"], 95)
    query = (
        "SELECT i.itemid, i.itemtype FROM transactionline l JOIN item i ON i.id = l.item "
        "WHERE i.itemtype <> 'InvtPart' ORDER BY i.itemid"
    )
    rows = erp.suiteql(query)[1]["items"]
    assert [(row["itemid"], row["itemtype"]) for row in rows] == [("Off", "Discount"), ("Setup", "Service")]
    assert erp.call("DELETE", f"{RECORDS}/serviceSaleItem/eid:Setup")[0] == 400
    assert erp.call("POST", f"{RECORDS}/salesOrder/eid:D-1/!transform/invoice", {})[0] == 204


def test_an_organisation_gives_items_with_fields_of_their_own(tmp_path: Path) -> None:
    item = {"id": "77", "itemId": "Setup", "externalId": "Setup", "custitem_hours": 4}
    service = {"fields": {"custitem_hours": {"type": "number"}}, "records": [item]}
    erp = Served("netsuite", write(tmp_path, netsuite__serviceSaleItem=service))
    assert erp.call("GET", f"{RECORDS}/serviceSaleItem/77")[1]["custitem_hours"] == 4
    rows = erp.suiteql("SELECT id, itemtype, custitem_hours FROM item WHERE custitem_hours > 1")[1]["items"]
    assert [row["itemtype"] for row in rows] == ["Service"]


def test_a_kit_has_members(erp: Served) -> None:
    items = [{"item": {"externalId": "SKU-1"}, "quantity": 2}, {"item": {"externalId": "Setup"}}]
    kit = {"itemId": "Box", "externalId": "Box", "member": {"items": items}}
    assert erp.call("POST", f"{RECORDS}/kitItem", kit)[0] == 204
    assert erp.call("GET", f"{RECORDS}/kitItem/eid:Box")[1]["member"].keys() == {"links"}

    def members() -> list[tuple[str, int]]:
        body = erp.call("GET", f"{RECORDS}/kitItem/eid:Box", query={"expandSubResources": "true"})[1]
        return [(each["item"]["refName"], each["quantity"]) for each in body["member"]["items"]]

    assert members() == [("SKU-1", 2), ("Setup", 1)]
    more = {"member": {"items": [{"item": {"externalId": "SKU-1"}, "quantity": 3}]}}
    assert erp.call("PATCH", f"{RECORDS}/kitItem/eid:Box", more)[0] == 204
    assert members() == [("SKU-1", 3), ("Setup", 1)]
    assert erp.call("PATCH", f"{RECORDS}/kitItem/eid:Box", more, query={"replace": "member"})[0] == 204
    assert members() == [("SKU-1", 3)]
    query = "SELECT i.itemid, m.quantity FROM kititemmember m JOIN item i ON i.id = m.item"
    assert [(row["itemid"], row["quantity"]) for row in erp.suiteql(query)[1]["items"]] == [("SKU-1", "3")]
    for broken in ({"items": "a"}, {"items": [{"quantity": 1}]}, {"items": [{"item": {"id": "0"}}]}):
        assert erp.call("PATCH", f"{RECORDS}/kitItem/eid:Box", {"member": broken})[0] == 400
    accept = "application/schema+json"
    schema = erp.call("GET", f"{RECORDS}/metadata-catalog/kitItem", accept=accept)[1]
    assert schema["properties"]["member"]["properties"]["items"]["type"] == "array"
