"""Price levels, prices by quantity, and levels that are a percentage off the base price."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from support.served import Served, write

RECORDS = "/services/rest/record/v1"
ITEM = {"externalId": "SKU-1"}


@pytest.fixture
def erp() -> Served:
    """An account whose item costs 5, from ten pieces on 4, and 3 on the second level."""
    erp = Served("netsuite")
    for price in ({"quantity": 10, "unitPrice": 4}, {"priceLevel": {"id": "2"}, "unitPrice": 3}):
        assert erp.call("POST", f"{RECORDS}/pricing", {"item": ITEM, "currency": {"id": "1"}, **price})[0] == 204
    return erp


def line(erp: Served, **fields: Any) -> Any:
    """A line of a new order, or what refuses it."""
    body = {"entity": {"externalId": "A-1"}, "item": {"items": [{"item": ITEM, **fields}]}}
    status, refusal = erp.call("PUT", f"{RECORDS}/salesOrder/eid:D-1", body, query={"replace": "item"})
    if status != 204:
        return refusal["o:errorDetails"][0]["o:errorPath"]
    [made] = erp.call("GET", f"{RECORDS}/salesOrder/eid:D-1/item/1", query={"expand": "x"})[1:]
    return made["price"]["refName"], made["rate"], made["amount"]


def test_a_line_has_the_price_of_its_level_and_quantity(erp: Served) -> None:
    assert line(erp, quantity=2) == ("Base Price", 5, 10)
    assert line(erp, quantity=10) == ("Base Price", 4, 40)
    assert line(erp, quantity=2, price={"id": "2"}) == ("Alternate Price 1", 3, 6)
    assert line(erp, quantity=2, price={"refName": "Alternate Price 1"}) == ("Alternate Price 1", 3, 6)
    assert line(erp, quantity=2, price={"id": "-1"}, rate=9) == ("Custom", 9, 18)
    names = erp.suiteql("SELECT BUILTIN.DF(price) AS p FROM transactionline WHERE mainline = 'F'")[1]["items"]
    assert [row["p"] for row in names] == ["Custom"]


def test_a_level_without_a_price_or_that_is_not_there_is_refused(erp: Served) -> None:
    assert line(erp, quantity=2, price={"id": "3"}) == "item.items[0].rate"
    assert line(erp, quantity=2, price={"id": "77"}) == "item.items[0].price"


def test_there_is_one_price_for_a_level_and_quantity(erp: Served) -> None:
    again = {"item": ITEM, "currency": {"id": "1"}, "priceLevel": {"id": "2"}, "unitPrice": 1}
    assert erp.call("POST", f"{RECORDS}/pricing", again)[0] == 400
    assert erp.call("POST", f"{RECORDS}/pricing", {**again, "quantity": 5})[0] == 204
    assert line(erp, quantity=5, price={"id": "2"}) == ("Alternate Price 1", 1, 5)
    [[price]] = [
        [row["id"] for row in erp.suiteql("SELECT id FROM pricing WHERE quantity = 5 AND pricelevel = 2")[1]["items"]]
    ]
    assert erp.call("PATCH", f"{RECORDS}/pricing/{price}", {"quantity": 6})[0] == 204
    assert line(erp, quantity=5, price={"id": "2"}) == ("Alternate Price 1", 3, 15)
    assert erp.call("DELETE", f"{RECORDS}/pricing/{price}")[0] == 204
    assert line(erp, quantity=6, price={"id": "2"}) == ("Alternate Price 1", 3, 18)


def test_a_level_of_the_account_is_a_percentage_of_the_base_price(tmp_path: Path) -> None:
    level = {"id": "8", "name": "Partner", "discountPct": -20}
    erp = Served("netsuite", write(tmp_path, netsuite__priceLevel={"records": [level]}))
    assert line(erp, quantity=2, price={"id": "8"}) == ("Partner", 4, 8)
    assert erp.call("GET", f"{RECORDS}/priceLevel/8")[1]["discountPct"] == Decimal(-20)
