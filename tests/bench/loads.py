"""The requests with which the fakes are measured: writes of each vendor, and reads of the records that they made."""

from __future__ import annotations

import base64
import json
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any, NamedTuple

from gameday_fakes.manifests import manifests
from gameday_fakes.protocols.oauth1 import base_string, percent, sign

HUBSPOT, NETSUITE, SALESFORCE = (manifests()[vendor].credentials for vendor in ("hubspot", "netsuite", "salesforce"))
BUSINESS_CENTRAL, S4HANA = (manifests()[vendor].credentials for vendor in ("business-central", "s4hana"))
DATAVERSE, ORACLE_FUSION = (manifests()[vendor].credentials for vendor in ("dataverse", "oracle-fusion"))

ACCOUNT = "001000000000001AAA"
CATALOG = {
    "accounts": [{"id": ACCOUNT, "key": "acme", "name": "Acme", "currency": "USD"}],
    "products": [{"sku": f"SKU-{n}", "name": f"Item {n}", "prices": {"USD": "10.00"}} for n in range(20)],
}


class Load(NamedTuple):
    """Requests as bytes, and the statuses expected for them."""

    requests: Sequence[bytes]
    expected: frozenset[bytes]


def encode(method: str, url: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request as bytes on the wire."""
    host = urllib.parse.urlsplit(url).netloc
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def bearer(url: str, own: Mapping[str, str]) -> dict[str, str]:
    """The header of a client that has logged in at ``url`` with its secret."""
    names = ("client_id", "client_secret", "scope")
    form = {"grant_type": "client_credentials", **{name: own[name] for name in names if name in own}}
    with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode()) as reply:  # noqa: S310
        return {"authorization": f"Bearer {json.loads(reply.read())['access_token']}"}


def basic(own: Mapping[str, str]) -> str:
    """The authorization of a user with a password."""
    return "Basic " + base64.b64encode(f"{own['user']}:{own['password']}".encode()).decode()


def upserts(
    url: str,
    count: int,
    headers: dict[str, str],
    path: Callable[[int], str],
    values: Mapping[str, str],
    *,
    written: Set[bytes],
) -> dict[str, Load]:
    """Writes: upserts of half as many records at their ``path``, each twice. Reads: of the same, each twice."""
    paths = [path(n % (count // 2)) for n in range(count)]
    body = json.dumps(values).encode()
    return {
        "write": Load([encode("PATCH", url, each, headers, body) for each in paths], frozenset(written)),
        "read": Load([encode("GET", url, each, headers) for each in paths], frozenset({b"200"})),
    }


# -- NetSuite ----------------------------------------------------------------------------------------


def netsuite_loads(url: str, count: int) -> dict[str, Load]:
    """Writes: ``PUT eid:`` of orders, each twice. Reads: ``GET eid:`` of the orders written."""

    def signed(method: str, key: int, body: bytes = b"") -> bytes:
        path = f"/services/rest/record/v1/salesOrder/eid:006{key:012}AAA"
        oauth = {
            "oauth_consumer_key": NETSUITE["consumer_key"],
            "oauth_token": NETSUITE["token_id"],
            "oauth_nonce": uuid.uuid4().hex,
            "oauth_timestamp": str(int(time.time())),
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_version": "1.0",
        }
        text = base_string(method, url, path, [(name, percent(value)) for name, value in oauth.items()])
        signature = sign(text, NETSUITE["consumer_secret"], NETSUITE["token_secret"])
        values = {"realm": NETSUITE["account"], **oauth, "oauth_signature": signature}
        header = "OAuth " + ", ".join(f'{name}="{percent(value)}"' for name, value in values.items())
        return encode(method, url, path, {"authorization": header}, body)

    def order(key: int) -> bytes:
        lines = [
            {
                "item": {"externalId": f"SKU-{(key + n) % 20}"},
                "quantity": n + 1,
                "rate": 10,
                "amount": 10 * (n + 1),
                "price": {"id": "-1"},
            }
            for n in range(3)
        ]
        body = {
            "entity": {"externalId": ACCOUNT},
            "otherRefNum": f"006{key:012}AAA",
            "tranDate": "2026-03-15",
            "item": {"items": lines},
        }
        return json.dumps(body).encode()

    orders = count // 2
    return {
        "write": Load([signed("PUT", n % orders, order(n % orders)) for n in range(count)], frozenset({b"204"})),
        "read": Load([signed("GET", n % orders) for n in range(count)], frozenset({b"200"})),
    }


# -- Salesforce --------------------------------------------------------------------------------------


def salesforce_loads(url: str, count: int) -> dict[str, Load]:
    """Writes: upserts of accounts by external id, each twice. Reads: of the accounts written."""
    headers = bearer(f"{url}/services/oauth2/token", SALESFORCE)

    def path(key: int) -> str:
        return f"/services/data/v62.0/sobjects/Account/ERP_Customer_Id__c/C{key:08}"

    values = {"Name": "Acme", "BillingCity": "Berlin"}
    return upserts(url, count, headers, path, values, written={b"200", b"201", b"204"})


# -- HubSpot -----------------------------------------------------------------------------------------


def hubspot_loads(url: str, count: int) -> dict[str, Load]:
    """Writes: upserts of companies by a unique property, one a batch, each twice. Reads: of the companies written."""
    headers = {"authorization": f"Bearer {HUBSPOT['access_token']}"}
    records, root = count // 2, "/crm/v3/objects/companies"

    def upsert(key: int) -> bytes:
        properties = {"name": "Acme", "city": "Berlin"}
        body = {"inputs": [{"id": f"C{key:08}", "idProperty": "erp_customer_id", "properties": properties}]}
        return json.dumps(body).encode()

    def path(key: int) -> str:
        return f"{root}/C{key:08}?idProperty=erp_customer_id"

    return {
        "write": Load(
            [encode("POST", url, f"{root}/batch/upsert", headers, upsert(n % records)) for n in range(count)],
            frozenset({b"200"}),
        ),
        "read": Load([encode("GET", url, path(n % records), headers) for n in range(count)], frozenset({b"200"})),
    }


# -- Business Central --------------------------------------------------------------------------------


def business_central_loads(url: str, count: int) -> dict[str, Load]:
    """Writes: orders with a line. Reads: of the orders written, by their ids, each as often as the others."""
    own = BUSINESS_CENTRAL
    headers = bearer(f"{url}/{own['tenant']}/oauth2/v2.0/token", own)
    orders = f"/v2.0/{own['tenant']}/{own['environment']}/api/v2.0/companies({own['company']})/salesOrders"

    def order(key: int) -> bytes:
        line = {"lineType": "Item", "lineObjectNumber": f"SKU-{key % 20}", "quantity": 2, "unitPrice": 10}
        named = {"externalDocumentNumber": f"D{key:08}", "customerNumber": ACCOUNT.upper()}
        return json.dumps({**named, "salesOrderLines": [line]}).encode()

    some = urllib.request.Request(f"{url}{orders}?$select=id&$top=1000", headers=headers)  # noqa: S310
    with urllib.request.urlopen(some) as reply:  # noqa: S310
        ids = [each["id"] for each in json.loads(reply.read())["value"]] or [own["company"]]
    return {
        "write": Load([encode("POST", url, orders, headers, order(n)) for n in range(count)], frozenset({b"201"})),
        "read": Load(
            [encode("GET", url, f"{orders}({ids[n % len(ids)]})", headers) for n in range(count)], frozenset({b"200"})
        ),
    }


# -- S/4HANA -----------------------------------------------------------------------------------------


def s4hana_loads(url: str, count: int) -> dict[str, Load]:
    """Writes: orders with an item, under the token of a session. Reads: of half of them, each twice."""
    headers = {"authorization": basic(S4HANA), "accept": "application/json"}
    root = "/sap/opu/odata/sap/API_SALES_ORDER_SRV"
    fetch = urllib.request.Request(f"{url}{root}/", headers={**headers, "x-csrf-token": "Fetch"})  # noqa: S310
    with urllib.request.urlopen(fetch) as reply:  # noqa: S310
        session = {"x-csrf-token": reply.headers["x-csrf-token"], "cookie": reply.headers["set-cookie"].split(";")[0]}

    def order(key: int) -> bytes:
        header = {
            "SalesOrderType": "OR",
            "SalesOrganization": S4HANA["sales_organization"],
            "DistributionChannel": S4HANA["distribution_channel"],
            "OrganizationDivision": S4HANA["division"],
            "SoldToParty": "17100001",
            "PurchaseOrderByCustomer": f"D{key:08}",
        }
        item = {"Material": f"SKU-{key % 20}", "RequestedQuantity": "2"}
        return json.dumps({**header, "to_Item": [item]}).encode()

    orders = f"{root}/A_SalesOrder"
    return {
        "write": Load(
            [encode("POST", url, orders, {**headers, **session}, order(n)) for n in range(count)], frozenset({b"201"})
        ),
        "read": Load(
            [encode("GET", url, f"{orders}('{30_000_001 + n % (count // 2)}')", headers) for n in range(count)],
            frozenset({b"200"}),
        ),
    }


# -- Dataverse ---------------------------------------------------------------------------------------


def dataverse_loads(url: str, count: int) -> dict[str, Load]:
    """Writes: upserts of accounts by a custom column that is an alternate key, each twice. Reads: of them, by it."""
    own = DATAVERSE
    headers = bearer(f"{url}/{own['tenant']}/oauth2/v2.0/token", own)

    def path(key: int) -> str:
        return f"/api/data/v9.2/accounts(new_erpcustomerid='C{key:08}')"

    return upserts(url, count, headers, path, {"name": "Acme", "address1_city": "Berlin"}, written={b"204"})


# -- Oracle Fusion -----------------------------------------------------------------------------------


def oracle_fusion_loads(url: str, count: int) -> dict[str, Load]:
    """Writes: submitted orders with a line. Reads: of half of them by their order keys, each twice."""
    own, orders = ORACLE_FUSION, "/fscmRestApi/resources/11.13.18.05/salesOrdersForOrderHub"
    headers = {"authorization": basic(own), "rest-framework-version": "4"}

    def order(key: int) -> bytes:
        named = ("SourceTransactionLineId", "SourceTransactionLineNumber", "SourceScheduleNumber")
        line = {"ProductNumber": f"SKU-{key % 20}", "OrderedQuantity": 2, "OrderedUOMCode": "EA"}
        header = {
            "SourceTransactionNumber": f"D{key:08}",
            "SourceTransactionSystem": own["source_system"],
            "SourceTransactionId": f"D{key:08}",
            "BusinessUnitName": own["business_unit"],
            "BuyingPartyNumber": ACCOUNT,
            "TransactionalCurrencyCode": "USD",
            "TransactionOn": "2026-03-15T00:00:00+00:00",
            "SubmittedFlag": True,
        }
        return json.dumps({**header, "lines": [{**dict.fromkeys(named, "1"), **line}]}).encode()

    def path(key: int) -> str:
        return f"{orders}/{own['source_system']}:D{key:08}"

    return {
        "write": Load([encode("POST", url, orders, headers, order(n)) for n in range(count)], frozenset({b"201"})),
        "read": Load([encode("GET", url, path(n % (count // 2)), headers) for n in range(count)], frozenset({b"200"})),
    }


LOADS: dict[str, Callable[[str, int], dict[str, Load]]] = {
    "netsuite": netsuite_loads,
    "salesforce": salesforce_loads,
    "hubspot": hubspot_loads,
    "business-central": business_central_loads,
    "s4hana": s4hana_loads,
    "dataverse": dataverse_loads,
    "oracle-fusion": oracle_fusion_loads,
}
#: No client may ask as often as a load does, and no invoice is made beside it.
SETTINGS: dict[str, dict[str, Any]] = {
    "hubspot": {"requests_per_ten_seconds": 10_000_000, "requests_per_day": 10_000_000},
    "business-central": {"requests_in_5_minutes": 10_000_000},
    "s4hana": {"bill_after_s": None},
    "dataverse": {"requests_in_5_minutes": 10_000_000},
    "oracle-fusion": {"autoinvoice_after_s": None},
}
