"""The fake that stands before a tenant: the vendor's URL table, errors and HTTP faults; the tenant does the rest.

To the harness it is a fake like any other. A request that no fault answers goes to the tenant as it came, and what it
wrote there is recorded as a fake records it. Business operations and the ledger are calls of the tenant's own API.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, cast

import msgspec

from gameday_fakes.clock import Clock
from gameday_fakes.connect import matches
from gameday_fakes.declared import ControlError
from gameday_fakes.events import EventLog
from gameday_fakes.exchanges import Exchange, Exchanges
from gameday_fakes.fake import Fake
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.intercept import Dropped
from gameday_fakes.ledger import Ledger
from gameday_fakes.sandbox.connection import Answer, TenantGone
from gameday_fakes.sandbox.proved import NotASandbox
from gameday_fakes.sandbox.settings import RunRecords, SandboxRun, TenantSettings
from gameday_fakes.sandbox.tenant import UNREADABLE, Tenant

_LOGIN = "login"


class DealsReading(msgspec.Struct, frozen=True):
    """What of a tenant's records is read; nothing about how the tenant behaves can be set."""

    ledger_fields: tuple[str, ...] = ()


class OrdersReading(DealsReading, frozen=True):
    """The same, with the field by which an order names its deal."""

    deal_field: str = ""


