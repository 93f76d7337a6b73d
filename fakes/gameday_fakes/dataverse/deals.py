"""Which opportunities were won, amended or voided, and when; and the ledger that follows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from gameday_fakes.clock import Clock
from gameday_fakes.dataverse.manifest import dashed, plain
from gameday_fakes.dataverse.sales import WON
from gameday_fakes.dataverse.schema import TABLE_OF
from gameday_fakes.dataverse.stated import StatedFields
from gameday_fakes.dataverse.store import Change, Store, document_of
from gameday_fakes.ledger import Entry, Ledger, Line
from gameday_fakes.odata.records import Record
from gameday_fakes.rules import EventKind

DEALS, LINES = "opportunities", "opportunityproducts"


class Deal(msgspec.Struct):
    """An opportunity as it was last seen, with its lines, and when it was won and changed.

    ``seen`` is a hash of everything that a sync has to carry over, ``sold`` of what people sold; ``left`` is what that
    was when people last changed it, None if they did not.
    """

    record: Record
    lines: tuple[Record, ...] = ()
    deleted: bool = False
    seen: int = 0
    won_s: float | None = None
    changed_s: float = 0.0
    sold: int = 0
    left: int | None = None

    @property
    def is_won(self) -> bool:
        """Whether it is won now."""
        return not self.deleted and bool(self.record.values["statecode"] == WON)


class Deals:
    """Notices opportunities that are won, amended or voided, by anyone. They are named by plain GUIDs."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._deals: dict[str, Deal] = {}
        self._announced: set[str] = set()
        self._quiet = False
        self.stated = StatedFields()

    def committed(self, changes: Sequence[Change], *, by_sync: bool) -> dict[str, EventKind]:
        """Changes are complete: what there is to announce of each deal, by its name."""
        touched: dict[str, None] = {}
        for change in changes:
            if (guid := deal_of(change)) is not None:
                touched[guid] = None
        for guid in touched:
            self._notice(guid, by_sync=by_sync)
        return {} if self._quiet else {plain(guid): self._kind(guid) for guid in touched if guid in self._deals}

    @contextlib.contextmanager
    def quietly(self) -> Iterator[None]:
        """Changes in the block are noticed and not announced."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    def date_back(self, name: str, *, won_s: float, changed_s: float) -> None:
        """Set when a deal was won and last changed."""
        deal = self._deals[dashed(name)]
        deal.won_s, deal.changed_s = won_s, changed_s

    def ledger(self, system: str, keys: Mapping[str, str]) -> Ledger:
        """All opportunities that were ever won, in their order; ``keys`` are the workload's by the GUID."""
        won = {guid: deal for guid, deal in self._deals.items() if deal.won_s is not None}
        entries = tuple(self._entry(deal, keys.get(guid)) for guid, deal in won.items())
        accounts = self._store["accounts"].records.values()
        customers = {number_of(each.values): self._customer(each.values) for each in accounts}
        # One that was merged is there under its own number, inactive, and names the one that it was merged into.
        leads_to = {number_of(each.values): number_of(now.values) for each in accounts if (now := self._left(each))}
        changed = tuple(plain(guid) for guid, deal in won.items() if deal.sold != deal.left)
        stated = (*_STATED, *self.stated.states)
        now_s = self._clock.now_s()
        return Ledger(system, now_s, entries, customers, stated, changed_by_sync=changed, leads_to=leads_to)

    # -- parts ---------------------------------------------------------------------------------------

    def _kind(self, guid: str) -> EventKind:
        announced = guid in self._announced
        if not self._deals[guid].is_won:
            return "void" if announced else "first"
        self._announced.add(guid)
        return "amendment" if announced else "first"

    def _notice(self, guid: str, *, by_sync: bool) -> None:
        record = self._store.get(DEALS, guid)
        known = self._deals.get(guid)
        if record is None:
            if known is not None and not known.deleted:
                known.deleted, known.changed_s = True, self._clock.now_s()
                known.sold = 0
                known.left = known.left if by_sync else 0
            return
        if known is None:
            known = self._deals[guid] = Deal(record)
        known.record, known.deleted = record, False
        known.lines = tuple(self._store.lines("opportunity", guid))
        own = (
            known.is_won,
            *(record.values[name] for name in _SOLD),
            *(line.values[name] for line in known.lines for name in _SOLD_LINE),
        )
        known.sold = hash(own)
        if not by_sync:
            known.left = known.sold
        stated = [*self.stated.values(self._store, record.values, "deal").values()]
        for line in known.lines:
            stated += self.stated.values(self._store, line.values, "line").values()
        seen = hash((own, *stated))
        if seen != known.seen:
            known.changed_s = self._clock.now_s()
        known.seen = seen
        if known.won_s is None and known.is_won:
            known.won_s = self._clock.now_s()

    def _entry(self, deal: Deal, key: str | None) -> Entry:
        own = deal.record.values
        account = self._store.get("accounts", own["_customerid_value"])
        currency = self._store.get("transactioncurrencies", own["_transactioncurrencyid_value"])
        guid = own["opportunityid"]
        named = {"opportunityid": guid, "id": plain(guid), "key": key, "new_erporderid": own["new_erporderid"]}
        closed = own["actualclosedate"]
        return Entry(
            id=plain(guid),
            keys={name: value for name, value in named.items() if value},
            state="won" if deal.is_won else "void",
            customer=number_of(account.values) if account is not None else "",
            currency=currency.values["isocurrencycode"] if currency is not None else "",
            total=own["actualvalue"] or Decimal(0),
            lines=tuple(map(self._line, deal.lines)),
            time_s=deal.won_s or 0.0,
            changed_s=deal.changed_s,
            date=closed.isoformat() if closed is not None else "",
            subsidiary=own["new_subsidiary"] or "",
            terms=own["new_paymentterms"] or "",
            fields=self.stated.values(self._store, own, "deal"),
        )

    def _line(self, line: Record) -> Line:
        own, zero = line.values, Decimal(0)
        product = self._store.get("products", own["_productid_value"])
        return Line(
            product.values["productnumber"] if product is not None else own["productdescription"] or "",
            own["quantity"] or zero,
            own["priceperunit"] or zero,
            (own["extendedamount"] or zero) - (own["tax"] or zero),
            None,
            own["tax"],
            own["new_taxcode"] or "",
            tuple(self.stated.values(self._store, own, "line").items()),
        )

    def _left(self, account: Record) -> Record | None:
        """The account that is left of one that was merged; None for one that was not."""
        master = self._store.get("accounts", account.values["_masterid_value"])
        return None if master is None else self._left(master) or master

    def _customer(self, values: Mapping[str, Any]) -> dict[str, str]:
        named = {name: values[name] for name in ("accountid", "accountnumber", "name", "new_erpcustomerid")}
        found = {"id": number_of(values)} | {name: str(value) for name, value in named.items() if value}
        return found | self.stated.values(self._store, values, "customer")


