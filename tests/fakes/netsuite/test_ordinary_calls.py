"""Calls that ordinary syncs make of NetSuite's REST web services, and how many of them the fake answers.

Written from the documentation of the clients ``netsuite`` (PyPI) and ``netsuite-rest`` (npm), and from Oracle's
"SuiteTalk REST Web Services API Guide". Each call names the status that the vendor answers with.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from support.served import Served

RECORD = "/services/rest/record/v1"
SUITEQL = "/services/rest/query/v1/suiteql"


class Call(msgspec.Struct, frozen=True):
    """``{order}`` and so on in a path are ids of records that are there."""

    method: str
    path: str
    status: int
    body: Any = None
    query: dict[str, str] = {}
    headers: dict[str, str] = {}


def get(path: str, status: int = 200, **query: str) -> Call:
    """A read below ``record/v1``."""
    return Call("GET", f"{RECORD}/{path}", status, None, query)


def post(path: str, body: Any, status: int = 204, **headers: str) -> Call:
    """A write below ``record/v1``."""
    return Call("POST", f"{RECORD}/{path}", status, body, {}, headers)


def put(path: str, body: Any, status: int = 204, **query: str) -> Call:
    """An upsert."""
    return Call("PUT", f"{RECORD}/{path}", status, body, query)


def patch(path: str, body: Any, status: int = 204, **query: str) -> Call:
    """A change."""
    return Call("PATCH", f"{RECORD}/{path}", status, body, query)


def delete(path: str, status: int = 204) -> Call:
    """A deletion."""
    return Call("DELETE", f"{RECORD}/{path}", status)


def suiteql(statement: str, status: int = 200, **query: str) -> Call:
    """A query."""
    return Call("POST", SUITEQL, status, {"q": statement}, query, {"prefer": "transient"})


SAW = {"item": {"externalId": "SKU-1"}, "quantity": 2}
ORDER = {"entity": {"externalId": "A-1"}, "item": {"items": [SAW]}}
CUSTOM = {**SAW, "rate": 4.5, "amount": 9, "price": {"id": "-1"}}
ASYNC = {"prefer": "respond-async"}

CALLS = [
    # Sales orders: create.
    post("salesOrder", ORDER),
    post("salesorder", ORDER),
    post("salesOrder", {**ORDER, "externalId": "SO-1"}),
    post("salesOrder", {**ORDER, "externalId": "SO-{used}"}, 400),
    post("salesOrder", {**ORDER, "memo": "from the shop", "otherRefNum": "PO 17"}),
    post("salesOrder", {**ORDER, "tranDate": "2026-03-01"}),
    post("salesOrder", {**ORDER, "currency": {"refName": "USD"}}),
    post("salesOrder", {**ORDER, "orderStatus": {"id": "A"}}),
    post("salesOrder", {**ORDER, "subsidiary": {"id": "1"}}),
    post("salesOrder", {**ORDER, "terms": {"refName": "Net 30"}}),
    post("salesOrder", {**ORDER, "custbody_crm_deal_id": "006"}),
    post("salesOrder", {**ORDER, "entity": {"id": "{customer}"}}),
    post("salesOrder", {**ORDER, "item": {"items": [CUSTOM]}}),
    post("salesOrder", {**ORDER, "item": {"items": [{**CUSTOM, "description": "Two"}, SAW]}}),
    post("salesOrder", {**ORDER, "item": {"items": [{**SAW, "taxCode": {"externalId": "VAT19"}}]}}),
    post("salesOrder", {**ORDER, "shipDate": "2026-04-01"}),
    post("salesOrder", {**ORDER, "shippingCost": 5}),
    post("salesOrder", {**ORDER, "email": "a@example.com"}),
    post("salesOrder", {**ORDER, "nothing": 1}, 400, x_netsuite_propertynamevalidation="error"),
    post("salesOrder", {"item": {"items": [SAW]}}, 400),
    post("salesOrder", {"entity": {"externalId": "none"}, "item": {"items": [SAW]}}, 400),
    # Read, list, change, delete.
    get("salesOrder"),
    get("salesOrder", limit="10", offset="0"),
    get("salesOrder", limit="1000"),
    get("salesOrder", q='externalId IS "SO-{used}"'),
    get("salesOrder", q='memo CONTAIN "shop"'),
    get("salesOrder", q="id ANY_OF [1, 2]"),
    get("salesOrder", q='tranDate AFTER "01/01/2026"'),
    get("salesOrder", q='tranDate AFTER "01/01/2026" AND memo START_WITH "a"'),
    get("salesOrder/{order}"),
    get("salesorder/{order}"),
    get("salesOrder/eid:SO-{used}"),
    get("salesOrder/{order}", expandSubResources="true"),
    get("salesOrder/{order}", fields="tranId,entity,total"),
    get("salesOrder/{order}", simpleEnumFormat="true"),
    get("salesOrder/{order}/item"),
    get("salesOrder/{order}/item/1"),
    get("salesOrder/{order}/item/9", 404),
    get("salesOrder/99", 404),
    patch("salesOrder/{order}", {"memo": "changed"}),
    patch("salesOrder/eid:SO-{used}", {"memo": "changed"}),
    patch("salesOrder/{order}", {"item": {"items": [{"line": 1, "quantity": 5}]}}),
    patch("salesOrder/{order}", {"item": {"items": [SAW]}}),
    patch("salesOrder/{order}", {"item": {"items": [SAW]}}, replace="item"),
    patch("salesOrder/{order}", {"item": {"items": [{"line": 1, "isClosed": True}]}}),
    patch("salesOrder/{order}", {"orderStatus": {"id": "B"}}),
    put("salesOrder/eid:NEW-1", ORDER),
    put("salesOrder/eid:SO-{used}", ORDER, replace="item"),
    delete("salesOrder/{spare}"),
    delete("salesOrder/99", 404),
    # Discounts and returns.
    post("discountItem", {"itemId": "Tenth", "rate": "-10%"}),
    post("subtotalItem", {"itemId": "Sum"}),
    post("kitItem", {"itemId": "Box", "member": {"items": [SAW]}}),
    patch("salesOrder/{order}", {"discountItem": None}),
    post("salesOrder/{spare}/!transform/returnAuthorization", {}, 400),
    post("invoice/{invoice}/!transform/returnAuthorization", {}),
    post("returnAuthorization", ORDER),
    get("returnAuthorization"),
    # Invoices, credits, payments and what else an order becomes.
    post("salesOrder/{order}/!transform/invoice", {}),
    post("salesOrder/{other}/!transform/invoice", {"tranDate": "2026-05-01", "externalId": "INV-1"}),
    get("invoice"),
    get("invoice/{invoice}"),
    get("invoice/{invoice}", expandSubResources="true"),
    get("invoice/{invoice}/item"),
    get("invoice", q='externalId IS "INV-9"'),
    patch("invoice/{invoice}", {"memo": "x"}),
    post("invoice/{invoice}/!transform/creditMemo", {}),
    post("invoice/{paid}/!transform/customerPayment", {"payment": 1}),
    get("creditMemo"),
    get("customerPayment"),
    post("salesOrder/{other}/!transform/itemFulfillment", {}),
    post("salesOrder/{other}/!transform/cashSale", {}),
    get("itemFulfillment"),
    get("cashSale"),
    get("estimate"),
    # Customers and what else a sync keeps up to date.
    post("customer", {"companyName": "New"}),
    post("customer", {"companyName": "Other", "externalId": "C-2", "email": "a@example.com", "phone": "1"}),
    post("customer", {"companyName": "Third", "subsidiary": {"id": "1"}, "currency": {"id": "2"}}),
    post("customer", {"companyName": "Fourth", "isInactive": True}),
    post("customer", {}, 400),
    get("customer"),
    get("customer", q='companyName IS "New"'),
    get("customer", q='email IS "a@example.com"'),
    get("customer", q="isInactive IS false"),
    get("customer/{customer}"),
    get("customer/eid:A-1"),
    patch("customer/{customer}", {"email": "b@example.com"}),
    put("customer/eid:C-9", {"companyName": "Upserted"}),
    put("customer/eid:A-1", {"companyName": "Renamed"}),
    get("customer/{customer}/addressBook"),
    get("contact"),
    get("inventoryItem"),
    get("inventoryItem/eid:SKU-1"),
    post("inventoryItem", {"itemId": "NEW-ITEM", "displayName": "New"}),
    patch("inventoryItem/eid:SKU-1", {"displayName": "Saw"}),
    get("subsidiary"),
    get("subsidiary/1"),
    get("currency"),
    get("currency", q='symbol IS "EUR"'),
    get("term"),
    get("salesTaxItem"),
    get("location"),
    get("department"),
    get("classification"),
    get("accountingPeriod"),
    get("pricing"),
    # Metadata, asynchronous requests, limits.
    get("metadata-catalog"),
    get("metadata-catalog/salesOrder"),
    get("metadata-catalog", select="salesOrder,customer"),
    Call("GET", f"{RECORD}/metadata-catalog/salesOrder", 200, headers={"accept": "application/schema+json"}),
    Call("GET", f"{RECORD}/metadata-catalog/customer", 200, headers={"accept": "application/swagger+json"}),
    Call("POST", f"{RECORD}/salesOrder", 202, ORDER, {}, {**ASYNC, "x_netsuite_idempotency_key": "k-1"}),
    Call("GET", "/services/rest/system/v1/governanceLimits", 200),
    # SuiteQL.
    suiteql("SELECT id, tranid FROM transaction WHERE type = 'SalesOrd'"),
    suiteql("SELECT id FROM transaction", limit="5", offset="0"),
    suiteql("SELECT * FROM customer"),
    suiteql("SELECT id, companyname FROM customer WHERE email LIKE '%example.com'"),
    suiteql("SELECT id, itemid FROM item WHERE itemid IN ('SKU-1')"),
    suiteql("SELECT t.id, l.item, l.quantity FROM transaction t JOIN transactionline l ON l.transaction = t.id"),
    suiteql("SELECT t.id, BUILTIN.DF(t.entity) FROM transaction t"),
    suiteql("SELECT entity, SUM(foreigntotal) FROM transaction GROUP BY entity HAVING COUNT(*) > 0"),
    suiteql("SELECT id FROM transaction WHERE trandate >= TO_DATE('2026-01-01', 'YYYY-MM-DD')"),
    suiteql("SELECT id FROM transaction WHERE lastmodifieddate > SYSDATE - 1 ORDER BY lastmodifieddate"),
    suiteql("SELECT id FROM (SELECT id FROM customer ORDER BY id) WHERE ROWNUM <= 2"),
    suiteql("SELECT NVL(memo, '-') FROM transaction"),
    suiteql("SELECT id, name FROM subsidiary"),
    suiteql("SELECT c.id FROM customer c LEFT JOIN transaction t ON t.entity = c.id WHERE t.id IS NULL"),
    suiteql("SELECT nothing FROM customer", 400),
    get("customer/{customer}", fields="companyName,email,subsidiary"),
    get("customer/{customer}", expandSubResources="true"),
    get("customer", q="id ANY_OF [1001,1002]"),
    post("customer", {"isPerson": True, "firstName": "Ada", "lastName": "Byron"}),
    post("customer", {"isPerson": True, "firstName": "Ada"}, 400),
    patch("customer/{customer}", {"addressBook": {"items": [{"addressBookAddress": {"city": "Berlin"}}]}}),
    patch("customer/{customer}", {"addressBook": {"items": []}}, replace="addressBook"),
    patch("salesOrder/{order}", {"shipDate": "2026-05-01", "startDate": "2026-05-01", "endDate": "2027-04-30"}),
    suiteql("SELECT nextdoc FROM nexttransactionlinelink WHERE previousdoc = {order}"),
    suiteql("SELECT a.city FROM entityaddressbook b JOIN entityaddress a ON a.nkey = b.addressbookaddress"),
    suiteql("SELECT id FROM nothing", 400),
    suiteql("SELEC id", 400),
    Call("POST", SUITEQL, 400, {"q": "SELECT id FROM customer"}),
]


def made(erp: Served, path: str, body: Any) -> str:
    """The id of a new record."""
    reply = erp.reply("POST", f"{RECORD}/{path}", body)
    assert reply.status == 204, reply.body
    return dict(reply.headers)[b"location"].decode().rpartition("/")[2]


def answered(call: Call) -> int:
    """The status of a call to an account with orders and invoices."""
    erp = Served("netsuite")
    orders = {name: made(erp, "salesOrder", ORDER) for name in ("other", "spare")}
    invoiced = [f"salesOrder/{made(erp, 'salesOrder', ORDER)}/!transform/invoice" for _ in range(2)]
    invoices = {name: made(erp, path, {}) for name, path in zip(("invoice", "paid"), invoiced, strict=True)}
    customer = erp.call("GET", f"{RECORD}/customer/eid:A-1")[1]["id"]
    ids = {**orders, **invoices, "customer": customer, "used": "USED"}
    ids["order"] = made(erp, "salesOrder", {**ORDER, "externalId": "SO-USED"})

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: filled(each) for name, each in value.items()}
        if isinstance(value, str):
            for name, id_ in ids.items():
                value = value.replace(f"{{{name}}}", id_)
        return value

    return erp.reply(call.method, filled(call.path), filled(call.body), query=filled(call.query), **call.headers).status


def name_of(call: Call) -> str:
    """A call in one line."""
    query = "?" + "&".join(f"{name}={value}" for name, value in call.query.items()) if call.query else ""
    if call.path == SUITEQL:
        return f"{call.body['q']}{query}"
    body = json.dumps(call.body) if call.body else ""
    headers = "".join(f" ({name}: {value})" for name, value in call.headers.items())
    return " ".join(filter(None, (call.method, call.path.removeprefix(f"{RECORD}/") + query, body))) + headers


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS, ids=name_of)
def test_an_ordinary_call_is_answered_as_the_vendor_does(call: Call) -> None:
    assert answered(call) == call.status


def test_the_page_lists_these_calls() -> None:
    known = json.loads((Path(__file__).parents[1] / "client_calls" / "ordinary.json").read_text())["netsuite"]
    assert [*known] == [*dict.fromkeys(map(name_of, CALLS))]


def test_a_field_that_is_not_kept_is_recorded_once() -> None:
    erp = Served("netsuite")
    for _ in range(2):
        made(erp, "salesOrder", {**ORDER, "shipMethod": {"id": "1"}, "custbody_of_another_account": "x"})
    calls = [event.value["call"] for event in erp.fake.events.after(0) if event.f == "unsupported"]
    assert calls == ["a write of salesOrder with shipMethod, a field that is not kept"]
