"""Two tenants that are fakes of ours, called in process through their data plane only, and what stands before them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gameday_fakes.fake_set import FakeSet
from gameday_fakes.http import Reply, Request
from gameday_fakes.intercept import Dropped
from gameday_fakes.protocols.oauth1 import Signer
from gameday_fakes.registry import kinds_in
from gameday_fakes.sandbox.connection import Answer, TenantGone
from gameday_fakes.sandbox.proxy import with_tenants
from gameday_fakes.sandbox.settings import UNNAMED, Naming, SandboxRun, TenantSettings
from gameday_fakes.sandbox.tenant import Tenant
from support.credentials import NETSUITE, SALESFORCE

#: One whose Salesforce has permission sets, and none of the fields that the bundled one adds.
ORGANISATION = Path(__file__).parent / "organisation"
CRM = "acme--uat.sandbox.my.salesforce.com"
ERP = "1234567-sb1.suitetalk.api.netsuite.com"
TAG = "gd-0123456789ab"
ENVIRONMENT = {
    "GAMEDAY_SALESFORCE_CLIENT_ID": SALESFORCE["client_id"],
    "GAMEDAY_SALESFORCE_CLIENT_SECRET": SALESFORCE["client_secret"],
    **{f"GAMEDAY_NETSUITE_{name.upper()}": value for name, value in NETSUITE.items() if name != "account"},
}
PRODUCTS = [{"sku": "SKU-1", "prices": {"USD": "5", "EUR": "4"}}]
ACCOUNTS = [{"key": "A-1", "name": "Acme", "currency": "USD"}]
DEAL = {
    "account": "A-1",
    "currency": "USD",
    "close_date": "2026-06-30",
    "amount": "10",
    "lines": [{"sku": "SKU-1", "quantity": "2", "unit_price": "5", "amount": "10"}],
}


class DataPlane:
    """A connection to a tenant: it calls the data plane of a fake in this process."""

    def __init__(self, host: str, fake: Any, calls: list[tuple[str, str, str]]) -> None:
        self.host = host
        self.usable = True
        self._fake = fake
        self._calls = calls

    async def call(self, method: str, target: str, headers: Any = (), body: bytes = b"") -> Answer:
        """As the wire would have it."""
        self._calls.append((self.host, method, target))
        path, _, query = target.partition("?")
        given = {b"host": self.host.encode(), **{name.lower(): value for name, value in headers}}
        request = Request(method, path, query_string=query.encode(), headers=given, body=body, scheme="https")
        try:
            reply = await self._fake.respond(request)
        except Dropped:
            self.usable = False
            raise TenantGone("dropped") from None
        return Answer(reply.status, reply.headers, reply.body)

    async def close(self) -> None:
        """Never used again."""
        self.usable = False


class Staging:
    """The tenants, what stands before them, and every call that reached a tenant, in order: host, method, target."""

    def __init__(self, organisation: str = "") -> None:
        kinds = kinds_in(organisation)
        self.kinds, self.environment = kinds, ENVIRONMENT
        self.calls: list[tuple[str, str, str]] = []
        self.tenants = FakeSet({name: kinds[name] for name in ("salesforce", "netsuite")})
        self.crm, self.erp = self.tenants.fakes["salesforce"], self.tenants.fakes["netsuite"]
        self.organisation = self.crm.seeded.organization_id  # type: ignore[attr-defined]
        for fake in (self.crm, self.erp):
            fake.operate("seed", "", {"products": PRODUCTS})
        self.front: FakeSet
        #: Which fake answers at a host; a test may lead one elsewhere.
        self.hosts = {CRM: self.crm, ERP: self.erp, ERP.replace("suitetalk", "restlets"): self.erp}

    def run(self, naming: Naming = UNNAMED, **allow: list[str]) -> None:
        """Begin a run with these allowed ids."""
        tenants = {
            "salesforce": TenantSettings(CRM, tuple(allow.get("salesforce", [self.organisation]))),
            "netsuite": TenantSettings(ERP, tuple(allow.get("netsuite", ["1234567_SB1"]))),
        }
        kinds = {name: self.kinds[name] for name in tenants}
        self.front = FakeSet(with_tenants(kinds, SandboxRun(TAG, tenants, naming), self.environment))

    async def open_at(self, _: Tenant, host: str) -> DataPlane:
        """A connection to whatever is at a host now."""
        return DataPlane(host, self.hosts[host], self.calls)

    def writes(self) -> list[tuple[str, str, str]]:
        """The calls that may have changed a tenant."""
        quiet = ("/services/oauth2/token", "/services/rest/query/v1/suiteql")
        return [call for call in self.calls if call[1] != "GET" and not call[2].startswith(quiet)]

    async def operate(self, fake: str, f: str, key: str = "", **value: Any) -> str:
        """A business operation, as the harness asks for it; the record's id."""
        found = await self.front.fakes[fake].operated(f, key, value)
        return str(found.get("id", ""))

    async def seed(self) -> dict[str, str]:
        """Seed both tenants; the accounts' ids by key."""
        found = await self.front.fakes["salesforce"].operated("seed", "", {"accounts": ACCOUNTS, "products": PRODUCTS})
        accounts: dict[str, str] = found["accounts"]
        known = [{**account, "id": accounts[account["key"]]} for account in ACCOUNTS]
        await self.operate("netsuite", "seed", accounts=known, products=PRODUCTS)
        return accounts

    async def sync(self, method: str, target: str, body: bytes = b"", host: str = "127.0.0.1:8102") -> Reply:
        """What the stack asks of the ERP, at the address that it knows."""
        url = f"http://{host}{target}"
        signed = Signer(NETSUITE).header(method, url).encode()
        path, _, query = target.partition("?")
        headers = {b"host": host.encode(), b"authorization": signed, b"content-type": b"application/json"}
        request = Request(method, path, query_string=query.encode(), headers=headers, body=body)
        return await self.front.fakes["netsuite"].respond(request)


def be_production(staging: Staging) -> None:
    """From now on the CRM's organisation is a production one."""
    with staging.crm.store.change():  # type: ignore[attr-defined]
        record = staging.crm.store.tables["Organization"][staging.organisation]  # type: ignore[attr-defined]
        staging.crm.store.update(record, {"IsSandbox": False})  # type: ignore[attr-defined]


@pytest.fixture
def staging(monkeypatch: pytest.MonkeyPatch) -> Staging:
    """Both tenants, and a run that may use them."""
    made = Staging()
    # Looked up at each call, for a test may replace it.
    monkeypatch.setattr(Tenant, "open_at", lambda *at: made.open_at(*at))  # noqa: PLW0108
    made.run()
    return made


@pytest.fixture
def go() -> Callable[[Any], Any]:
    """Runs a coroutine to its end."""
    return asyncio.run
