"""What unmodified clients do by themselves when a create fails: why one fault loses an order here and doubles it there.

Each row is a fact about a client with its default settings: under this fault, how many requests the vendor saw, how
many records it holds in the end, and what the caller saw. A dropped request is one that the vendor carried out and
then closed the connection without a reply.
"""

from __future__ import annotations

import asyncio
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import httpx
import jira
import pagerduty
import pytest
import requests
import simple_salesforce.exceptions as simple
from aiosalesforce import Salesforce as AioSalesforce
from aiosalesforce import exceptions as aio
from aiosalesforce.auth import ClientCredentialsFlow
from simple_salesforce.api import Salesforce as SimpleSalesforce

from support.credentials import JIRA, NETSUITE, PAGERDUTY, SALESFORCE

# The client hands authlib's authentication to httpx; but where httpx2 is installed, authlib makes it for that.
with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings(record=True):
    patch.setitem(sys.modules, "httpx2", None)
    from netsuite import Config, NetSuite, TokenAuth
    from netsuite.exceptions import NetsuiteAPIRequestError

# The netsuite client uses what its own libraries have deprecated.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Use 'content="),
    pytest.mark.filterwarnings("ignore:use sign_hmac_sha256_with_client"),
]

MY_DOMAIN = "https://gameday.my.salesforce.com"
CONSUMER = (SALESFORCE["client_id"], SALESFORCE["client_secret"])
FAULTS: dict[str, dict[str, Any]] = {
    "401 once": {"action": "reply", "error": "unauthorized", "times": 1},
    "401": {"action": "reply", "error": "unauthorized"},
    "401 five times": {"action": "reply", "error": "unauthorized", "times": 5},
    "500": {"action": "reply", "error": "server_error"},
    "500 twice": {"action": "reply", "error": "server_error", "times": 2},
    "502": {"action": "reply", "error": "bad_gateway"},
    "503": {"action": "reply", "error": "unavailable"},
    "503 without a time": {"action": "reply", "error": "maintenance"},
    "504": {"action": "reply", "error": "gateway_timeout"},
    "limit": {"action": "reply", "error": "rate_limited"},
    "limit 9 times": {"action": "reply", "error": "rate_limited", "times": 9},
    "dropped once": {"action": "drop", "when": "after", "times": 1},
    "dropped": {"action": "drop", "when": "after"},
}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients do not sleep between their attempts; all else of them is as it is."""
    at_once = asyncio.sleep

    async def sleep(delay: float, result: Any = None) -> Any:
        return await at_once(0, result)

    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(asyncio, "sleep", sleep)


# -- one create by each client ---------------------------------------------------------------------------


def create_by_simple_salesforce(fakes: Any, begin: Callable[[], None]) -> None:
    with requests.Session() as session:
        client = SimpleSalesforce(
            consumer_key=CONSUMER[0], consumer_secret=CONSUMER[1], domain="gameday.my", session=session
        )
        begin()
        client.Account.create({"Name": "Acme"})


def create_by_aiosalesforce(fakes: Any, begin: Callable[[], None]) -> None:
    async def create() -> None:
        async with httpx.AsyncClient() as http:
            client = AioSalesforce(http, MY_DOMAIN, auth=ClientCredentialsFlow(*CONSUMER))
            await client.get_limits()
            begin()
            await client.sobject.create("Account", {"Name": "Acme"})

    asyncio.run(create())


def create_by_netsuite(fakes: Any, begin: Callable[[], None]) -> None:
    token = {name: value for name, value in NETSUITE.items() if name != "account"}
    client = NetSuite(Config(account=NETSUITE["account"], auth=TokenAuth(**token)))
    order = {
        "entity": {"externalId": "001A"},
        "otherRefNum": "006A",
        "item": {"items": [{"item": {"externalId": "SAW-1"}, "quantity": 1}]},
    }
    begin()
    asyncio.run(client.rest_api.post("/record/v1/salesOrder", json=order))


def create_by_pagerduty(fakes: Any, begin: Callable[[], None], dedup_key: str | None = None) -> None:
    client = pagerduty.EventsApiV2Client(PAGERDUTY["routing_key"])
    begin()
    try:
        client.trigger("orders are late", "sync", dedup_key=dedup_key)
    finally:
        client.close()


def create_by_pagerduty_with_key(fakes: Any, begin: Callable[[], None]) -> None:
    create_by_pagerduty(fakes, begin, "late")


def create_by_jira(fakes: Any, begin: Callable[[], None]) -> None:
    client = jira.JIRA("https://gameday.atlassian.net", basic_auth=(JIRA["user"], JIRA["token"]))
    begin()
    try:
        client.create_issue(fields={"project": {"key": "SYNC"}, "issuetype": {"name": "Task"}, "summary": "late"})
    finally:
        client.close()


class Client(NamedTuple):
    """A client: how it creates, at which fake, by which operation, and how many records are there now."""

    create: Callable[[Any, Callable[[], None]], None]
    fake: str
    operation: str
    count: Callable[[Any], int]


def accounts(fakes: Any) -> int:
    return len(fakes.snapshot("salesforce")["Account"])


def orders(fakes: Any) -> int:
    return len(fakes.call("GET", "/netsuite/ledger").json()["entries"])


def alerts(fakes: Any) -> int:
    return len(fakes.snapshot("pagerduty")["alerts"])


def issues(fakes: Any) -> int:
    return len(fakes.snapshot("jira"))


CLIENTS = {
    "simple-salesforce": Client(create_by_simple_salesforce, "salesforce", "record.write", accounts),
    "aiosalesforce": Client(create_by_aiosalesforce, "salesforce", "record.write", accounts),
    "netsuite": Client(create_by_netsuite, "netsuite", "order.write", orders),
    "pagerduty": Client(create_by_pagerduty, "pagerduty", "alert.write", alerts),
    "pagerduty with a key": Client(create_by_pagerduty_with_key, "pagerduty", "alert.write", alerts),
    "jira": Client(create_by_jira, "jira", "ticket.write", issues),
}


CATALOG = {
    "accounts": [{"id": "001A", "key": "acme", "name": "Acme", "currency": "USD", "country": "US"}],
    "products": [{"sku": "SAW-1", "name": "Saw", "prices": {"USD": "100.00"}}],
}

Row = tuple[str, str, int, int, type[Exception] | None]

# client, fault, requests that the vendor saw, records that it holds, the caller's error
TABLE: list[Row] = [
    # Renews its session without counting how often, as long as the login works: only 401 that never ends ends it.
    ("simple-salesforce", "401 once", 2, 1, None),
    ("simple-salesforce", "401 five times", 6, 1, None),
    ("simple-salesforce", "500", 1, 0, simple.SalesforceGeneralError),
    ("simple-salesforce", "503", 1, 0, simple.SalesforceGeneralError),
    ("simple-salesforce", "limit", 1, 0, simple.SalesforceRefusedRequest),
    ("simple-salesforce", "dropped once", 1, 1, requests.ConnectionError),
    ("aiosalesforce", "401 once", 2, 1, None),
    ("aiosalesforce", "401", 2, 0, aio.SalesforceError),
    ("aiosalesforce", "500 twice", 3, 1, None),
    ("aiosalesforce", "500", 4, 0, aio.ServerError),
    ("aiosalesforce", "503", 4, 0, aio.ServerError),
    ("aiosalesforce", "limit", 4, 0, aio.RequestLimitExceededError),
    ("aiosalesforce", "dropped once", 2, 2, None),
    ("aiosalesforce", "dropped", 4, 4, httpx.TransportError),
    ("netsuite", "401", 1, 0, NetsuiteAPIRequestError),
    ("netsuite", "500", 1, 0, NetsuiteAPIRequestError),
    ("netsuite", "503", 1, 0, NetsuiteAPIRequestError),
    ("netsuite", "limit", 1, 0, NetsuiteAPIRequestError),
    ("netsuite", "dropped once", 1, 1, httpx.TransportError),
    ("pagerduty", "401", 1, 0, pagerduty.HttpError),
    ("pagerduty", "500", 3, 0, pagerduty.ServerHttpError),
    ("pagerduty", "500 twice", 3, 1, None),
    ("pagerduty", "502", 5, 0, pagerduty.ServerHttpError),
    ("pagerduty", "503", 7, 0, pagerduty.ServerHttpError),
    ("pagerduty", "504", 7, 0, pagerduty.ServerHttpError),
    ("pagerduty", "limit 9 times", 10, 1, None),
    ("pagerduty", "dropped once", 2, 2, None),
    ("pagerduty", "dropped", 4, 4, pagerduty.Error),
    ("pagerduty with a key", "dropped once", 2, 1, None),
    ("pagerduty with a key", "dropped", 4, 1, pagerduty.Error),
    ("jira", "401", 1, 0, jira.JIRAError),
    ("jira", "500", 1, 0, jira.JIRAError),
    ("jira", "502", 1, 0, jira.JIRAError),
    # A 503 is repeated only if it says Retry-After.
    ("jira", "503", 4, 0, jira.JIRAError),
    ("jira", "503 without a time", 1, 0, jira.JIRAError),
    ("jira", "limit", 4, 0, jira.JIRAError),
    ("jira", "dropped once", 2, 2, None),
    ("jira", "dropped", 4, 4, requests.ConnectionError),
]


def failing(act: Callable[[], None]) -> Exception | None:
    """What the caller sees."""
    try:
        act()
    except Exception as problem:  # noqa: BLE001 - which one it is, is the fact
        return problem
    return None


@pytest.mark.parametrize(
    ("name", "fault", "seen", "records", "error"), TABLE, ids=[f"{row[0]}: {row[1]}" for row in TABLE]
)
def test_a_create_that_fails(
    fakes: Any,
    client_environment: dict[str, str],
    name: str,
    fault: str,
    seen: int,
    records: int,
    error: type[Exception] | None,
) -> None:
    client = CLIENTS[name]
    fakes.operate("netsuite", "seed", **CATALOG)
    before = client.count(fakes)
    begin = partial(fakes.inject, client.fake, operation=client.operation, **FAULTS[fault])
    raised = failing(lambda: client.create(fakes, begin))
    held = client.count(fakes) - before
    assert (fakes.requests(client.fake, client.operation), held) == (seen, records)
    assert raised is None if error is None else isinstance(raised, error)


def test_simple_salesforce_counts_its_renewals_where_it_queries(fakes: Any, client_environment: dict[str, str]) -> None:
    with requests.Session() as session:
        client = SimpleSalesforce(
            consumer_key=CONSUMER[0], consumer_secret=CONSUMER[1], domain="gameday.my", session=session
        )
        fakes.inject("salesforce", operation="query", **FAULTS["401"])
        with pytest.raises(simple.SalesforceExpiredSession):
            client.query("SELECT Id FROM Account")
    assert fakes.statuses("salesforce", "query") == {"401": 4}
    assert fakes.statuses("salesforce", "login") == {"200": 5}
