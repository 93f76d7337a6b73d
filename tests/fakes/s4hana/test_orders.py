"""Orders: what they need, what they take from customers and products, what they are worth, and how they change."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.s4hana.conftest import ACME, BRAVO, ORDERS, order, priced
from support.rows import rows


def expanded(erp: Any, number: str) -> dict[str, Any]:
    """An order with all of its parts."""
    found: dict[str, Any] = erp.get(
        f"{ORDERS}('{number}')?$expand=to_Item/to_PricingElement,to_Partner,to_PricingElement"
    )
    return found


def test_an_order_is_inserted_deeply_and_answered_as_documented(erp: Any) -> None:
    created = erp.order()
    assert created["SalesOrder"] == "30000001"
    assert created["__metadata"]["type"] == "API_SALES_ORDER_SRV.A_SalesOrderType"
    assert created["__metadata"]["uri"] == f"{erp.root}/{ORDERS}('30000001')"
    assert (created["TotalNetAmount"], created["TransactionCurrency"]) == ("200.00", "USD")
    assert created["SalesOrderDate"] == "/Date(1773532800000)/"
    assert created["to_Partner"]["__deferred"]["uri"].endswith("/to_Partner")
    (item,) = created["to_Item"]["results"]
    assert (item["SalesOrderItem"], item["NetAmount"], item["RequestedQuantityUnit"]) == ("10", "200.00", "PC")
    partners = expanded(erp, "30000001")["to_Partner"]["results"]
    assert {each["PartnerFunction"]: each["Customer"] for each in partners} == dict.fromkeys(
        ("SP", "SH", "BP", "PY"), ACME
    )


def test_the_price_is_found_or_given_and_discounts_are_taken_off(erp: Any) -> None:
    items = [
        priced("SAW-1", "2", "80.5", ("DRN1", "10")),
        priced("BOLT-2", "100", "0.40"),
        {"Material": "SAW-1", "RequestedQuantity": "1"},
    ]
    created = erp.order(to_Item=items)
    rows = [each["NetAmount"] for each in created["to_Item"]["results"]]
    assert (rows, created["TotalNetAmount"]) == (["144.90", "40.00", "100.00"], "284.90")
    saw, bolt, listed = expanded(erp, created["SalesOrder"])["to_Item"]["results"]
    assert [
        (each["ConditionType"], each["ConditionAmount"], each["ConditionIsManuallyChanged"])
        for each in saw["to_PricingElement"]["results"]
    ] == [("PPR0", "161.00", True), ("DRN1", "-16.10", True)]
    assert [(each["ConditionType"], each["ConditionAmount"]) for each in bolt["to_PricingElement"]["results"]] == [
        ("PPR0", "40.00"),
        ("MWST", "7.60"),
    ]
    (found,) = listed["to_PricingElement"]["results"]
    assert (found["ConditionRateValue"], found["ConditionIsManuallyChanged"]) == ("100.00", False)


def test_the_erp_rounds_the_discount_and_an_item_can_be_rounded(erp: Any) -> None:
    item = priced("SAW-1", "7", "130.28", ("DRN1", "12.5"))
    assert erp.order(to_Item=[item])["TotalNetAmount"] == "797.96"
    item["to_PricingElement"]["results"].append({"ConditionType": "DIFF", "ConditionRateValue": "0.01"})
    assert erp.order("2", to_Item=[item])["TotalNetAmount"] == "797.97"


def test_skus_that_differ_in_case_only_are_two_products(erp: Any) -> None:
    erp.operate("seed", {"products": [{"sku": "saw-1", "prices": {"USD": "7"}}]})
    products = erp.get("API_PRODUCT_SRV/A_Product?$filter=ProductOldID eq 'saw-1'")["results"]
    assert [each["Product"] for each in products] == ["SAW-1-2"]
    erp.order(to_Item=[{"Material": "SAW-1-2", "RequestedQuantity": "1"}])
    assert [(line["sku"], line["amount"]) for line in erp.ledger()[0]["lines"]] == [("saw-1", "7.00")]


def test_a_discount_of_the_header_is_of_all_items(erp: Any) -> None:
    created = erp.order(to_PricingElement=[{"ConditionType": "DRH1", "ConditionRateValue": "-5"}])
    assert created["TotalNetAmount"] == "190.00"


def test_amounts_have_the_decimals_of_their_currency(erp: Any) -> None:
    created = erp.order(SoldToParty=BRAVO, to_Item=[priced("SAW-1", "3", "333.5")])
    assert (created["TransactionCurrency"], created["TotalNetAmount"]) == ("JPY", "1001")


@rows(
    ("changed", "code", "text"),
    [
        ({"SoldToParty": "4711"}, "VP/112", "Customer 4711 is not defined for the sales area 1010 10 00"),
        ({"SalesOrganization": "9999"}, "VP/112", "sales area 9999 10 00"),
        ({"SalesOrderType": "ZZ"}, "VP/112", "Sales document type ZZ is not defined"),
        ({"SalesOrderType": None, "SoldToParty": None}, "00/055", "Enter a value for SalesOrderType"),
        ({"TransactionCurrency": "XXX"}, "VP/112", "Currency XXX is not defined"),
        ({"to_Item": [{"Material": "NOSUCH", "RequestedQuantity": "1"}]}, "V1/382", "Material NOSUCH is not defined"),
        ({"to_Item": [{"Material": "SAW-1"}]}, "00/055", "Enter an order quantity"),
        ({"to_Item": [priced("SAW-1", "1", "5", ("ZZZZ", "1"))]}, "VE/006", "Condition type ZZZZ"),
        ({"to_Item": [priced("SAW-1", "1", "5", ("DRN1", "101"))]}, "005056A509B11ED1B9BFFE7B6F5478F1", "more than"),
        ({"Nosuch": "x"}, "005056A509B11ED1B9BFFE7B6F5458F1", "Property Nosuch is invalid"),
        ({"PurchaseOrderByCustomer": "x" * 36}, "005056A509B11ED1B9BFFE7B6F5498F1", "36"),
        ({"to_Partner": [{"PartnerFunction": "SH", "Customer": "4711"}]}, "VP/112", "Customer 4711 does not exist"),
        ({"SalesOrderDate": "yesterday"}, "005056A509B11ED1B9BFFE7B6F5478F1", "yesterday"),
    ],
)
def test_what_the_rules_refuse_leaves_nothing(erp: Any, changed: dict[str, Any], code: str, text: str) -> None:
    refused = erp.create(**changed)
    assert erp.error_of(refused) == (400, code)
    assert text in erp.message_of(refused)
    assert erp.ledger() == []


def test_a_refusal_has_the_messages_of_the_application(erp: Any) -> None:
    refused = erp.create(SalesOrderType=None, SoldToParty=None).json()["error"]
    inner = refused["innererror"]
    assert inner["application"]["service_id"] == "API_SALES_ORDER_SRV"
    assert [(each["target"], each["severity"]) for each in inner["errordetails"][:2]] == [
        ("SalesOrderType", "error"),
        ("SoldToParty", "error"),
    ]
    assert inner["errordetails"][-1]["code"] == "/IWBEP/CX_MGW_BUSI_EXCEPTION"
    assert len(inner["transactionid"]) == 32


def test_what_only_the_system_writes_is_ignored(erp: Any) -> None:
    assert erp.order(TotalNetAmount="1.00", CreatedByUser="ME")["TotalNetAmount"] == "200.00"


def test_a_time_of_day_is_lost(erp: Any) -> None:
    created = erp.order(SalesOrderDate="2026-03-15T23:30:00")
    assert created["SalesOrderDate"] == "/Date(1773532800000)/"


def test_a_change_needs_the_etag_of_what_is_there(erp: Any) -> None:
    created = erp.order()
    path, etag = f"{ORDERS}('{created['SalesOrder']}')", created["__metadata"]["etag"]
    assert etag.startswith("W/\"datetimeoffset'")
    assert erp.call("PATCH", path, {"PurchaseOrderByCustomer": "x"}).status_code == 428
    assert erp.call("PATCH", path, {"PurchaseOrderByCustomer": "x"}, if_match=etag).status_code == 204
    assert erp.call("MERGE", path, {"PurchaseOrderByCustomer": "y"}, if_match=etag).status_code == 412
    assert erp.get(path)["PurchaseOrderByCustomer"] == "x"


def test_items_are_added_changed_rejected_and_deleted(erp: Any) -> None:
    number = erp.order()["SalesOrder"]
    added = erp.call("POST", f"{ORDERS}('{number}')/to_Item", {"Material": "SAW-1", "RequestedQuantity": "1"})
    assert (added.status_code, added.json()["d"]["SalesOrderItem"]) == (201, "20")
    assert erp.get(f"{ORDERS}('{number}')")["TotalNetAmount"] == "300.00"
    first = f"{ORDERS}Item(SalesOrder='{number}',SalesOrderItem='10')"
    assert erp.call("PATCH", first, {"RequestedQuantity": "3"}).status_code == 204
    assert erp.get(f"{ORDERS}('{number}')")["TotalNetAmount"] == "400.00"
    assert erp.call("PATCH", first, {"SalesDocumentRjcnReason": "00"}).status_code == 204
    found = erp.get(f"{ORDERS}('{number}')")
    assert (found["TotalNetAmount"], found["OverallSDDocumentRejectionSts"]) == ("100.00", "B")
    second = f"{ORDERS}Item(SalesOrder='{number}',SalesOrderItem='000020')"
    assert erp.call("DELETE", second).status_code == 204
    assert [entry["state"] for entry in erp.ledger()] == ["cancelled"]


def test_a_price_element_is_changed_by_hand(erp: Any) -> None:
    number = erp.order()["SalesOrder"]
    key = f"SalesOrder='{number}',SalesOrderItem='10',PricingProcedureStep='10',PricingProcedureCounter='1'"
    assert erp.call("PATCH", f"{ORDERS}ItemPrElement({key})", {"ConditionRateValue": "90"}).status_code == 204
    assert erp.get(f"{ORDERS}('{number}')")["TotalNetAmount"] == "180.00"


def test_an_order_is_deleted_unless_it_is_billed(erp: Any) -> None:
    created = erp.order()
    path = f"{ORDERS}('0{created['SalesOrder']}')"
    assert erp.call("DELETE", path, if_match="*").status_code == 204
    assert erp.call("GET", path).status_code == 404
    assert erp.ledger() == []
    kept = erp.order()["SalesOrder"]
    erp.operate("bill", {}, kept)
    assert erp.error_of(erp.call("DELETE", f"{ORDERS}('{kept}')", if_match="*")) == (400, "V1/397")
    more = {"Material": "SAW-1", "RequestedQuantity": "1"}
    assert erp.error_of(erp.call("POST", f"{ORDERS}('{kept}')/to_Item", more)) == (400, "V1/397")


def test_a_number_that_a_refused_order_has_drawn_is_lost(erp: Any) -> None:
    assert erp.create(to_Item=[{"Material": "NOSUCH", "RequestedQuantity": "1"}]).status_code == 400
    assert erp.order()["SalesOrder"] == "30000002"


@pytest.mark.parametrize(
    ("check", "status", "is_warned"), [("no", 201, False), ("warning", 201, True), ("error", 400, False)]
)
def test_a_purchase_order_number_that_is_there_is_checked_as_configured(
    erp: Any, check: str, status: int, *, is_warned: bool
) -> None:
    erp.configure(check_customer_reference=check)
    erp.order()
    again = erp.create()
    assert again.status_code == status
    assert ("already exists" in again.headers.get("sap-message", "")) == is_warned


def test_an_order_without_a_price_is_saved_incomplete(erp: Any) -> None:
    reply = erp.create(TransactionCurrency="EUR", to_Item=[{"Material": "BOLT-2", "RequestedQuantity": "1"}])
    assert (reply.status_code, reply.json()["d"]["TotalNetAmount"]) == (201, "0.00")
    assert "is incomplete: Item 10: price" in reply.headers["sap-message"]
    refused = erp.try_operation("bill", {}, "006xY")
    assert "the order is incomplete" in refused.text


def test_fields_of_the_incompletion_procedure_are_configured(erp: Any) -> None:
    erp.configure(incompletion_fields=["RequestedDeliveryDate"])
    reply = erp.create()
    assert "is incomplete: RequestedDeliveryDate" in reply.headers["sap-message"]
    number, etag = reply.json()["d"]["SalesOrder"], reply.headers["etag"]
    later = {"RequestedDeliveryDate": "/Date(1776211200000)/"}
    reply = erp.call("PATCH", f"{ORDERS}('{number}')", later, if_match=etag)
    assert "sap-message" not in reply.headers
    erp.operate("bill", {}, number)


def test_orders_are_found_by_what_syncs_look_for(erp: Any) -> None:
    erp.order("006xY", ExternalDocumentID="ext-1")
    erp.order("other")
    for condition in ("PurchaseOrderByCustomer eq '006xY'", "ExternalDocumentID eq 'ext-1'"):
        found = erp.get(f"{ORDERS}?$filter={condition}&$select=SalesOrder&$inlinecount=allpages")
        assert ([each["SalesOrder"] for each in found["results"]], found["__count"]) == (["30000001"], "1")
    since = "datetimeoffset'2000-01-01T00:00:00Z'"
    changed = erp.get(f"{ORDERS}?$filter=LastChangeDateTime gt {since}&$orderby=LastChangeDateTime desc&$top=1")
    assert [each["PurchaseOrderByCustomer"] for each in changed["results"]] == ["other"]
    assert erp.call("GET", f"{ORDERS}/$count").text == "2"


def test_a_body_can_have_its_parts_in_any_order(erp: Any) -> None:
    body = order(to_PricingElement=[{"ConditionType": "DRH1", "ConditionRateValue": "5"}])
    assert erp.call("POST", ORDERS, dict(reversed(body.items()))).json()["d"]["TotalNetAmount"] == "190.00"
