"""Tax codes, closed lines, subsidiary and terms: what an order and its invoice carry beside products and prices."""

from __future__ import annotations

from typing import Any

import pytest

VAT = {"refName": "VAT20"}


def lines(*items: dict[str, Any]) -> dict[str, Any]:
    """A sublist of two saws a line, at 100 each."""
    return {"items": [{"item": {"externalId": "SAW-1"}, "quantity": 2, **item} for item in items]}


def invoice(erp: Any) -> dict[str, Any]:
    """The invoice of the order, made now, as it reads."""
    location = erp.invoice_order().headers["location"]
    body: dict[str, Any] = erp.call("GET", f"/record/v1/invoice/{location.rpartition('/')[2]}").json()
    return body


def test_without_a_tax_code_there_is_no_tax(erp: Any) -> None:
    erp.put_order()
    order = erp.order()
    assert (order["subtotal"], order["taxTotal"], order["total"]) == (200.0, 0, 200.0)
    assert "tax" not in erp.ledger()[0]["lines"][0]


def test_a_line_without_a_tax_code_takes_that_of_its_item(erp: Any) -> None:
    erp.operate("seed", {"products": [{"sku": "SAW-1", "tax_code": "VAT20"}]})
    erp.put_order(item=lines({}, {"taxCode": {"refName": "VAT7"}}, {"taxCode": None}))
    assert [line.get("tax") for line in erp.ledger()[0]["lines"]] == ["40.00", "14.00", None]


def test_a_tax_code_adds_its_rate_to_the_total_of_order_and_invoice(erp: Any) -> None:
    erp.put_order(item=lines({"taxCode": VAT}, {}))
    for document in (erp.order(), invoice(erp)):
        assert (document["subtotal"], document["taxTotal"], document["total"]) == (400.0, 40.0, 440.0)
    [first, second] = erp.order()["item"]["items"]
    assert (first["taxCode"]["refName"], first["taxRate1"], first["tax1Amt"]) == ("VAT20", 20, 40.0)
    assert "taxCode" not in second


def test_the_ledger_has_net_totals_and_the_tax_of_each_line(erp: Any) -> None:
    erp.put_order(item=lines({"taxCode": VAT}))
    erp.invoice_order()
    [entry] = erp.ledger()
    assert (entry["total"], entry["invoices"][0]["total"]) == ("200.00", "200.00")
    assert [document["lines"][0]["tax"] for document in (entry, entry["invoices"][0])] == ["40.00", "40.00"]


def test_tax_is_rounded_line_by_line_to_the_currencys_decimals(erp: Any) -> None:
    bolt = {"item": {"externalId": "BOLT-2"}, "quantity": 1, "taxCode": VAT}
    yen = {"quantity": 1, "rate": 33, "price": {"id": "-1"}, "taxCode": {"refName": "VAT7"}}
    erp.put_order(item=lines(bolt))
    erp.put_order("006Y", entity={"externalId": "001B"}, item=lines(yen))
    assert [entry["lines"][0]["tax"] for entry in erp.ledger()] == ["0.07", "2"]


def test_a_tax_code_that_is_taken_away_takes_the_tax_with_it(erp: Any) -> None:
    erp.put_order(item=lines({"taxCode": VAT}))
    erp.put_order(item=lines({"line": 1, "taxCode": None}))
    assert erp.order()["total"] == 200.0


def test_an_unknown_tax_code_is_refused_by_its_field(erp: Any) -> None:
    reply = erp.put_order(item=lines({"taxCode": {"refName": "VAT99"}}))
    assert erp.error_of(reply) == (400, "INVALID_CONTENT")
    assert erp.path_of(reply) == "item.items[0].taxCode"


def test_a_tax_code_can_be_added_to_the_account(erp: Any) -> None:
    body = {"itemId": "GST", "rate": 5, "externalId": "GST"}
    assert erp.call("POST", "/record/v1/salesTaxItem", body).status_code == 204
    erp.put_order(item=lines({"taxCode": {"externalId": "GST"}}))
    assert erp.order()["taxTotal"] == 10.0


