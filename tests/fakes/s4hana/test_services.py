"""The services: their metadata, master data, batches, and billing documents with their cancellation."""

from __future__ import annotations

import base64
import json
from typing import Any
from xml.etree import ElementTree

import pytest

from fakes.s4hana.conftest import ACME, BILLING, ORDERS, USER, order
from gameday_fakes.s4hana.account import ROOT
from gameday_fakes.s4hana.schema import SERVICES

PARTNERS, PRODUCTS = "API_BUSINESS_PARTNER/A_BusinessPartner", "API_PRODUCT_SRV/A_Product"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_its_own_metadata(erp: Any, service: str) -> None:
    reply = erp.call("GET", f"{service}/$metadata")
    assert reply.headers["content-type"] == "application/xml"
    document = ElementTree.fromstring(reply.text)  # noqa: S314 - the fake's own
    names = {each.get("Name") for each in document.iter() if each.tag.endswith("}EntitySet")}
    assert names == set(SERVICES[service].sets)
    assert erp.get(service)["EntitySets"] == list(SERVICES[service].sets)


def test_a_set_of_another_service_is_not_there(erp: Any) -> None:
    assert erp.call("GET", "API_PRODUCT_SRV/A_SalesOrder").status_code == 501


def test_a_customer_is_found_by_its_id_in_the_crm(erp: Any) -> None:
    found = erp.get(f"{PARTNERS}?$filter=BusinessPartnerIDByExtSystem eq '001aB'&$expand=to_Customer")["results"]
    assert [(each["BusinessPartner"], each["to_Customer"]["CustomerName"]) for each in found] == [(ACME, "Acme")]
    address = erp.get(f"{PARTNERS}('{ACME}')/to_BusinessPartnerAddress")["results"][0]
    assert (address["CityName"], address["Country"]) == ("Austin", "US")


def test_a_customer_is_created_with_its_role_and_sales_area(erp: Any) -> None:
    area = {"SalesOrganization": "1010", "DistributionChannel": "10", "Division": "00", "Currency": "EUR"}
    body = {
        "BusinessPartnerCategory": "2",
        "OrganizationBPName1": "Charlie SE",
        "BusinessPartnerIDByExtSystem": "001cD",
        "to_BusinessPartnerRole": [{"BusinessPartnerRole": "FLCU01"}],
        "to_Customer": {"to_CustomerSalesArea": [area]},
    }
    created = erp.call("POST", PARTNERS, body)
    assert created.status_code == 201, created.text
    number = created.json()["d"]["BusinessPartner"]
    assert created.json()["d"]["Customer"] == number
    assert erp.order(SoldToParty=number, to_Item=[])["TransactionCurrency"] == "EUR"
    assert erp.whole_ledger()["new_customers"] == ["001cD"]
    assert [entry["customer"] for entry in erp.ledger()] == ["001cD"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"OrganizationBPName1": "X"}, "business partner category"),
        ({"BusinessPartnerCategory": "2"}, "OrganizationBPName1"),
        ({"BusinessPartnerCategory": "1"}, "LastName"),
        ({"BusinessPartnerCategory": "1", "LastName": "X", "BusinessPartner": ACME}, "already exists"),
    ],
)
def test_a_partner_that_lacks_what_it_needs_is_refused(erp: Any, body: dict[str, Any], text: str) -> None:
    refused = erp.call("POST", PARTNERS, body)
    assert refused.status_code == 400
    assert text in erp.message_of(refused)


def test_a_blocked_customer_or_product_cannot_be_ordered(erp: Any) -> None:
    path = f"API_BUSINESS_PARTNER/A_Customer('{ACME}')"
    assert erp.call("PATCH", path, {"OrderIsBlockedForCustomer": "01"}).status_code == 204
    assert erp.error_of(erp.create()) == (400, "VP/150")
    assert erp.call("PATCH", path, {"OrderIsBlockedForCustomer": ""}).status_code == 204
    product = f"{PRODUCTS}('SAW-1')"
    assert erp.call("PATCH", product, {"CrossPlantStatus": "01"}, if_match="*").status_code == 204
    assert "Material SAW-1 is blocked" in erp.message_of(erp.create())


def test_a_product_is_created_with_its_description(erp: Any) -> None:
    body = {"Product": "nut-3", "BaseUnit": "PC", "to_Description": [{"Language": "EN", "ProductDescription": "Nut"}]}
    assert erp.call("POST", PRODUCTS, body).json()["d"]["Product"] == "NUT-3"
    created = erp.order(to_Item=[{"Material": "nut-3", "RequestedQuantity": "1"}])
    assert created["to_Item"]["results"][0]["SalesOrderItemText"] == "Nut"
    assert erp.whole_ledger()["new_items"] == {"NUT-3": {"Product": "NUT-3", "ProductDescription": "Nut"}}


