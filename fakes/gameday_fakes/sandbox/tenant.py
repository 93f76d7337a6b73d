"""What drives one tenant through its vendor's API, as gameday's own user; each vendor derives its own."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

import msgspec

from gameday_fakes.business_operations import BusinessOperation
from gameday_fakes.clock import Clock
from gameday_fakes.declared import ControlError
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.ledger import Ledger, StatedField
from gameday_fakes.protocols import exact_json
from gameday_fakes.sandbox.changes import Changeable
from gameday_fakes.sandbox.connection import Answer, Header, TenantConnection, TenantGone
from gameday_fakes.sandbox.proved import NotASandbox, ProvedConnections
from gameday_fakes.sandbox.rights import Product, Right
from gameday_fakes.sandbox.settings import RunRecords, TenantSettings
from gameday_fakes.sandbox.verifying import Probe

#: How many calls of ours are made at a time, until the tenant says how many it allows.
AT_A_TIME = 2
#: How often a call is made that the tenant refuses for being one too many, and the first wait (real seconds).
_ATTEMPTS, _FIRST_WAIT_S = 5, 1.0
#: Headers that are about one connection only ("RFC 9110, section 7.6.1"), and those that a call of ours sets itself.
_OF_A_CONNECTION = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"proxy-authorization",
        b"proxy-authenticate",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"expect",
        b"host",
        b"content-length",
        b"accept-encoding",
    }
)
#: Headers of a reply that the proxy in front of the tenant sets itself.
_OF_A_REPLY = _OF_A_CONNECTION | {b"date", b"server", b"strict-transport-security"}
#: Of a refusal, so much is shown.
_SHOWN = 300

#: What an answer of another shape than expected leads to where it is read.
UNREADABLE = (ControlError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

Item = TypeVar("Item")
Written = tuple[str, dict[str, Any]]


class Tenant(Changeable):
    """One tenant for one run. Every call is made on a connection on which the tenant has proved to be a sandbox."""

    #: The environment's variables with gameday's own credentials, by what they are.
    variables: ClassVar[Mapping[str, str]] = MappingProxyType({})
    #: What to look at where a login is refused.
    login_hint: ClassVar[str] = ""
    #: Other host names at which the stack may call this tenant.
    aliases: ClassVar[tuple[str, ...]] = ()
    #: What is asked of a tenant and of its vendor's fake, to see where they differ.
    probes: ClassVar[tuple[Probe, ...]] = ()
    #: The business operations that can be done through this vendor's API; each has a method of its name.
    operations: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self,
        settings: TenantSettings,
        secrets: Mapping[str, str],
        clock: Clock,
        records: RunRecords,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.records = records
        self._secrets = secrets
        self._context: ssl.SSLContext | None = None
        self._own = asyncio.Semaphore(AT_A_TIME)
        self.connections: ProvedConnections[TenantConnection] = ProvedConnections(
            lambda: self.open_at(settings.host), self.prove
        )

    # -- for the vendor ------------------------------------------------------------------------------

    @classmethod
    def check_settings(cls, settings: TenantSettings) -> TenantSettings:
        """The settings with the allowed ids as the tenant writes them. Raises ValueError for what is no sandbox's."""
        raise NotImplementedError

    async def identity(self, connection: TenantConnection) -> str:
        """The id that the tenant proves on this connection. Raises NotASandbox and TenantGone."""
        raise NotImplementedError

    def authorized(self, method: str, target: str) -> list[Header]:
        """The headers that authorize a call of ours."""
        raise NotImplementedError

    def log_out(self) -> None:
        """Forget a session that is no longer accepted; the next proof begins another."""

    def too_many(self, answer: Answer) -> bool:
        """Whether a call was refused, and not carried out, because there were too many."""
        return answer.status == 429

    def check_limits(self, answer: Answer) -> None:
        """Raise ControlError where calls of ours would use the half of the tenant's limits that is kept free."""

    def state(self, names: Sequence[str]) -> None:
        """Have the ledger state these further fields, as a fake's setting ``ledger_fields`` names them."""

    def match_by(self, field: str) -> None:
        """Have the ledger name of each order the deal that stands in this field of it."""

    async def allowance(self) -> str:
        """What the tenant allows, and how much of it is left to gameday, in a clause. Raises ControlError."""
        raise NotImplementedError

    async def rights(self) -> list[Right]:
        """What gameday may and may not do there, by object. Raises ControlError."""
        raise NotImplementedError

    async def products(self, skus: Sequence[str] = ()) -> list[Product]:
        """Products that can be sold there: some of them, or in an ERP those of these SKUs. Raises ControlError."""
        raise NotImplementedError

    async def ledger(self) -> Ledger:
        """The tenant's ledger, of what this run has made there. Raises ControlError."""
        raise NotImplementedError

    async def remember(self) -> None:
        """Find what the run has made by its tag, for the tenants that name it. Raises ControlError."""

    async def clean(self) -> dict[str, int]:
        """Remove all that bears the run's tag, and read again; how many records of each type. Raises ControlError."""
        raise NotImplementedError

    def key_of(self, request: Request, key: str | None) -> str | None:
        """The deal that a request is about; ``key`` is what its vendor's fake reads in it."""
        return key

    def readdressed(self, request: Request, headers: list[Header]) -> list[Header]:
        """The headers of the stack's request as the tenant has to get them, where the stack knows another address."""
        return headers

    async def written(self, request: Request, route: Route, answer: Answer, key: str | None) -> Written | None:
        """What a write of the stack's has made of a deal's order, as the history says it; None if it made nothing."""
        return None

    # -- the guard -----------------------------------------------------------------------------------

    async def prove(self, connection: TenantConnection) -> str:
        """The tenant's id, once it has proved to be a sandbox that is allowed. Raises NotASandbox and TenantGone."""
        identity = await self.identity(connection)
        if identity not in self.settings.allow:
            known = ", ".join(self.settings.allow)
            raise NotASandbox(f"{identity} is not among the allowed ids: {known}")
        return identity

    async def open_at(self, host: str) -> TenantConnection:
        """A connection to a host of the tenant's. Raises TenantGone."""
        if self._context is None:
            # It reads SSL_CERT_FILE, for a network whose proxy looks into TLS.
            self._context = ssl.create_default_context()
        return await TenantConnection.open(host, self._context, self.settings.proxy)

    # -- calls ---------------------------------------------------------------------------------------

    async def ask(self, method: str, target: str, body: Any = None, headers: Sequence[Header] = ()) -> Answer:
        """A call of ours, whatever its status. Raises NotASandbox, TenantGone, and ControlError for used-up limits."""
        content = b"" if body is None else exact_json.encode(body)
        kind = [(b"content-type", b"application/json")] if content else []
        wait_s, logged_out = _FIRST_WAIT_S, False
        for attempt in range(1, _ATTEMPTS + 1):
            async with self._own, self.connections.proved() as connection:
                own = self.authorized(method, target)
                answer = await connection.call(method, target, [*own, *kind, *headers], content)
            self.check_limits(answer)
            if answer.status == 401 and not logged_out:
                logged_out = True
                self.log_out()
                self.connections.distrust()
            elif self.too_many(answer) and attempt < _ATTEMPTS:
                await asyncio.sleep(wait_s)
                wait_s *= 2
            else:
                break
        return answer

    async def json(self, method: str, target: str, body: Any = None, headers: Sequence[Header] = ()) -> Any:
        """The decoded reply of a call of ours; None without a body. Raises ControlError unless it succeeded."""
        answer = await self.ask(method, target, body, headers)
        if not 200 <= answer.status < 300:
            raise self.refused(method, target, answer)
        return decoded(answer)

    def refused(self, method: str, target: str, answer: Answer) -> ControlError:
        """The error for a call of ours that the tenant refused."""
        text = " ".join(answer.body.decode("utf-8", "replace").split())[:_SHOWN]
        path = target.partition("?")[0]
        return ControlError(f"{self.settings.host} refused {method} {path} with {answer.status}: {text}")

    async def forward(self, request: Request) -> Answer:
        """Carry out a request of the stack. Raises NotASandbox and TenantGone."""
        query = request.query_string.decode("latin-1")
        target = f"{request.path}?{query}" if query else request.path
        headers = [(name, value) for name, value in request.headers.items() if name not in _OF_A_CONNECTION]
        headers = self.readdressed(request, headers)
        async with self.connections.proved() as connection:
            return await connection.call(request.method, target, headers, request.body)

    def reply_of(self, request: Request, answer: Answer) -> Reply:
        """The tenant's answer for the stack: links to the tenant lead to the address that the stack has used.

        Raises TenantGone for a redirect to another host: the stack would follow it to what has proved nothing.
        """
        elsewhere = urlsplit(answer.header("location")).netloc if 300 <= answer.status < 400 else ""
        if elsewhere and elsewhere.lower() not in (self.settings.host, *self.aliases):
            raise TenantGone(f"{self.settings.host} redirects to {elsewhere[:120]!r}")
        headers = [(name, value) for name, value in answer.headers if name.lower() not in _OF_A_REPLY]
        body = answer.body
        there, here = f"https://{self.settings.host}".encode(), request.base_url.encode()
        if there != here:
            headers = [(name, value.replace(there, here)) for name, value in headers]
            body = body.replace(there, here)
        kind = next((value for name, value in headers if name.lower() == b"content-type"), b"")
        others = [(name, value) for name, value in headers if name.lower() != b"content-type"]
        return Reply(answer.status, body, others, content_type=kind)

    async def operate(self, operation: BusinessOperation, key: str, value: dict[str, Any]) -> dict[str, Any]:
        """Carry out a business operation. Raises ControlError, NotASandbox, TenantGone, ValueError."""
        act = getattr(self, operation.name)
        found: dict[str, Any] = await act(key, operation.parse(value))
        return found

    def scenario_s(self, unix_s: float) -> float:
        """A moment of the tenant's clock, which is the machine's, as a scenario second."""
        return self.clock.now_s() - (time.time() - unix_s) * self.clock.pace

    async def close(self) -> None:
        """Close the connections."""
        await self.connections.close()


