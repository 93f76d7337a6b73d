"""Reads a tenant, which may be the one of production: a call that could write is refused before it is sent.

A vendor lists the few calls with which it reads (``ReadCall``); its connections know no other. So no mistake elsewhere,
and no business operation, can reach a tenant that is read. As in a sandbox, the tenant first proves on the connection
that it is the one that is allowed.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, NamedTuple
from urllib.parse import parse_qsl

import msgspec

from gameday_fakes.clock import Clock
from gameday_fakes.fake import Fake
from gameday_fakes.ledger import Entry
from gameday_fakes.sandbox.connection import Answer, Header, TenantConnection
from gameday_fakes.sandbox.proved import NotASandbox
from gameday_fakes.sandbox.settings import RunRecords, TenantSettings, new_tag
from gameday_fakes.sandbox.tenant import Tenant

#: What a call that reads may say in its headers. Others change what a call does, such as X-HTTP-Method-Override.
_HEADERS = frozenset({b"accept", b"authorization", b"content-type", b"prefer"})


class NotReadOnly(Exception):
    """A call that is not among those that only read; it has not been sent."""


def _nothing(body: bytes) -> bool:
    return not body


class ReadCall(NamedTuple):
    """A call that changes nothing: its method, all of its path, the names in its query, and what its body may be.

    ``value`` looks at each value of the query.
    """

    method: str
    path: re.Pattern[str]
    query: frozenset[str] = frozenset()
    value: Callable[[str], bool] = bool
    body: Callable[[bytes], bool] = _nothing

    def allows(self, method: str, target: str, body: bytes) -> bool:
        """Whether this is such a call."""
        path, _, query = target.partition("?")
        values = parse_qsl(query, keep_blank_values=True)
        return (
            method == self.method
            and self.path.fullmatch(path) is not None
            and all(name in self.query and self.value(value) for name, value in values)
            # What another reader of the query would see must be what was looked at.
            and query.count("=") >= len(values) == (query.count("&") + 1 if query else 0)
            and self.body(body)
        )


class ReadOnlyConnection(TenantConnection):
    """A connection on which only calls of a list can be made."""

    def __init__(self, inner: TenantConnection, calls: Iterable[ReadCall], tell: Callable[[], None]) -> None:
        self.host = inner.host
        self._inner, self._calls, self._tell = inner, tuple(calls), tell

    @property
    def usable(self) -> bool:
        return self._inner.usable

    async def call(self, method: str, target: str, headers: Iterable[Header] = (), body: bytes = b"") -> Answer:
        """As on any connection. Raises NotReadOnly for a call that is not in the list, and TenantGone."""
        given = [*headers]
        names = {name.lower() for name, _ in given}
        if not names <= _HEADERS or not any(each.allows(method, target, body) for each in self._calls):
            raise NotReadOnly(f"{method[:10]} {target.partition('?')[0][:120]} is no call that only reads")
        self._tell()
        return await self._inner.call(method, target, given, body)

    async def close(self) -> None:
        await self._inner.close()


class Listed(NamedTuple):
    """A deal or an order by its id, with its day (YYYY-MM-DD; empty for a deal that is not won).

    ``names`` is what an order has in the field that names its deal.
    """

    id: str
    day: str = ""
    names: str = ""


class Documents(NamedTuple):
    """Documents as the ledger has them, and the fields of their customers by the customers' business keys."""

    entries: Sequence[Entry]
    customers: Mapping[str, Mapping[str, str]] = {}


