"""The ledger of a Salesforce sandbox: the deals of one run, read by SOQL, each again only after it has changed."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from gameday_fakes.clock import Clock
from gameday_fakes.ledger import Entry, Ledger, Line, StatedField
from gameday_fakes.sandbox.settings import RunRecords
from gameday_fakes.sandbox.tenant import stated_parts, states_of

#: What a ledger states of every deal.
STATED = ("date", "customer", "line.discount")
#: What the names of further fields begin with.
PARTS = ("line.", "customer.", "")
_DEAL = ("Id", "Name", "AccountId", "Amount", "CloseDate", "IsWon", "IsDeleted", "SystemModstamp", "LastModifiedDate")
_OF_DEALS = ("CurrencyIsoCode", "ERP_Order_Id__c", "Subsidiary__c", "Payment_Terms__c")
_LINE = ("OpportunityId", "ProductCode", "Quantity", "UnitPrice", "TotalPrice", "Discount")
_OF_LINES = ("Tax_Amount__c", "Tax_Code__c")
_ACCOUNT_KEYS = ("Id", "AccountNumber", "Name")
MOST_IDS = 200
#: Rows may become visible some time after their stamp, so a read begins earlier than the last one ended (real seconds).
_OVERLAP_S = 120


class Reader(Protocol):
    """What reads an organisation."""

    records: RunRecords

    async def query(self, soql: str, *, deleted: bool = False) -> list[dict[str, Any]]:
        """All rows of a query."""

    def scenario_s(self, unix_s: float) -> float:
        """A Unix time as a scenario second."""


class _Deal(msgspec.Struct):
    stamp: str
    entry: Entry
    #: What people left, and whether the sync has changed any of it since.
    left: tuple[Any, ...]
    by_sync: bool = False
    won: bool = False


class DealsRead:
    """What has been read of the run's deals, and when people changed them."""

    def __init__(self) -> None:
        self.deals: dict[str, _Deal] = {}
        self._changed_s: dict[str, float] = {}
        self._won_s: dict[str, float] = {}
        #: Changed by people since they were read.
        self._anew: set[str] = set()
        self._newest = ""
        #: Further fields that the ledger states, by PARTS.
        self.stated = stated_parts((), PARTS)

    def changed(self, deal: str, time_s: float, *, won: bool = False) -> None:
        """People have made or changed a deal, or ``won`` it, at a scenario second."""
        self._changed_s[deal] = time_s
        if won:
            # It may be void again before it is read.
            self._won_s.setdefault(deal, time_s)
        self._anew.add(deal)
        if deal in self.deals:
            # It may have been read between the change and its reply.
            self.deals[deal].stamp = ""

    async def update(self, reader: Reader, deal_fields: Collection[str], line_fields: Collection[str]) -> None:
        """Read what has changed since the last time."""
        names = deal_columns(deal_fields, self.stated[""])
        since = f" AND SystemModstamp >= {earlier(self._newest)}" if self._newest else ""
        rows = await reader.query(
            f"SELECT {', '.join(names)} FROM Opportunity WHERE Name LIKE '% {reader.records.tag}'{since} "  # noqa: S608
            "ORDER BY SystemModstamp",
            deleted=True,
        )
        rows = [
            row for row in rows if row["Id"] not in self.deals or self.deals[row["Id"]].stamp != row["SystemModstamp"]
        ]
        lines = await lines_of(reader, [row["Id"] for row in rows], line_fields, self.stated["line."])
        for row in rows:
            self._take(reader, row, lines.get(row["Id"], ()))
        self._newest = max((self._newest, *(row["SystemModstamp"] for row in rows)))

    def _take(self, reader: Reader, row: Mapping[str, Any], lines: Sequence[Line]) -> None:
        id_, is_won = str(row["Id"]), bool(row["IsWon"]) and not row["IsDeleted"]
        before = self.deals.get(id_)
        by_people = before is None or id_ in self._anew
        self._anew.discard(id_)
        changed_s = reader.scenario_s(_unix_s(str(row["LastModifiedDate"])))
        if by_people:
            changed_s = self._changed_s.get(id_, changed_s)
        entry = entry_of(row, lines, changed_s, texts_of(row, self.stated[""]), is_won=is_won)
        sold = _sold(entry)
        if before is not None and not by_people and sold == _sold(before.entry):
            # The sync has written what the ledger does not compare, such as the order's number.
            changed_s = before.entry.changed_s
        if is_won:
            self._won_s.setdefault(id_, changed_s)
        entry = msgspec.structs.replace(entry, time_s=self._won_s.get(id_, changed_s), changed_s=changed_s)
        left = sold if before is None or by_people else before.left
        self.deals[id_] = _Deal(str(row["SystemModstamp"]), entry, left, sold != left, id_ in self._won_s)


