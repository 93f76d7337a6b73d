"""Reads the deals of a Salesforce organisation, in production or not, by SOQL and with nothing else.

Salesforce counts calls by the day ("API Request Limits and Allocations"): half of them are kept free, as the header
``Sforce-Limit-Info`` of each reply states them.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import msgspec

from gameday_fakes.salesforce.ids import canonical
from gameday_fakes.salesforce.tenant_api import SalesforceApi
from gameday_fakes.salesforce.tenant_ledger import (
    MOST_IDS,
    PARTS,
    STATED,
    account_keys,
    deal_columns,
    earlier,
    entry_of,
    lines_of,
    texts_of,
)
from gameday_fakes.salesforce.tenant_proof import API, check_any_host, check_id, stated_id
from gameday_fakes.sandbox.connection import Answer
from gameday_fakes.sandbox.reading import Documents, Listed, ReadCall, TenantReader, read_only, read_variables
from gameday_fakes.sandbox.settings import TenantSettings
from gameday_fakes.sandbox.tenant import in_parts, stated_parts, states_of

#: A change may become visible so long after its stamp (real seconds): the longest transaction is one of Apex in bulk.
_LATE_S = 900
_LOGIN = frozenset({"grant_type", "client_id", "client_secret"})
_ACCOUNT = ("Id", "Name", "AccountNumber")


def _is_login(body: bytes) -> bool:
    found = parse_qs(body.decode("latin-1"), keep_blank_values=True)
    return found.keys() == _LOGIN and found["grant_type"] == ["client_credentials"]


class SalesforceReader(TenantReader, SalesforceApi):
    """What reads one organisation. Deals are those that are won, and what an order names."""

    variables = read_variables(SalesforceApi.variables)
    states: tuple[str, ...] = STATED
    at_once = MOST_IDS
    reads = (
        ReadCall("POST", re.compile("/services/oauth2/token"), body=_is_login),
        ReadCall("GET", re.compile(f"{API}/query(All)?"), frozenset({"q"}), read_only),
        ReadCall("GET", re.compile(rf"{API}/query(All)?/[A-Za-z0-9-]{{1,80}}")),
        ReadCall("GET", re.compile(f"{API}/limits")),
        ReadCall("GET", re.compile(rf"{API}/sobjects/[A-Za-z]\w*/describe")),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._stated = stated_parts((), PARTS)

    @classmethod
    def check_settings(cls, settings: TenantSettings) -> TenantSettings:
        allowed = tuple(check_id(each) for each in settings.allow)
        return msgspec.structs.replace(settings, host=check_any_host(settings.host), allow=allowed)

    def _proved(self, answer: Answer) -> str:
        return stated_id(answer)

    def state(self, names: Sequence[str]) -> None:
        self._stated = stated_parts(names, PARTS)
        self.states = (*STATED, *states_of(self._stated))

    # -- which deals ---------------------------------------------------------------------------------

    async def newest(self) -> str:
        rows = await self.query("SELECT SystemModstamp FROM Opportunity ORDER BY SystemModstamp DESC LIMIT 1")
        return str(rows[0]["SystemModstamp"]) if rows else ""

    async def listed(self, first: str, last: str) -> AsyncIterator[list[Listed]]:
        days = f"CloseDate >= {first} AND CloseDate <= {last}"
        async for rows in self.pages(f"SELECT Id, CloseDate, IsWon FROM Opportunity WHERE IsWon = true AND {days}"):  # noqa: S608
            yield [_listed(row, row["Id"]) for row in rows]

    async def changed(self, since: str) -> AsyncIterator[list[Listed]]:
        after = f"SystemModstamp >= {earlier(since, _LATE_S)}"
        async for rows in self.pages(f"SELECT Id, CloseDate, IsWon FROM Opportunity WHERE {after}", deleted=True):  # noqa: S608
            yield [_listed(row, row["Id"]) for row in rows]
        # A line may change without its deal.
        columns = "OpportunityId, Opportunity.CloseDate, Opportunity.IsWon"
        async for rows in self.pages(f"SELECT {columns} FROM OpportunityLineItem WHERE {after}", deleted=True):  # noqa: S608
            yield [_listed(row["Opportunity"], row["OpportunityId"]) for row in rows if row.get("Opportunity")]

    async def there(self, ids: Sequence[str]) -> set[str]:
        return {str(row["Id"]) for row in await self._by_ids("Opportunity", ["Id"], ids, deleted=True)}

    # -- what they are -------------------------------------------------------------------------------

    async def read(self, ids: Sequence[str]) -> Documents:
        columns = deal_columns(await self.fields_of("Opportunity"), self._stated[""])
        rows = await self._by_ids("Opportunity", columns, ids, deleted=True)
        known = await self.fields_of("OpportunityLineItem")
        lines = await lines_of(self, [str(row["Id"]) for row in rows], known, self._stated["line."])
        entries = [
            entry_of(
                row,
                lines.get(row["Id"], ()),
                0.0,
                texts_of(row, self._stated[""]),
                is_won=bool(row["IsWon"]) and not row["IsDeleted"],
            )
            for row in rows
        ]
        return Documents(entries, await self._accounts([entry.customer for entry in entries]))

    async def _accounts(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        stated = self._stated["customer."]
        columns = [*dict.fromkeys((*_ACCOUNT, *(each.path for each in stated)))]
        rows = await self._by_ids("Account", columns, [*dict.fromkeys(filter(None, ids))])
        return {str(row["Id"]): account_keys(row) | texts_of(row, stated) for row in rows}

    async def _by_ids(
        self, sobject: str, columns: Sequence[str], ids: Sequence[str], *, deleted: bool = False
    ) -> list[dict[str, Any]]:
        # What an order names need not be an id at all, and one such makes the whole query fail.
        own = [id_ for id_ in ids if canonical(id_) == id_]
        rows: list[dict[str, Any]] = []
        for some in in_parts(own, MOST_IDS):
            listed = ", ".join(f"'{id_}'" for id_ in some)
            soql = f"SELECT {', '.join(columns)} FROM {sobject} WHERE Id IN ({listed})"  # noqa: S608 - ids only
            rows += await self.query(soql, deleted=deleted)
        return rows


def _listed(row: Mapping[str, Any], id_: Any) -> Listed:
    return Listed(str(id_), str(row["CloseDate"] or "") if row["IsWon"] else "")
