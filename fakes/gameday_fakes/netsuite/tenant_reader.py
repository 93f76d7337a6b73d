"""Reads the sales orders of a NetSuite account with their invoices, in production or not.

NetSuite bounds how many calls may be made at a time ("SuiteTalk Web Services Governance"): half of them are kept free,
and a call that is one too many is made again later. A page of SuiteQL has 1,000 rows at most, and all pages of a query
100,000, so lists go on from the last id rather than by an offset.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from gameday_fakes.declared import ControlError
from gameday_fakes.netsuite.render import ROOT
from gameday_fakes.netsuite.tenant_api import NetSuiteApi
from gameday_fakes.netsuite.tenant_entries import PARTS, customer_keys, texts_of
from gameday_fakes.netsuite.tenant_ledger import MOST_IDS, STATED, OrdersRead, listed
from gameday_fakes.netsuite.tenant_proof import TOKEN_INFO, account_of, check_any_account
from gameday_fakes.sandbox.reading import Documents, Listed, ReadCall, TenantReader, read_variables, reads_query
from gameday_fakes.sandbox.settings import TenantSettings
from gameday_fakes.sandbox.tenant import in_parts, stated_parts, states_of

_PAGE = 1000
#: Changes are read again from so long before the last one (hours): a clock that is set back loses none.
_BEFORE_H = 2
_NUMBER = re.compile(r"[0-9]{1,18}\Z")
_FIELD = re.compile(r"[A-Za-z]\w{0,60}\Z", re.ASCII)
_STAMP = "YYYY-MM-DD HH24:MI:SS"
_IS_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\Z")
_MADE_FROM = ("CustInvc", "CashSale", "CustCred")


class NetSuiteReader(TenantReader, NetSuiteApi):
    """What reads one account."""

    variables = read_variables(NetSuiteApi.variables)
    states = STATED
    at_once = 100
    reads = (
        ReadCall("GET", re.compile(TOKEN_INFO)),
        ReadCall("GET", re.compile(f"{ROOT}/system/v1/governanceLimits")),
        ReadCall("GET", re.compile(rf"{ROOT}/record/v1/metadata-catalog/[A-Za-z]\w*")),
        ReadCall(
            "GET",
            re.compile(rf"{ROOT}/record/v1/[A-Za-z]\w*(/[0-9]+)?"),
            frozenset({"expandSubResources", "limit"}),
        ),
        ReadCall(
            "POST", re.compile(f"{ROOT}/query/v1/suiteql"), frozenset({"limit", "offset"}), str.isdigit, reads_query
        ),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if self.match and not _FIELD.match(self.match):
            raise ValueError(f"{self.match[:60]!r} is not a field of an order")
        #: The fields of customers by what they are known by.
        self._keys: dict[str, dict[str, str]] = {}

    @classmethod
    def check_settings(cls, settings: TenantSettings) -> TenantSettings:
        account_of(settings.host, check_any_account)
        allowed = tuple(check_any_account(each) for each in settings.allow)
        return msgspec.structs.replace(settings, host=settings.host.lower(), allow=allowed)

    @classmethod
    def account_at(cls, host: str) -> str:
        return account_of(host, check_any_account)

    def state(self, names: Sequence[str]) -> None:
        self.names.stated = stated_parts(names, PARTS)
        self.states = (*STATED, *states_of(self.names.stated))

    async def begin(self) -> str:
        await self.connections.prove_now()
        return await self.learn_names()

    # -- which orders --------------------------------------------------------------------------------

    async def newest(self) -> str:
        rows = await self.suiteql(f"SELECT TO_CHAR(MAX(lastmodifieddate), '{_STAMP}') AS stamp FROM transaction")  # noqa: S608
        return str(rows[0].get("stamp") or "") if rows else ""

    async def listed(self, first: str, last: str) -> AsyncIterator[list[Listed]]:
        days = f"trandate >= TO_DATE('{first}', 'YYYY-MM-DD') AND trandate <= TO_DATE('{last}', 'YYYY-MM-DD')"
        async for rows in self._orders(days):
            yield rows

    async def changed(self, since: str) -> AsyncIterator[list[Listed]]:
        after = self._after(since)
        async for rows in self._orders(after):
            yield rows
        # An invoice may change without its order, and a credit memo without the invoice.
        origins = await self._origins(f"t.type IN ({listed(_MADE_FROM)}) AND t.{after}")
        origins |= await self._origins_of(sorted(origins))
        for some in in_parts(sorted(origins), MOST_IDS):
            async for rows in self._orders(f"id IN ({listed(some)})"):
                yield rows

    async def naming(self, texts: Sequence[str]) -> AsyncIterator[list[Listed]]:
        for some in in_parts([text for text in texts if text], MOST_IDS):
            async for rows in self._orders(f"{self.match.lower()} IN ({listed(some)})"):
                yield rows

    async def there(self, ids: Sequence[str]) -> set[str]:
        found = set[str]()
        for some in in_parts([id_ for id_ in ids if _NUMBER.match(id_)], MOST_IDS):
            rows = await self.suiteql(f"SELECT id FROM transaction WHERE id IN ({listed(some)})")  # noqa: S608
            found |= {str(row["id"]) for row in rows}
        return found

    async def _orders(self, condition: str) -> AsyncIterator[list[Listed]]:
        last = 0
        while True:
            rows = await self.suiteql(
                f"SELECT id, TO_CHAR(trandate, 'YYYY-MM-DD') AS day, {self.match.lower()} AS named FROM transaction "  # noqa: S608
                f"WHERE type = 'SalesOrd' AND id > {last} AND {condition} ORDER BY id",
                most=_PAGE,
            )
            if rows:
                yield [Listed(str(r["id"]), str(r.get("day") or ""), str(r.get("named") or "")) for r in rows]
                before, last = last, int(rows[-1]["id"])
                if last <= before:
                    raise ControlError(f"{self.settings.host} lists the same orders again and again")
            if len(rows) < _PAGE:
                return

    def _after(self, since: str) -> str:
        """The condition for what has changed since; both stamps are in the time zone in which the account states them.

        Raises ControlError for what is no stamp.
        """
        if not _IS_STAMP.match(since):
            raise ControlError(f"{since[:40]!r} is not when a record changed")
        return f"lastmodifieddate >= TO_DATE('{since}', '{_STAMP}') - {_BEFORE_H}/24"

    async def _origins(self, condition: str) -> set[str]:
        """What the transactions of a condition were made from."""
        rows = await self.suiteql(
            "SELECT DISTINCT l.createdfrom AS origin FROM transaction t "  # noqa: S608
            f"INNER JOIN transactionline l ON l.transaction = t.id WHERE {condition} AND l.createdfrom IS NOT NULL"
        )
        return {str(row["origin"]) for row in rows if row.get("origin")}

    async def _origins_of(self, ids: Sequence[str]) -> set[str]:
        found = set[str]()
        for some in in_parts([id_ for id_ in ids if _NUMBER.match(id_)], MOST_IDS):
            found |= await self._origins(f"t.id IN ({listed(some)})")
        return found

    # -- what they are -------------------------------------------------------------------------------

    async def read(self, ids: Sequence[str]) -> Documents:
        own = [id_ for id_ in ids if _NUMBER.match(id_)]
        await self._learn_customers(own)
        # The bodies are known only as long as it takes to read these.
        entries = await OrdersRead(self.names).entries(self, [], own)
        rows = await self._customers({entry.customer for entry in entries})
        return Documents(entries, rows)

    async def _learn_customers(self, orders: Sequence[str]) -> None:
        """Learn by what the customers of these orders are known, many at a time rather than one by one."""
        for some in in_parts(orders, MOST_IDS):
            rows = await self.suiteql(f"SELECT DISTINCT entity FROM transaction WHERE id IN ({listed(some)})")  # noqa: S608
            new = sorted({str(row["entity"]) for row in rows if row.get("entity")} - {*self.names.customers})
            if not new:
                continue
            columns = "id, externalid, entityid, companyname"
            for row in await self.suiteql(f"SELECT {columns} FROM customer WHERE id IN ({listed(new)})"):  # noqa: S608
                texts = {name: str(value) for name, value in row.items() if name != "links" and value is not None}
                key = texts.get("externalid") or texts["id"]
                self.names.customers[texts["id"]] = key
                self._keys[key] = customer_keys(texts)

    async def _customers(self, keys: set[str]) -> dict[str, dict[str, str]]:
        """The fields of these customers, with their further ones."""
        found = {key: dict(self._keys[key]) for key in keys if key in self._keys}
        if self.names.stated.get("customer."):
            for key, own in found.items():
                body = await self.json("GET", f"{ROOT}/record/v1/customer/{own['id']}")
                found[key] = own | texts_of(body, self.names, "customer.")
        return found
