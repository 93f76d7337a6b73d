"""From order to invoice, drafts, cancelling and crediting; and what the ledger states of them."""

from __future__ import annotations

from typing import Any

import pytest


def post(erp: Any, name: str, id_: str, action: str) -> Any:
    """The reply to a bound action."""
    return erp.call("POST", f"{name}({id_})/Microsoft.NAV.{action}")


def draft(erp: Any, deal: str = "006d") -> dict[str, Any]:
    """A draft of an invoice without an order."""
    body = {
        "externalDocumentNumber": deal,
        "customerNumber": "001AB",
        "invoiceDate": "2026-03-15",
        "postingDate": "2026-03-15",
        "salesInvoiceLines": [{"lineObjectNumber": "SAW-1", "quantity": 1}],
    }
    reply = erp.call("POST", "salesInvoices", body)
    assert reply.status_code == 201, reply.text
    created: dict[str, Any] = reply.json()
    return created


def test_an_order_that_is_invoiced_leaves_the_orders(erp: Any) -> None:
    invoice = erp.invoiced()
    assert (invoice["status"], invoice["totalAmountExcludingTax"], invoice["orderNumber"]) == (
        "Open",
        200,
        "S-ORD101001",
    )
    assert invoice["externalDocumentNumber"] == "006XY"
    # What looks for its order there finds none, and would create another one.
    assert erp.get("salesOrders?$filter=externalDocumentNumber eq '006XY'")["value"] == []
    assert post(erp, "salesOrders", invoice["orderId"], "shipAndInvoice").status_code == 404


def test_the_ledger_keeps_the_order_with_its_invoice(erp: Any) -> None:
    invoice = erp.invoiced()
    (entry,) = erp.ledger()
    assert (entry["id"], entry["state"], entry["total"]) == (invoice["orderId"], "open", "200.00")
    assert [(each["id"], each["total"], each["period"], each["date"]) for each in entry["invoices"]] == [
        (invoice["id"], "200.00", "2026-03", "2026-03-15")
    ]
    event = erp.events("invoice_write")[0]["value"]
    assert (event["invoice"], event["order"], event["deal"], event["total"]) == (
        invoice["id"],
        invoice["orderId"],
        "006xY",
        "200.00",
    )


def test_an_order_without_lines_is_not_posted(erp: Any) -> None:
    created = erp.order(salesOrderLines=[])
    reply = post(erp, "salesOrders", created["id"], "shipAndInvoice")
    assert erp.error_of(reply) == (400, "Application_DialogException")
    assert erp.message_of(reply) == "There is nothing to post."


def test_a_draft_is_posted_once_and_keeps_its_id(erp: Any) -> None:
    created = draft(erp)
    assert (created["status"], created["number"]) == ("Draft", "S-INV102001")
    assert erp.ledger()[0].get("invoices", []) == []
    assert erp.events("invoice_write") == []
    assert post(erp, "salesInvoices", created["id"], "post").status_code == 204
    posted = erp.get(f"salesInvoices({created['id']})")
    assert (posted["status"], posted["number"], posted["remainingAmount"]) == ("Open", "PS-INV103001", 100)
    again = post(erp, "salesInvoices", created["id"], "post")
    assert erp.error_of(again) == (400, "Application_DialogException")
    (entry,) = erp.ledger()
    assert [each["id"] for each in entry["invoices"]] == [entry["id"]]


def test_a_posted_invoice_can_neither_be_changed_nor_deleted(erp: Any) -> None:
    invoice = erp.invoiced()
    path = f"salesInvoices({invoice['id']})"
    assert erp.error_of(erp.call("PATCH", path, {"email": "x"}))[0] == 400
    assert erp.error_of(erp.call("DELETE", path))[0] == 400
    line = erp.get(f"{path}/salesInvoiceLines")["value"][0]["id"]
    assert erp.error_of(erp.call("PATCH", f"salesInvoiceLines({line})", {"quantity": 9}))[0] == 400