def deal_columns(known: Collection[str], stated: Iterable[StatedField]) -> list[str]:
    """The fields that are read of a deal; ``known`` are those that the organisation has."""
    return [*dict.fromkeys((*_DEAL, *(name for name in _OF_DEALS if name in known), *(each.path for each in stated)))]


async def lines_of(
    reader: Reader, deals: Sequence[str], known: Collection[str], stated: Sequence[StatedField]
) -> Mapping[str, list[Line]]:
    """The lines of these deals; ``known`` are the fields that the organisation's lines have."""
    names = dict.fromkeys((*_LINE, *(name for name in _OF_LINES if name in known), *(each.path for each in stated)))
    found: dict[str, list[Line]] = {}
    for start in range(0, len(deals), MOST_IDS):
        ids = ", ".join(f"'{deal}'" for deal in deals[start : start + MOST_IDS])
        rows = await reader.query(
            f"SELECT {', '.join(names)} FROM OpportunityLineItem "  # noqa: S608
            f"WHERE OpportunityId IN ({ids}) ORDER BY CreatedDate, Id"
        )
        for row in rows:
            found.setdefault(row["OpportunityId"], []).append(_line(row, stated))
    return found


def _sold(entry: Entry) -> tuple[Any, ...]:
    """What of a deal the sync has to carry over."""
    names = (entry.customer, entry.currency, entry.date, entry.subsidiary, entry.terms)
    return (entry.state, *names, entry.total, entry.lines)


def entry_of(
    row: Mapping[str, Any], lines: Sequence[Line], changed_s: float, fields: dict[str, str], *, is_won: bool
) -> Entry:
    """A deal as the ledger has it."""
    named = {"Id": row["Id"], "ERP_Order_Id__c": row.get("ERP_Order_Id__c")}
    return Entry(
        id=str(row["Id"]),
        keys={name: str(value) for name, value in named.items() if value},
        state="won" if is_won else "void",
        customer=row["AccountId"] or "",
        currency=row.get("CurrencyIsoCode") or "",
        total=_decimal(row["Amount"]),
        lines=tuple(lines),
        time_s=changed_s,
        changed_s=changed_s,
        date=row["CloseDate"] or "",
        fields=fields,
        subsidiary=row.get("Subsidiary__c") or "",
        terms=row.get("Payment_Terms__c") or "",
    )


def _line(row: Mapping[str, Any], stated: Iterable[StatedField]) -> Line:
    tax, discount = row.get("Tax_Amount__c"), row.get("Discount")
    return Line(
        str(row["ProductCode"] or ""),
        _decimal(row["Quantity"]),
        _decimal(row["UnitPrice"]),
        _decimal(row["TotalPrice"]),
        None if discount is None else _decimal(discount),
        None if tax is None else _decimal(tax),
        row.get("Tax_Code__c") or "",
        tuple(texts_of(row, stated).items()),
    )


def texts_of(row: Mapping[str, Any], stated: Iterable[StatedField]) -> dict[str, str]:
    """The values of further fields of a record, and of those it refers to, as texts; without those that are empty."""
    found = {}
    for field in stated:
        value: Any = row
        for name in field.path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if value not in (None, ""):
            found[field.name] = str(value)
    return found


def ledger_of(read: DealsRead, deals: Mapping[str, str], customers: dict[str, dict[str, str]], clock: Clock) -> Ledger:
    """The ledger of all deals that were ever won; ``deals`` are the ids by the workload's keys."""
    keys = {id_: key for key, id_ in deals.items()}
    known = sorted((deal for deal in read.deals.values() if deal.won), key=lambda deal: deal.entry.id)
    entries = [
        msgspec.structs.replace(deal.entry, keys={**deal.entry.keys, "key": keys[deal.entry.id]})
        if deal.entry.id in keys
        else deal.entry
        for deal in known
    ]
    changed = tuple(deal.entry.id for deal in known if deal.by_sync)
    stated = (*STATED, *states_of(read.stated))
    return Ledger("salesforce", clock.now_s(), tuple(entries), customers, stated, changed_by_sync=changed)


def account_keys(row: Mapping[str, Any]) -> dict[str, str]:
    """The fields by which an account can be matched to a customer of the ERP."""
    return {name: str(row[name]) for name in _ACCOUNT_KEYS if row.get(name)}


def _decimal(value: Any) -> Decimal:
    return Decimal(0) if value is None else Decimal(str(value))


def _unix_s(stamp: str) -> float:
    return datetime.datetime.fromisoformat(stamp).timestamp()


def earlier(stamp: str, seconds: float = _OVERLAP_S) -> str:
    """A literal of SOQL for a moment shortly before a stamp."""
    when = datetime.datetime.fromisoformat(stamp) - datetime.timedelta(seconds=seconds)
    return when.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