class SandboxProxy(Fake):
    """A vendor's fake before a tenant; ``sandbox_kind`` and ``proxy_kind`` make the classes."""

    vendor_kind: ClassVar[type[Fake]]
    make_tenant: ClassVar[Callable[[Clock], Tenant]]

    def __init__(self, clock: Clock, events: EventLog) -> None:
        super().__init__(clock, events)
        self.exchanges = _WithoutLogins(self.name, events)
        #: The vendor's own fake, without records: it reads what a request is about, and writes the vendor's errors.
        self.vendor = self.vendor_kind(clock, EventLog(clock))
        self.tenant = type(self).make_tenant(clock)
        self._former: list[Tenant] = []
        #: One read of the ledger at a time: the second finds nearly everything known.
        self._reading = asyncio.Lock()

    def reset(self) -> None:
        self.vendor.start_again(self.seed)
        self.tenant.records.forget()
        self._former.append(self.tenant)
        self.tenant = type(self).make_tenant(self.clock)

    async def close(self) -> None:
        for tenant in (*self._former, self.tenant):
            await tenant.close()

    def change_settings(self, settings: Any, changed: frozenset[str]) -> None:
        if "deal_field" in changed:
            self.vendor.configure({"deal_field": settings.deal_field})
            self.tenant.match_by(settings.deal_field)
        if "ledger_fields" in changed:
            self.tenant.state(settings.ledger_fields)

    def error(self, kind: str, **context: Any) -> Reply:
        return self.vendor.error(kind, **context)

    def key_of(self, request: Request, route: Route) -> str | None:
        return self.tenant.key_of(request, self.vendor.key_of(request, route) if route.handler else None)

    def find_route(self, request: Request) -> tuple[Route, dict[str, str]] | None:
        # A tenant has more than its fake: what no fault can name goes there all the same.
        return super().find_route(request) or (Route(request.method, "/", "unknown", ""), {})

    # -- the way of a request ------------------------------------------------------------------------

    async def carried_out(self, request: Request, route: Route) -> Reply:
        if self.is_elsewhere(request.header("host")):
            return self.left_out(request)
        try:
            answer = await self.tenant.forward(request)
            reply = self.tenant.reply_of(request, answer)
            reply.event = await self._written(request, route, answer)
        except (NotASandbox, TenantGone) as problem:
            # What the tenant has made of it may not be known, so the stack gets no reply either.
            if route.event and route.event != _LOGIN:
                unsent = isinstance(problem, NotASandbox) or problem.unsent
                lost = {"deal": self._key(request, route), "operation": route.operation, "error": "no reply"}
                self.events.append(self.name, route.event, "fail" if unsent else "info", lost)
            raise Dropped from None
        return reply

    def is_elsewhere(self, host: str) -> bool:
        """Whether a request is for another host of the vendor's than the tenant's."""
        name = host.rpartition(":")[0] or host
        own = (self.tenant.settings.host, *self.tenant.aliases)
        return name.lower() not in own and any(matches(pattern, name) for pattern in self.hosts)

    async def _written(self, request: Request, route: Route, answer: Answer) -> tuple[str, dict[str, Any]] | None:
        if answer.status >= 400 or not route.event:
            return None
        if route.event == _LOGIN:
            return _LOGIN, {"operation": route.operation}
        key = self._key(request, route)
        try:
            return await self.tenant.written(request, route, answer, key)
        except NotASandbox:
            # Refused from now on; what this reply says has happened all the same.
            return route.event, {"deal": key, "operation": route.operation, "status": answer.status}

    # -- the control plane ---------------------------------------------------------------------------

    async def operated(self, f: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
        operation = next((each for each in self.business_operations if each.name == f), None)
        if operation is None:
            known = ", ".join(each.name for each in self.business_operations)
            raise ControlError(f"{f!r} cannot be done in a sandbox of {self.name}; known: {known}")
        try:
            return await self.tenant.operate(operation, key, value)
        except ControlError:
            raise
        except (NotASandbox, TenantGone) as problem:
            raise self._stopped(problem) from None
        except UNREADABLE as problem:
            why = f"{type(problem).__name__}: {problem}"
            raise ControlError(f"operation {f!r} of {key!r} in a sandbox of {self.name}: {why}") from None

    async def ledger_read(self) -> Ledger:
        try:
            async with self._reading:
                return await self.tenant.ledger()
        except (NotASandbox, TenantGone) as problem:
            raise self._stopped(problem) from None
        except ControlError:
            raise
        except UNREADABLE as problem:
            why = f"{type(problem).__name__}: {problem}"
            raise ControlError(f"the ledger of {self.tenant.settings.host} cannot be read: {why}") from None

    async def ready_for_faults(self) -> None:
        try:
            await self.tenant.connections.prove_now()
        except (NotASandbox, TenantGone) as problem:
            raise self._stopped(problem) from None

    def _stopped(self, problem: NotASandbox | TenantGone) -> ControlError:
        what = "did not prove to be a sandbox that is allowed" if isinstance(problem, NotASandbox) else "cannot be used"
        return ControlError(f"{self.tenant.settings.host} {what}: {problem}")


class _WithoutLogins(Exchanges):
    """Leaves out logins, whose bodies are credentials of a real tenant."""

    def note(self, exchange: Exchange, hits: list[str]) -> None:
        if exchange.operation != _LOGIN:
            super().note(exchange, hits)


_kinds: dict[type[Fake], type[Fake]] = {}


def sandbox_kind(kind: type[Fake]) -> type[Fake]:
    """What stands before a tenant of a vendor, with its catalogue. Raises ValueError for a vendor without tenants."""
    if kind not in _kinds:
        _kinds[kind] = _sandbox_kind(kind)
    return _kinds[kind]


def _sandbox_kind(kind: type[Fake]) -> type[Fake]:
    tenant = tenant_kind(kind)
    same = ("name", "role", "api_version", "scheme", "hosts", "host", "routes", "absent", "errors", "objects", "tables")
    reads_deals = "deal_field" in kind.settings_type.__struct_fields__
    own = {
        **{name: getattr(kind, name) for name in (*same, "credentials")},
        "vendor_kind": kind,
        "fault_kinds": tenant.change_kinds,
        "settings_type": OrdersReading if reads_deals else DealsReading,
        "business_operations": tuple(each for each in kind.business_operations if each.name in tenant.operations),
        "__module__": __name__,
    }
    return cast("type[Fake]", type(f"{kind.__name__}Sandbox", (SandboxProxy,), own))


def tenant_kind(kind: type[Fake]) -> type[Tenant]:
    """What drives a tenant of a vendor. Raises ValueError for a vendor whose tenants nothing here can drive."""
    module, _, name = kind.sandbox_driver.partition(":")
    if not name:
        raise ValueError(f"nothing here can drive a sandbox of {kind.name}")
    found: type[Tenant] = getattr(importlib.import_module(module), name)
    return found


def credentials_of(kind: type[Fake], environment: Mapping[str, str], host: str) -> dict[str, str]:
    """Gameday's own credentials for a tenant, from the environment only. Raises ValueError naming what is missing."""
    variables = tenant_kind(kind).variables
    missing = [variable for variable in variables.values() if not environment.get(variable)]
    if missing:
        raise ValueError(f"the environment lacks {', '.join(missing)}, with which gameday logs in at {host}")
    return {name: environment[variable] for name, variable in variables.items()}


def proxy_kind(
    kind: type[Fake], settings: TenantSettings, records: RunRecords, environment: Mapping[str, str]
) -> type[Fake]:
    """What stands before one tenant for one run. Raises ValueError."""
    tenant = tenant_kind(kind)
    checked = tenant.check_settings(settings)
    credentials = credentials_of(kind, environment, checked.host)
    make = staticmethod(lambda clock: tenant(checked, credentials, clock, records))
    base = sandbox_kind(kind)
    return cast("type[Fake]", type(base.__name__, (base,), {"make_tenant": make, "__module__": __name__}))


def with_tenants(
    kinds: Mapping[str, type[Fake]], run: SandboxRun, environment: Mapping[str, str]
) -> dict[str, type[Fake]]:
    """The fakes, with what stands before a run's tenants in place of theirs. Raises ValueError."""
    records = RunRecords(run.tag, run.naming)
    for name in run.tenants:
        if name not in kinds:
            raise ValueError(f"no fake {name[:80]!r} for a tenant; known: {', '.join(sorted(kinds))}")
    before = {name: proxy_kind(kinds[name], each, records, environment) for name, each in run.tenants.items()}
    return {**kinds, **before}
