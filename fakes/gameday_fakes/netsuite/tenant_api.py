"""The calls of NetSuite's REST API with which gameday drives a sandbox, signed with a token of its own."""

from __future__ import annotations

import asyncio
from types import MappingProxyType
from typing import Any

import msgspec

from gameday_fakes.declared import ControlError
from gameday_fakes.http import Request
from gameday_fakes.netsuite.render import ROOT
from gameday_fakes.netsuite.signature import SignatureCheck
from gameday_fakes.netsuite.tenant_entries import Names
from gameday_fakes.netsuite.tenant_probes import PROBES
from gameday_fakes.netsuite.tenant_proof import (
    TOKEN_INFO,
    account_of,
    check_account,
    check_links,
    check_token_info,
    restlets_host,
)
from gameday_fakes.protocols.oauth1 import Signer
from gameday_fakes.sandbox.connection import Header, TenantConnection
from gameday_fakes.sandbox.settings import TenantSettings
from gameday_fakes.sandbox.tenant import Tenant

_PAGE = 1000
#: The record types whose fields the names of further fields mean; those of lines are not in their catalogue.
_KINDS_OF_PARTS = {"": "salesOrder", "invoice.": "invoice", "customer.": "customer"}
#: Any list that a role may read; one row is enough.
_LIST = f"{ROOT}/record/v1/customer?limit=1"


class NetSuiteApi(Tenant):
    """One account, as gameday's own role."""

    variables = MappingProxyType(
        {
            "consumer_key": "GAMEDAY_NETSUITE_CONSUMER_KEY",
            "consumer_secret": "GAMEDAY_NETSUITE_CONSUMER_SECRET",
            "token_id": "GAMEDAY_NETSUITE_TOKEN_ID",
            "token_secret": "GAMEDAY_NETSUITE_TOKEN_SECRET",
        }
    )
    probes = PROBES
    login_hint = "are integration and token of this account, for a role with REST Web Services and access tokens?"

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.account = self.account_at(self.settings.host)
        self.names = Names({}, {}, {})
        credentials = {**self._secrets, "account": self.account}
        self._signer = Signer(credentials)
        self._check = SignatureCheck(credentials)

    @classmethod
    def check_settings(cls, settings: TenantSettings) -> TenantSettings:
        account_of(settings.host)
        if settings.metadata or settings.sync_user:
            raise ValueError("'metadata' is not possible for netsuite: its REST API changes no fields, forms or roles")
        allowed = tuple(check_account(each) for each in settings.allow)
        return msgspec.structs.replace(settings, host=settings.host.lower(), allow=allowed)

    @classmethod
    def account_at(cls, host: str) -> str:
        """The account of a host name. Raises ValueError for one that may not be used."""
        return account_of(host)

    # -- who it is -----------------------------------------------------------------------------------

    async def identity(self, connection: TenantConnection) -> str:
        host = restlets_host(self.settings.host)
        beside = await self.open_at(host)
        try:
            answer = await beside.call("GET", TOKEN_INFO, self._signed("GET", host, TOKEN_INFO))
        finally:
            await beside.close()
        check_token_info(answer, self.account)
        answer = await connection.call("GET", _LIST, self.authorized("GET", _LIST))
        check_links(answer, self.settings.host)
        return self.account

    def authorized(self, method: str, target: str) -> list[Header]:
        return self._signed(method, self.settings.host, target)

    def _signed(self, method: str, host: str, target: str) -> list[Header]:
        return [(b"authorization", self._signer.header(method, f"https://{host}{target}").encode())]

    def readdressed(self, request: Request, headers: list[Header]) -> list[Header]:
        # A signature is made for a URL. One that is right for the address of the proxy is made anew for the tenant's,
        # if it is one of gameday's own token; a wrong one, and any other, is left to the tenant to refuse.
        if request.base_url == f"https://{self.settings.host}" or self._check.refusal(request):
            return headers
        query = request.query_string.decode("latin-1")
        target = f"{request.path}?{query}" if query else request.path
        kept = [(name, value) for name, value in headers if name.lower() != b"authorization"]
        return [*kept, *self.authorized(request.method, target)]

    # -- calls ---------------------------------------------------------------------------------------

    async def allowance(self) -> str:
        limits = await self.json("GET", f"{ROOT}/system/v1/governanceLimits")
        most = int(limits["accountConcurrencyLimit"])
        mine = max(1, most // 2)
        self._own = asyncio.Semaphore(mine)
        return f"{most} calls may be made at a time; gameday makes {mine} at most"

    async def learn_names(self) -> str:
        """Learn what stands for ids; what the account allows, in a clause. Raises ControlError for missing fields."""
        allowed = await self.allowance()
        rows = await self.suiteql("SELECT id, symbol FROM currency")
        self.names.currencies.update({str(row["id"]): str(row["symbol"]) for row in rows})
        for part, kind in _KINDS_OF_PARTS.items():
            if fields := self.names.stated.get(part):
                await self._need_fields(kind, {each.path.partition(".")[0] for each in fields})
        return allowed

    async def _need_fields(self, kind: str, names: set[str]) -> None:
        """Raise ControlError for further fields that a record type lacks: left out, a wrong one would pass."""
        target = f"{ROOT}/record/v1/metadata-catalog/{kind}"
        known = (await self.json("GET", target, headers=[(b"accept", b"application/schema+json")]))["properties"]
        if missing := sorted(names - {*known}):
            raise ControlError(f"{kind} of {self.settings.host} has no field {', '.join(missing)}")

    async def suiteql(self, query: str, *, most: int | None = None) -> list[dict[str, Any]]:
        """All rows of a query, or the first ones: at most a page. Raises ControlError."""
        rows: list[dict[str, Any]] = []
        while True:
            target = f"{ROOT}/query/v1/suiteql?limit={most or _PAGE}&offset={len(rows)}"
            page = await self.json("POST", target, {"q": query}, [(b"prefer", b"transient")])
            rows += page["items"]
            if most or not page["hasMore"]:
                return rows