def number_of(account: Mapping[str, Any]) -> str:
    """How both systems name a customer: by the account number, else by the id."""
    return str(account["accountnumber"] or account["accountid"])


def deal_of(change: Change) -> str | None:
    """The GUID of the opportunity that a change is about; None for any other change."""
    if change.set_name == DEALS:
        return str(change.record.values["opportunityid"])
    document = document_of(change)
    return document[1] if document is not None and document[0] == "opportunity" else None


def coalesced(changes: Iterable[Change]) -> list[Change]:
    """The changes of one operation, each record's in one: several updates are one, with all that they changed."""
    found: dict[tuple[str, Any, str], Change] = {}
    for change in changes:
        key = (change.set_name, change.record.values[_id_name(change)], change.message)
        before = found.get(key)
        names = tuple(dict.fromkeys((*before.names, *change.names))) if before is not None else change.names
        found[key] = msgspec.structs.replace(change, names=names)
    return list(found.values())


def _id_name(change: Change) -> str:
    return TABLE_OF[change.set_name].id_name


_STATED = ("date", "customer")
_SOLD = (
    *("actualvalue", "_transactioncurrencyid_value", "actualclosedate", "new_subsidiary", "new_paymentterms"),
    "_customerid_value",
)
_SOLD_LINE = ("_productid_value", "quantity", "priceperunit", "extendedamount", "tax", "new_taxcode")