def part(method: str, url: str, body: str = "") -> str:
    """One request of a batch."""
    head = "content-type: application/http\r\ncontent-transfer-encoding: binary\r\n\r\n"
    return (
        f"{head}{method} {url} HTTP/1.1\r\ncontent-type: application/json\r\naccept: application/json\r\n\r\n{body}\r\n"
    )


@pytest.mark.parametrize("second", ["SAW-1", "NOSUCH"])
def test_a_change_set_is_carried_out_as_a_whole(erp: Any, second: str) -> None:
    bodies = [order("1"), order("2", to_Item=[{"Material": second, "RequestedQuantity": "1"}])]
    parts = "".join(f"--c\r\n{part('POST', 'A_SalesOrder', json.dumps(body))}" for body in bodies)
    changes = f"content-type: multipart/mixed; boundary=c\r\n\r\n{parts}--c--\r\n"
    content = f"--b\r\n{changes}--b\r\n{part('GET', 'A_SalesOrder/$count')}--b--"
    headers = {"content-type": "multipart/mixed; boundary=b", "x-csrf-token": erp.token}
    reply = erp.raw("POST", f"{ROOT}/API_SALES_ORDER_SRV/$batch", content=content, headers=headers, auth=USER)
    assert reply.status_code == 202
    is_whole = second == "SAW-1"
    assert reply.text.count("HTTP/1.1 201") == (2 if is_whole else 0)
    assert len(erp.ledger()) == (2 if is_whole else 0)
    outcomes = [event["outcome"] for event in erp.events("order_write")]
    assert outcomes == (["ok", "ok"] if is_whole else [])


def test_a_billing_document_is_that_of_its_order(erp: Any) -> None:
    items = [{"Material": "BOLT-2", "RequestedQuantity": "100"}]
    document = erp.billed(to_Item=items, CustomerPaymentTerms="NT60")
    assert (document["BillingDocumentType"], document["AccountingPostingStatus"]) == ("F2", "C")
    amounts = document["TotalNetAmount"], document["TaxAmount"], document["TotalGrossAmount"]
    assert amounts == ("35.00", "6.65", "41.65")
    assert document["PurchaseOrderByCustomer"] == "006xY"
    (entry,) = erp.ledger()
    (invoice,) = entry["invoices"]
    assert (invoice["total"], invoice["period"], invoice["date"], invoice["terms"]) == (
        "35.00",
        "2026-03",
        "2026-03-15",
        "Net 60",
    )
    assert erp.get(f"{ORDERS}('{entry['id']}')")["OverallOrdReltdBillgStatus"] == "C"


def test_a_cancelled_billing_document_stays_with_another_beside_it(erp: Any) -> None:
    number = erp.billed()["BillingDocument"]
    path = f"API_BILLING_DOCUMENT_SRV/Cancel?BillingDocument='{number}'"
    cancelled = erp.call("POST", path)
    assert cancelled.status_code == 200, cancelled.text
    found = cancelled.json()["d"]
    assert (found["BillingDocumentType"], found["CancelledBillingDocument"]) == ("S1", number)
    assert erp.get(f"{BILLING}('{number}')")["BillingDocumentIsCancelled"] is True
    assert erp.call("POST", path).status_code == 400
    (entry,) = erp.ledger()
    assert (entry["state"], entry["invoices"][0]["credited"]) == ("open", "200.00")
    assert [event["value"]["state"] for event in erp.events("invoice_write") if event["outcome"] == "ok"] == [
        "credited"
    ]
    erp.operate("bill", {}, entry["id"])
    assert len(erp.ledger()[0]["invoices"]) == 2


def test_a_document_is_given_as_a_file(erp: Any) -> None:
    number = erp.billed()["BillingDocument"]
    found = erp.get(f"API_BILLING_DOCUMENT_SRV/GetPDF?BillingDocument='{number}'")
    assert base64.b64decode(found["GetPDF"]).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{ORDERS}%28%271%27%29/$value"),
        ("GET", f"{ORDERS}%28%271%27%29/to_Nosuch"),
        ("POST", "API_BILLING_DOCUMENT_SRV/Cancel/$count"),
    ],
)
def test_a_mistake_below_what_is_there_is_the_clients(erp: Any, method: str, path: str) -> None:
    assert erp.call(method, path).status_code == 404
    assert erp.events("unsupported") == []


def test_billing_documents_cannot_be_written(erp: Any) -> None:
    assert erp.call("POST", BILLING, {"BillingDocument": "1"}).status_code == 405