def test_a_tax_code_can_be_seeded(erp: Any) -> None:
    erp.operate("seed", {"tax_codes": {"S-8_1": "8.1"}})
    erp.put_order(item=lines({"taxCode": {"externalId": "S-8_1"}}))
    assert erp.order()["taxTotal"] == 16.2


def test_suiteql_has_gross_totals_and_the_tax(erp: Any) -> None:
    erp.put_order(item=lines({"taxCode": VAT}))
    [row] = erp.query("SELECT foreigntotal, taxtotal FROM transaction")
    assert row == {"foreigntotal": "240.00", "taxtotal": "40.00"}
    [row] = erp.query("SELECT BUILTIN.DF(taxcode) AS code, netamount FROM transactionline")
    assert row == {"code": "VAT20", "netamount": "200.00"}


def test_a_closed_line_is_neither_in_the_ledger_nor_invoiced(erp: Any) -> None:
    erp.put_order(item=lines({}, {"quantity": 1}))
    erp.put_order(item={"items": [{"line": 2, "isClosed": True}]})
    assert [line["isClosed"] for line in erp.order()["item"]["items"]] == [False, True]
    erp.invoice_order()
    [entry] = erp.ledger()
    assert (entry["state"], entry["total"], len(entry["lines"])) == ("open", "200.00", 1)
    assert entry["invoices"][0]["total"] == "200.00"


def test_an_order_whose_lines_are_all_closed_is_closed(erp: Any) -> None:
    erp.put_order(item=lines({}, {}))
    erp.put_order(item={"items": [{"line": number, "isClosed": True} for number in (1, 2)]})
    assert erp.ledger()[0]["state"] == "cancelled"
    assert erp.invoice_order().status_code == 400


def test_closing_a_line_changes_the_recorded_content(erp: Any) -> None:
    erp.put_order(item=lines({}, {}))
    erp.put_order(item={"items": [{"line": 2, "isClosed": True}]})
    assert len({event["value"]["content"] for event in erp.events("order_write")}) == 2


def test_subsidiary_and_terms_come_from_the_customer_unless_the_order_says_otherwise(erp: Any) -> None:
    erp.call("PATCH", "/record/v1/customer/eid:001A", {"terms": {"refName": "Net 30"}})
    erp.put_order()
    erp.put_order("006Y", terms={"refName": "Net 60"})
    named = [(entry["subsidiary"], entry["terms"]) for entry in erp.ledger()]
    assert named == [("Parent Company", "Net 30"), ("Parent Company", "Net 60")]


@pytest.mark.parametrize("field", ["subsidiary", "terms"])
def test_an_invoice_takes_both_from_its_order_and_can_be_changed(erp: Any, field: str) -> None:
    erp.call("POST", "/record/v1/subsidiary", {"name": "Net 15", "externalId": "other"})
    erp.put_order(terms={"refName": "Net 60"})
    made = invoice(erp)
    assert made["terms"]["refName"] == "Net 60"
    erp.call("PATCH", f"/record/v1/invoice/{made['id']}", {field: {"refName": "Net 15"}})
    [entry] = erp.ledger()
    assert entry["invoices"][0][field] == "Net 15"
    assert entry[field] != "Net 15"


def test_without_its_tax_engine_the_erp_saves_a_tax_of_zero_and_no_error(erp: Any) -> None:
    erp.inject("zero_tax")
    erp.put_order(item=lines({"taxCode": VAT}))
    assert (erp.order()["taxTotal"], invoice(erp)["taxTotal"]) == (0, 0)
    erp.heal()
    erp.put_order(item=lines({"taxCode": VAT}))
    assert {event["value"]["order"] for event in erp.events("hit")} == {"006X"}
