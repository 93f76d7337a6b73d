"""The ledger of a NetSuite sandbox: the orders of one run with their invoices, each read again only once it changed."""

from __future__ import annotations

import asyncio
import datetime
import time
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import msgspec

from gameday_fakes.ledger import Entry, Invoice
from gameday_fakes.netsuite.render import ROOT
from gameday_fakes.netsuite.tenant_entries import Names, invoice_of, order_entry, reference_id, references_in
from gameday_fakes.sandbox.tenant import in_parts

_DOCUMENT = ("date", "customer", "subsidiary", "terms", "line.tax")
#: What a ledger states of every order and invoice.
STATED = (*_DOCUMENT, *(f"invoice.{name}" for name in _DOCUMENT), "invoice.period", "invoice.lines")
#: The most ids in one condition of a query.
MOST_IDS = 500
#: SuiteQL states a change to the second: a record that was read so soon after its change is read again (real seconds).
_SETTLED_S = 3.0
#: By how much the account's clock may differ from the machine's (real seconds).
SKEW_S = 10.0
_KINDS = {"SalesOrd": "salesOrder", "CustInvc": "invoice", "CashSale": "cashSale", "CustCred": "creditMemo"}
_STAMP = "TO_CHAR({}lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS')"


class Reader(Protocol):
    """What reads an account."""

    async def json(self, method: str, target: str) -> Any:
        """The decoded reply of a call."""

    async def suiteql(self, query: str) -> list[dict[str, Any]]:
        """All rows of a query."""

    def scenario_s(self, unix_s: float) -> float:
        """A Unix time as a scenario second."""


class _Known(msgspec.Struct):
    body: dict[str, Any]
    stamp: str
    since_s: float
    read_s: float


class OrdersRead:
    """What has been read of the run's orders, and when they were made and changed as far as the proxy saw it."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._known: dict[tuple[str, str], _Known] = {}
        #: Scenario seconds by kind and id, of writes that went through the proxy.
        self._made_s: dict[tuple[str, str], float] = {}
        self._changed_s: dict[tuple[str, str], float] = {}

    def wrote(self, kind: str, id_: str, time_s: float) -> None:
        """The stack has written a record through the proxy."""
        self._made_s.setdefault((kind, id_), time_s)
        self._changed_s[kind, id_] = time_s
        self._known.pop((kind, id_), None)

    async def order(self, reader: Reader, id_: str, invoices: Sequence[Invoice] = (), stamp: str = "") -> Entry:
        """An order as it is now, or as it was at its last change where that is known."""
        body = await self._body(reader, "salesOrder", id_, stamp)
        await self._learn_references(reader, body)
        entry = order_entry(body, self.names, scenario_s=lambda text: _moment(reader, text), invoices=invoices)
        key = "salesOrder", id_
        made_s, changed_s = self._made_s.get(key, entry.time_s), self._changed_s.get(key, entry.changed_s)
        if entry.changed_s - changed_s > reader.scenario_s(SKEW_S) - reader.scenario_s(0.0):
            # Somebody else has changed it since.
            changed_s = entry.changed_s
        return msgspec.structs.replace(entry, time_s=made_s, changed_s=max(made_s, changed_s))

    async def invoice(
        self, reader: Reader, kind: str, id_: str, stamp: str = "", credits_: Iterable[str] = ()
    ) -> Invoice:
        """An invoice, or a cash sale, less the credit memos with these ids."""
        body = await self._body(reader, kind, id_, stamp)
        await self._learn_references(reader, body)
        taken = [await self._body(reader, "creditMemo", each, "") for each in credits_]
        found = invoice_of(body, self.names, taken, scenario_s=lambda text: _moment(reader, text))
        return msgspec.structs.replace(found, time_s=self._made_s.get((kind, id_), found.time_s))

    async def entries(self, reader: Reader, customers: Sequence[str], named: Iterable[str]) -> list[Entry]:
        """The orders of these customers, and those with these ids; all are internal ids."""
        stamps = await self._orders_of(reader, "entity", customers) | await self._orders_of(reader, "id", sorted(named))
        bills = await self._made_from(reader, list(stamps), ("CustInvc", "CashSale"))
        memos = await self._made_from(reader, [row["id"] for row in bills], ("CustCred",))

        async def whole(id_: str, stamp: str) -> Entry:
            invoices = [
                await self.invoice(
                    reader,
                    _KINDS[row["type"]],
                    row["id"],
                    row["stamp"],
                    [memo["id"] for memo in memos if memo["origin"] == row["id"]],
                )
                for row in bills
                if row["origin"] == id_
            ]
            return await self.order(reader, id_, invoices, stamp)

        # The tenant's limit says how many calls are made at a time.
        return await asyncio.gather(*(whole(id_, stamp) for id_, stamp in stamps.items()))

    async def _learn_references(self, reader: Reader, body: dict[str, Any]) -> None:
        """Learn by what the customer of a transaction is known in the CRM, and the records that further fields name."""
        id_ = reference_id(body.get("entity"))
        if id_ and id_ not in self.names.customers:
            customer = await reader.json("GET", f"{ROOT}/record/v1/customer/{id_}")
            self.names.customers[id_] = str(customer.get("externalId") or id_)
        for path in references_in(body, self.names):
            self.names.references[path] = await reader.json("GET", path)

    async def _body(self, reader: Reader, kind: str, id_: str, stamp: str) -> dict[str, Any]:
        known, now_s = self._known.get((kind, id_)), time.monotonic()
        if known is not None and stamp and known.stamp == stamp and known.read_s - known.since_s >= _SETTLED_S:
            return known.body
        body: dict[str, Any] = await reader.json("GET", f"{ROOT}/record/v1/{kind}/{id_}?expandSubResources=true")
        since_s = known.since_s if known is not None and known.stamp == stamp else now_s
        self._known[kind, id_] = _Known(body, stamp, since_s, now_s)
        return body

    async def _orders_of(self, reader: Reader, column: str, ids: Sequence[str]) -> dict[str, str]:
        """The stamps of orders by their ids."""
        found = {}
        for some in in_parts(ids, MOST_IDS):
            rows = await reader.suiteql(
                f"SELECT id, {_STAMP.format('')} AS stamp FROM transaction "  # noqa: S608 - internal ids
                f"WHERE type = 'SalesOrd' AND {column} IN ({listed(some)})"
            )
            found.update({str(row["id"]): str(row["stamp"]) for row in rows})
        return found

    async def _made_from(self, reader: Reader, ids: Sequence[str], types: Sequence[str]) -> list[dict[str, str]]:
        """The transactions of these types that were made from these: id, type, stamp and ``origin``."""
        found = {}
        for some in in_parts(ids, MOST_IDS):
            rows = await reader.suiteql(
                f"SELECT t.id AS id, t.type AS type, l.createdfrom AS origin, {_STAMP.format('t.')} AS stamp "  # noqa: S608
                "FROM transaction t INNER JOIN transactionline l ON l.transaction = t.id "
                f"WHERE l.createdfrom IN ({listed(some)}) AND t.type IN ({listed(types)})"
            )
            found.update(
                {str(row["id"]): {name: str(row[name]) for name in ("id", "type", "origin", "stamp")} for row in rows}
            )
        return list(found.values())


def listed(values: Iterable[str]) -> str:
    """Texts as a list of SuiteQL."""
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


def _moment(reader: Reader, text: str) -> float:
    return reader.scenario_s(datetime.datetime.fromisoformat(text).timestamp())
