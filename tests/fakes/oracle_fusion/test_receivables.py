"""Invoices: those of requests, and those of AutoInvoice."""

from __future__ import annotations

from typing import Any

from fakes.oracle_fusion.conftest import INVOICES, ORDERS, invoice, line


def test_an_invoice_is_one_of_the_order_that_its_line_names(erp: Any) -> None:
    created = erp.order()
    made = erp.invoiced(created)
    (entry,) = erp.ledger()
    assert [(each["id"], each["total"]) for each in entry["invoices"]] == [
        (str(made["CustomerTransactionId"]), "200.00")
    ]
    found = erp.found(f"{INVOICES}?q=CrossReference='10001'&expand=receivablesInvoiceLines&onlyData=true")
    assert found[0]["receivablesInvoiceLines"]["items"][0]["SalesOrder"] == created["OrderNumber"]
    # A repeated request is not recognised.
    erp.invoiced(created)
    assert len(erp.ledger()[0]["invoices"]) == 2


def test_a_transaction_number_of_ones_own_is_taken_once(erp: Any) -> None:
    created = erp.order()
    erp.invoiced(created, TransactionNumber="INV-1")
    refused = erp.call("POST", INVOICES, invoice(created, TransactionNumber="INV-1"))
    assert erp.error_of(refused) == (400, "25013", "/TransactionNumber")


def test_an_amount_is_rounded_in_the_currency_and_taxed(erp: Any) -> None:
    created = erp.order()
    sold = {
        "ItemNumber": "SAW-1",
        "Quantity": 3,
        "UnitSellingPrice": "33.333333333333",
        "TaxClassificationCode": "VAT19",
    }
    lines = [{**sold, "SalesOrder": created["OrderNumber"]}]
    made = erp.invoiced(created, receivablesInvoiceLines=lines)
    assert made["EnteredAmount"] == 119
    (held,) = erp.ledger()[0]["invoices"]
    assert (held["total"], held["lines"][0]["tax"]) == ("100.00", "19.00")
    # Manual tax lines take the place of what is computed.
    manual = [{**lines[0], "receivablesInvoiceLineTaxLines": [{"TaxRateCode": "VAT19", "TaxAmount": "18.99"}]}]
    assert erp.invoiced(created, receivablesInvoiceLines=manual)["EnteredAmount"] == 118.99
    bare = [{**lines[0], "receivablesInvoiceLineTaxLines": [{"TaxRateCode": "VAT19"}]}]
    assert erp.call("POST", INVOICES, invoice(created, receivablesInvoiceLines=bare)).status_code == 400


def test_what_is_missing_or_unknown_is_refused(erp: Any) -> None:
    created = erp.order()

    def refused(**changed: Any) -> Any:
        return erp.error_of(erp.call("POST", INVOICES, invoice(created, **changed)))

    sold = {"ItemNumber": "SAW-1", "Quantity": 1, "UnitSellingPrice": 1}
    assert refused(BusinessUnit=None) == (400, "27014", "/BusinessUnit")
    assert refused(TransactionSource="other") == (400, "27024", "/TransactionSource")
    assert refused(BillToCustomerNumber="nobody") == (400, "27024", "/BillToCustomerNumber")
    assert refused(InvoiceCurrencyCode="XXX") == (400, "27024", "/InvoiceCurrencyCode")
    path = "/receivablesInvoiceLines/0"
    assert refused(receivablesInvoiceLines=[{**sold, "ItemNumber": "NUT"}]) == (400, "27024", f"{path}/ItemNumber")
    taxed = {**sold, "TaxClassificationCode": "GST"}
    assert refused(receivablesInvoiceLines=[taxed]) == (400, "27024", f"{path}/TaxClassificationCode")
    assert refused(receivablesInvoiceLines=[{"ItemNumber": "SAW-1"}]) == (400, "27014", f"{path}/Quantity")
    assert erp.ledger()[0].get("invoices", []) == []


def test_a_closed_period_takes_no_invoice_and_gives_none_back(erp: Any) -> None:
    created = erp.order()
    made = erp.invoiced(created)
    erp.operate("close_period", {"period": "2026-03"})
    refused = erp.call("POST", INVOICES, invoice(created))
    assert "period" in refused.text and erp.error_of(refused)[2] == "/AccountingDate"
    path = f"{INVOICES}/{made['CustomerTransactionId']}"
    assert erp.call("DELETE", path).status_code == 400
    erp.operate("open_period", {"period": "2026-03"})
    erp.configure(allow_transaction_deletion=False).raise_for_status()
    assert erp.call("DELETE", path).status_code == 400
    erp.configure(allow_transaction_deletion=True).raise_for_status()
    assert erp.call("DELETE", path).status_code == 204
    assert erp.ledger()[0].get("invoices", []) == []


def test_an_invoice_keeps_its_amounts(erp: Any) -> None:
    made = erp.invoiced(erp.order())
    path = f"{INVOICES}/{made['CustomerTransactionId']}"
    assert erp.call("PATCH", path, {"Comments": "paid soon"}).json()["Comments"] == "paid soon"
    assert erp.call("PATCH", path, {"InvoiceCurrencyCode": "EUR"}).status_code == 400


def test_autoinvoice_leaves_orders_on_hold_until_they_are_released(erp: Any) -> None:
    erp.configure(autoinvoice_after_s=0).raise_for_status()
    erp.inject("hold_orders", share=1.0)
    created = erp.order()
    assert created["OnHoldFlag"] is True
    assert erp.found(f"{ORDERS}/GAMEDAY:006xY/child/holds")[0]["HoldCode"] == "CREDIT_REVIEW"
    assert erp.ledger()[0].get("invoices", []) == []
    assert erp.hits() == [("fault", "order.write", "006xY")]
    erp.heal()
    (held,) = erp.ledger()[0]["invoices"]
    assert (held["total"], held["date"], held["customer"]) == ("200.00", "2026-03-15", "001aB")
    (sold,) = erp.found(f"{ORDERS}/GAMEDAY:006xY/child/lines")
    assert (sold["StatusCode"], sold["InvoiceInterfacedFlag"]) == ("BILLED", True)
    # It makes one invoice of an order, and another where that is deleted.
    assert len(erp.ledger()[0]["invoices"]) == 1
    assert erp.call("DELETE", f"{INVOICES}/{held['id']}").status_code == 204
    assert [each["id"] for each in erp.ledger()[0]["invoices"]] != [held["id"]]


def test_autoinvoice_waits_for_an_open_period_and_a_released_order(erp: Any) -> None:
    erp.configure(autoinvoice_after_s=0).raise_for_status()
    erp.operate("close_period", {"period": "2026-03"})
    erp.order(lines=[line(TaxClassificationCode="VAT19")])
    erp.operate("hold_order", {}, "006xY")
    erp.operate("open_period", {"period": "2026-03"})
    assert erp.ledger()[0].get("invoices", []) == []
    assert "on hold" in erp.try_operation("run_autoinvoice", {}, "006xY").text
    erp.operate("release_order", {}, "006xY")
    assert erp.ledger()[0]["invoices"][0]["lines"][0]["tax"] == "38.00"


def test_an_invoice_without_an_order_is_an_entry_of_its_own(erp: Any) -> None:
    free = [{"Description": "Consulting", "Quantity": 1, "UnitSellingPrice": 50}]
    created = erp.order()
    erp.invoiced(created, receivablesInvoiceLines=free, CrossReference="006direct")
    assert [entry["keys"]["SourceTransactionNumber"] for entry in erp.ledger()] == ["006xY", "006direct"]