def test_a_billing_run_bills_what_is_due(erp: Any) -> None:
    erp.configure(bill_after_s=0)
    erp.order("1")
    erp.order("2", HeaderBillingBlockReason="01")
    assert [len(entry["invoices"]) for entry in erp.ledger() if entry.get("invoices")] == [1]


def test_a_billing_run_meets_a_closed_period_without_a_request(erp: Any) -> None:
    erp.inject("close_period")
    erp.configure(bill_after_s=0)
    erp.order()
    assert [entry.get("invoices", []) for entry in erp.ledger()] == [[]]
    # It names the deal, and once only: the run finds the period closed again each time.
    assert erp.hits() == [("fault", "invoice.write", "006xY")]
    erp.heal()
    assert [len(entry["invoices"]) for entry in erp.ledger()] == [1]


def test_an_order_is_released_from_its_credit_block(erp: Any) -> None:
    erp.inject("block_credit")
    created = erp.order()
    assert created["TotalCreditCheckStatus"] == "B"
    assert erp.hits() == [("fault", "order.write", "006xY")]
    assert "credit block" in erp.try_operation("bill", {}, "006xY").text
    erp.operate("release_credit", {})
    assert erp.get(f"{ORDERS}('{created['SalesOrder']}')")["TotalCreditCheckStatus"] == "D"
    erp.operate("bill", {}, "006xY")


def test_the_credit_team_releases_what_a_fault_has_blocked_when_it_ends(erp: Any) -> None:
    erp.inject("block_credit")
    number = erp.order()["SalesOrder"]
    erp.heal()
    assert erp.get(f"{ORDERS}('{number}')")["TotalCreditCheckStatus"] == "D"
    assert erp.order("other")["TotalCreditCheckStatus"] == "A"


def test_a_billing_document_in_a_closed_period_is_not_posted_until_it_is_open(erp: Any) -> None:
    erp.inject("close_period", period="2026-03")
    document = erp.billed()
    assert document["AccountingPostingStatus"] == "B"
    assert [entry.get("invoices", []) for entry in erp.ledger()] == [[]]
    refused = erp.try_operation("bill", {}, "006xY")
    assert "Posting period 03 2026 is not open" in refused.text
    erp.heal()
    erp.operate("bill", {}, "006xY")
    assert len(erp.ledger()[0]["invoices"]) == 1


def test_a_book_order_has_the_price_that_it_was_sold_at(erp: Any) -> None:
    line = {"sku": "SAW-1", "quantity": "3", "unit_price": "90", "amount": "243"}
    erp.operate("book_order", {"account": "001aB", "currency": "USD", "lines": [line]}, "shop-1")
    (entry,) = erp.ledger()
    assert (entry["total"], entry["keys"]["PurchaseOrderByCustomer"]) == ("243.00", "shop-1")
    assert [other["id"] for other in erp.whole_ledger()["others"]] == [entry["id"]]
    assert "unknown account" in erp.try_operation("book_order", {"account": "x", "currency": "USD", "lines": []}).text


def test_what_the_erp_bills_of_others_orders_is_no_change_of_them(erp: Any) -> None:
    line = {"sku": "SAW-1", "quantity": "3", "unit_price": "90", "amount": "270"}
    erp.operate("book_order", {"account": "001aB", "currency": "USD", "lines": [line]}, "shop-1")
    erp.configure(bill_after_s=0)
    held = erp.whole_ledger()
    assert len(held["others"][0]["invoices"]) == 1
    changed = {"changed_s": 0}
    assert {**held["others"][0], **changed} == {**held["entries"][0], **changed}


def test_a_list_price_is_changed(erp: Any) -> None:
    erp.operate("reprice", {"sku": "SAW-1", "currency": "USD", "price": "120"})
    assert erp.order()["TotalNetAmount"] == "240.00"


def test_a_ledger_is_restored_as_it_was(erp: Any) -> None:
    erp.billed("1")
    erp.order("2", ExternalDocumentID="e-2")
    number = erp.order("3")["SalesOrder"]
    path = f"{ORDERS}Item(SalesOrder='{number}',SalesOrderItem='10')"
    erp.call("PATCH", path, {"SalesDocumentRjcnReason": "00"})
    before = erp.whole_ledger()
    erp.reset()
    assert erp.restore(before).status_code < 300
    after = erp.whole_ledger()
    same = ("id", "keys", "state", "customer", "currency", "date", "time_s", "terms", "invoices")
    for was, now in zip(before["entries"], after["entries"], strict=True):
        assert {name: was.get(name) for name in same} == {name: now.get(name) for name in same}
    assert "there already" in erp.restore(before).text
    assert erp.order("4")["SalesOrder"] == "30000004"