def test_cancelling_makes_a_corrective_credit_memo(erp: Any) -> None:
    invoice = erp.invoiced()
    assert post(erp, "salesInvoices", invoice["id"], "cancel").status_code == 204
    assert erp.get(f"salesInvoices({invoice['id']})")["status"] == "Canceled"
    memo = erp.get("salesCreditMemos")["value"][0]
    assert (memo["status"], memo["invoiceNumber"], memo["totalAmountExcludingTax"]) == (
        "Corrective",
        invoice["number"],
        200,
    )
    (entry,) = erp.ledger()
    assert (entry["state"], entry["invoices"][0]["credited"]) == ("cancelled", "200.00")
    assert [event["value"]["state"] for event in erp.events("invoice_write")] == ["open", "credited"]
    assert erp.error_of(post(erp, "salesInvoices", invoice["id"], "cancel"))[0] == 400


def test_a_credit_memo_is_drafted_changed_and_posted(erp: Any) -> None:
    invoice = erp.invoiced()
    assert post(erp, "salesInvoices", invoice["id"], "makeCorrectiveCreditMemo").status_code == 204
    memo = erp.get("salesCreditMemos?$expand=salesCreditMemoLines")["value"][0]
    assert (memo["status"], erp.ledger()[0]["invoices"][0].get("credited", "0")) == ("Draft", "0")
    erp.call("PATCH", f"salesCreditMemoLines({memo['salesCreditMemoLines'][0]['id']})", {"quantity": 1})
    assert post(erp, "salesCreditMemos", memo["id"], "post").status_code == 204
    assert erp.get(f"salesInvoices({invoice['id']})")["remainingAmount"] == 100
    assert erp.ledger()[0]["invoices"][0]["credited"] == "100.00"


@pytest.mark.parametrize("action", ["post", "shipAndInvoice"])
def test_nothing_is_posted_into_a_closed_period(erp: Any, action: str) -> None:
    created = draft(erp) if action == "post" else erp.order()
    name = "salesInvoices" if action == "post" else "salesOrders"
    erp.operate("close_period", {"period": "2026-03"})
    refused = post(erp, name, created["id"], action)
    assert erp.error_of(refused) == (400, "Application_DialogException")
    assert erp.message_of(refused) == "Posting Date is not within your range of allowed posting dates."
    erp.operate("open_period", {"period": "2026-03"})
    assert post(erp, name, created["id"], action).status_code == 204


def test_an_order_for_another_is_booked_by_people(erp: Any) -> None:
    lines = [{"sku": "SAW-1", "quantity": 3, "unit_price": 100, "amount": 270}]
    value = {"account": "001aB", "currency": "EUR", "lines": lines, "date": "2026-03-01"}
    erp.operate("book_order", value, key="web-1")
    ledger = erp.whole_ledger()
    assert [(each["total"], each["currency"], each["keys"]["externalDocumentNumber"]) for each in ledger["others"]] == [
        ("270.00", "EUR", "web-1")
    ]
    assert ledger["entries"] == ledger["others"]
    refused = erp.try_operation("book_order", {**value, "account": "nosuch"}, key="web-2")
    assert (refused.status_code, "cannot be booked" in refused.text) == (400, True)


def test_a_ledger_is_restored_as_it_was(erp: Any) -> None:
    erp.order(
        "1", salesOrderLines=[{"lineObjectNumber": "BOLT-2", "quantity": 100, "unitPrice": 0.33, "discountPercent": 5}]
    )
    erp.invoiced("2", paymentTermsId=erp.get("paymentTerms?$filter=code eq '30D'")["value"][0]["id"])
    cancelled = erp.invoiced("3")
    post(erp, "salesInvoices", cancelled["id"], "cancel")
    post(erp, "salesInvoices", draft(erp, "4")["id"], "post")
    erp.call("POST", "customers", {"displayName": "New Ltd", "number": "N-1"})
    erp.call("POST", "items", {"displayName": "Nut", "number": "NUT-3"})
    before = erp.whole_ledger()
    erp.reset()
    assert erp.restore(before).status_code < 300
    after = erp.whole_ledger()
    assert _stated(after["entries"]) == _stated(before["entries"])
    assert {**after, "entries": [], "time_s": 0} == {**before, "entries": [], "time_s": 0}
    refused = erp.restore(before)
    assert (refused.status_code, "is there already" in refused.text) == (400, True)


def _stated(entries: list[dict[str, Any]]) -> Any:
    """What entries state, without when they last changed."""
    return sorted(({**entry, "changed_s": 0} for entry in entries), key=lambda entry: str(entry["id"]))