class TenantReader(Tenant):
    """What reads the deals of one CRM, or the orders of one ERP, with their invoices. Each vendor derives its own.

    Every method raises ControlError, NotASandbox and TenantGone as ``Tenant`` does.
    """

    #: The calls that it may make.
    reads: ClassVar[tuple[ReadCall, ...]] = ()
    #: What its documents state even where all are empty, as ``states`` of a Ledger.
    states: tuple[str, ...] = ()
    #: So many documents are read at a time.
    at_once: ClassVar[int] = 200

    def __init__(self, settings: TenantSettings, secrets: Mapping[str, str], match: str = "") -> None:
        super().__init__(settings, secrets, Clock(), RunRecords(new_tag()))
        #: Of an ERP, the field by which an order names its deal.
        self.match = match
        #: How many calls have been made.
        self.calls = 0

    async def open_at(self, host: str) -> TenantConnection:
        return ReadOnlyConnection(await super().open_at(host), self.reads, self._count)

    def _count(self) -> None:
        self.calls += 1

    async def prove(self, connection: TenantConnection) -> str:
        identity = await self.identity(connection)
        if identity not in self.settings.allow:
            raise NotASandbox(f"it is {identity}, which is not among the allowed ids: {', '.join(self.settings.allow)}")
        return identity

    async def begin(self) -> str:
        """Have the tenant prove what it is, and learn what it has; what it allows, in a clause."""
        await self.connections.prove_now()
        return await self.allowance()

    async def newest(self) -> str:
        """When the last change of a document was, as ``changed`` takes it; empty without documents."""
        raise NotImplementedError

    def listed(self, first: str, last: str) -> AsyncIterator[list[Listed]]:
        """The won deals, or the orders, from one day (YYYY-MM-DD) to another, in parts."""
        raise NotImplementedError

    def changed(self, since: str) -> AsyncIterator[list[Listed]]:
        """What has changed since then, or a little earlier, in parts; deleted deals too."""
        raise NotImplementedError

    def naming(self, texts: Sequence[str]) -> AsyncIterator[list[Listed]]:
        """The orders that name one of these in the field that names a deal, in parts."""
        raise NotImplementedError

    async def there(self, ids: Sequence[str]) -> set[str]:
        """Which of these are still there; deleted deals that can be brought back are."""
        raise NotImplementedError

    async def read(self, ids: Sequence[str]) -> Documents:
        """The documents with these ids, as they are now; without those that are not there."""
        raise NotImplementedError


def read_variables(variables: Mapping[str, str]) -> MappingProxyType[str, str]:
    """The variables with the credentials of readers: never those with which sandboxes are written to.

    >>> dict(read_variables({"token": "GAMEDAY_ACME_TOKEN"}))
    {'token': 'GAMEDAY_READ_ACME_TOKEN'}
    """
    own = {name: variable.replace("GAMEDAY_", "GAMEDAY_READ_", 1) for name, variable in variables.items()}
    return MappingProxyType(own)


def reader_kind(kind: type[Fake]) -> type[TenantReader]:
    """What reads tenants of a vendor. Raises ValueError for a vendor that nothing here can read."""
    module, _, name = kind.sandbox_reader.partition(":")
    if not name:
        raise ValueError(f"nothing here can read a tenant of {kind.name}")
    found: type[TenantReader] = getattr(importlib.import_module(module), name)
    return found


def reader_of(kind: type[Fake], settings: TenantSettings, environment: Mapping[str, str], match: str) -> TenantReader:
    """The reader of one tenant, with credentials from the environment. Raises ValueError naming what is missing."""
    reader = reader_kind(kind)
    missing = [variable for variable in reader.variables.values() if not environment.get(variable)]
    if missing:
        raise ValueError(f"the environment lacks {', '.join(missing)}, with which gameday reads {settings.host}")
    secrets = {name: environment[variable] for name, variable in reader.variables.items()}
    return reader(reader.check_settings(settings), secrets, match)


def read_only(text: str) -> bool:
    """Whether a query only reads: one SELECT, without the clauses that lock rows or note that they were seen.

    >>> read_only("SELECT Id FROM Account"), read_only("SELECT Id FROM Account FOR UPDATE"), read_only("DELETE x")
    (True, False, False)
    """
    return _SELECT.match(text) is not None and _WRITES.search(text) is None


_SELECT = re.compile(r"SELECT\s", re.IGNORECASE)
_WRITES = re.compile(r";|--|/\*|\b(FOR\s+(UPDATE|VIEW|REFERENCE)|UPDATE|INSERT|DELETE|MERGE|INTO)\b", re.IGNORECASE)


def reads_query(body: bytes) -> bool:
    """Whether a body is one query that only reads, and nothing else."""
    try:
        found = msgspec.json.decode(body, type=dict[str, str])
    except (msgspec.DecodeError, RecursionError):
        return False
    return [*found] == ["q"] and read_only(found["q"])
