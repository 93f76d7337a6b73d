"""The unmodified ``netsuite`` client drives the fake, signing as it signs for NetSuite.

Its own address is made from the account, so each call names the fake's with the client's ``url`` option.
"""

from __future__ import annotations

import asyncio
import sys
import warnings
from typing import Any

import httpx
import pytest

# The client hands authlib's authentication to httpx; but where httpx2 is installed, authlib makes it for that.
with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings(record=True):
    patch.setitem(sys.modules, "httpx2", None)
    from netsuite import Config, NetSuite, TokenAuth
    from netsuite.exceptions import NetsuiteAPIRequestError

# The client uses what its own libraries have deprecated.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Use 'content="),
    pytest.mark.filterwarnings("ignore:use sign_hmac_sha256_with_client"),
]


class Client:
    """The vendor client at the fake's address, each call run to its end."""

    def __init__(self, erp: Any, **changed: str) -> None:
        credentials = {**erp.credentials, **changed}
        account = credentials.pop("account")
        self._url = f"{erp.url}/services/rest"
        self._api = NetSuite(Config(account=account, auth=TokenAuth(**credentials))).rest_api

    def call(self, method: str, path: str, **request: Any) -> Any:
        """One of the client's methods at a path below ``/services/rest``."""
        return asyncio.run(getattr(self._api, method)(path, url=f"{self._url}{path}", **request))

    def request(self, method: str, path: str, **request: Any) -> httpx.Response:
        """The client's raw request, which gives the whole reply."""
        reply: httpx.Response = asyncio.run(self._api.request(method, path, url=f"{self._url}{path}", **request))
        return reply

    def suiteql(self, q: str, **request: Any) -> Any:
        """A query."""
        return asyncio.run(self._api.suiteql(q, url=f"{self._url}/query/v1/suiteql", **request))

    def schema(self, record: str) -> Any:
        """A record type's JSON schema."""
        path = f"/record/v1/metadata-catalog/{record}"
        return asyncio.run(self._api.jsonschema(record, url=f"{self._url}{path}"))

    def openapi(self, *records: str) -> Any:
        """The OpenAPI document of some record types."""
        url = f"{self._url}/record/v1/metadata-catalog"
        return asyncio.run(self._api.openapi(records, url=url))


@pytest.fixture
def client(erp: Any) -> Client:
    return Client(erp)


ORDER = {
    "entity": {"externalId": "001A"},
    "otherRefNum": "006X",
    "item": {"items": [{"item": {"externalId": "SAW-1"}, "quantity": 2}]},
}


def test_it_upserts_and_reads_an_order(erp: Any, client: Client) -> None:
    reply = client.request("PUT", "/record/v1/salesOrder/eid:006X", json=ORDER)
    assert reply.status_code == 204
    order = client.call("get", f"/record/v1/salesOrder/{reply.headers['location'].rpartition('/')[2]}")
    assert (order["externalId"], order["total"]) == ("006X", 200.0)


def test_its_put_gives_none_and_so_loses_the_location(client: Client) -> None:
    assert client.call("put", "/record/v1/salesOrder/eid:006X", json=ORDER) is None


def test_it_makes_an_invoice(erp: Any, client: Client) -> None:
    client.call("put", "/record/v1/salesOrder/eid:006X", json=ORDER)
    client.call("post", "/record/v1/salesOrder/eid:006X/!transform/invoice")
    assert len(erp.ledger()[0]["invoices"]) == 1


def test_it_cancels_and_deletes(erp: Any, client: Client) -> None:
    client.call("put", "/record/v1/salesOrder/eid:006X", json=ORDER)
    client.call("patch", "/record/v1/salesOrder/eid:006X", json={"orderStatus": {"id": "C"}})
    assert erp.ledger()[0]["state"] == "cancelled"
    client.call("delete", "/record/v1/salesOrder/eid:006X")
    assert erp.ledger() == []


def test_it_queries_in_pages(erp: Any, client: Client) -> None:
    for key in ("006A", "006B", "006C"):
        erp.put_order(key)
    page = client.suiteql("SELECT externalid FROM transaction ORDER BY id", limit=2, offset=2)
    assert ([row["externalid"] for row in page["items"]], page["hasMore"]) == (["006C"], False)


def test_its_filter_with_blanks_and_quotes_is_signed_rightly(client: Client) -> None:
    found = client.call("get", "/record/v1/customer", params={"q": 'companyName START_WITH "Bravo K"'})
    assert found["totalResults"] == 1


def test_it_reads_schema_and_openapi(client: Client) -> None:
    assert "otherRefNum" in client.schema("salesOrder")["properties"]
    assert "customer" in client.openapi("customer")["components"]["schemas"]


def test_it_checks_property_names_by_default(client: Client) -> None:
    with pytest.raises(NetsuiteAPIRequestError, match="custbody_unheard_of"):
        client.call("post", "/record/v1/salesOrder", json={**ORDER, "custbody_unheard_of": 1})


@pytest.mark.parametrize(
    "changed", [{"token_secret": "wrong"}, {"consumer_secret": "wrong"}, {"token_id": "wrong"}, {"account": "1234567"}]
)
def test_wrong_credentials_raise_and_are_not_tried_again(erp: Any, changed: dict[str, str]) -> None:
    with pytest.raises(NetsuiteAPIRequestError, match="INVALID_LOGIN"):
        Client(erp, **changed).call("get", "/record/v1/customer")
    assert len(erp.events("login")) == 1


@pytest.mark.parametrize("error", ["rate_limited", "unavailable", "server_error"])
def test_a_failed_write_raises_and_is_not_tried_again(erp: Any, client: Client, error: str) -> None:
    erp.inject("http", operation="order.write", action="reply", error=error)
    with pytest.raises(NetsuiteAPIRequestError):
        client.call("post", "/record/v1/salesOrder", json=ORDER)
    assert len(erp.events("order_write")) == 1


def test_a_reply_lost_after_the_commit_raises_after_one_request_and_leaves_one_order(erp: Any, client: Client) -> None:
    erp.inject("http", operation="order.write", action="drop", when="after")
    with pytest.raises(httpx.TransportError):
        client.call("post", "/record/v1/salesOrder", json=ORDER)
    assert [event["outcome"] for event in erp.events("order_write")] == ["info"]
    assert len(erp.ledger()) == 1