def decoded(answer: Answer) -> Any:
    """The JSON of an answer, fractions as Decimals; None without a body. Raises TenantGone for anything else."""
    if not answer.body:
        return None
    try:
        return exact_json.decode(answer.body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise TenantGone("a reply is not JSON") from None


def in_parts(items: Sequence[Item], most: int) -> list[Sequence[Item]]:
    """The items in lists of at most so many.

    >>> in_parts([1, 2, 3], 2)
    [[1, 2], [3]]
    """
    return [items[start : start + most] for start in range(0, len(items), most)]


def stated_parts(names: Iterable[str], parts: Sequence[str]) -> dict[str, tuple[StatedField, ...]]:
    """The further fields that a ledger states by what they are fields of; the last part is what has no prefix.

    >>> stated_parts(["Region__c", "line.Note__c"], ["line.", ""])
    {'line.': (StatedField(path='Note__c', name='Note__c'),), '': (StatedField(path='Region__c', name='Region__c'),)}
    """
    found: dict[str, list[StatedField]] = {part: [] for part in parts}
    for name in names:
        part = next(part for part in parts if name.startswith(part))
        found[part].append(StatedField.read(name.removeprefix(part)))
    return {part: tuple(fields) for part, fields in found.items()}


def states_of(stated: Mapping[str, Iterable[StatedField]]) -> tuple[str, ...]:
    """The same as a ledger names what it states."""
    return tuple(f"fields.{part}{each.name}" for part, fields in stated.items() for each in fields)
