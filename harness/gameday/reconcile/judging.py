"""Judges the documents of two exports, deal by deal, by the rules of a run's judge. Pure.

Documents come sorted by the id of their deal, so memory holds a few hundred of them, however long the exports are.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

import msgspec

from gameday.analysis.line_pairs import NOTHING
from gameday.model.checker import Case, DeadLetter
from gameday.model.history import History
from gameday.model.scenario import Flow, Scenario
from gameday.reconcile.documents import Documents, Stored
from gameday.reconcile.invoices import own_names
from gameday.reconcile.terms import Terms, states_of
from gameday.records.numbers import WIDE
from gameday.scoring.repair_list import OpenOrder, Repair, repair_list
from gameday_fakes.ledger import Entry, Ledger

#: How many deals are judged at a time.
AT_ONCE = 200
TWICE = "deal twice in the CRM"
_KEY = attrgetter("key")
_HISTORY = History()


class Finding(msgspec.Struct, frozen=True):
    """One deal, or one order without a deal, on which the exports disagree.

    ``problem`` is that of ``repair``, or TWICE. ``crm`` and ``erp`` are the records that it is about, as JSON;
    ``deals`` and ``orders`` are the same as ledger entries.
    """

    problem: str
    repair: Repair
    crm: tuple[bytes, ...]
    erp: tuple[bytes, ...]
    deals: tuple[Entry, ...] = ()
    orders: tuple[Entry, ...] = ()


class Judge:
    """Judges sorted documents. ``dead_letters`` are what the stack has parked, as in a run."""

    def __init__(self, terms: Terms, crm: Documents, erp: Documents, dead_letters: Iterable[DeadLetter] = ()) -> None:
        self._terms, self._crm, self._erp = terms, crm, erp
        self._letters: dict[str, list[DeadLetter]] = {}
        for letter in dead_letters:
            self._letters.setdefault(letter.order, []).append(letter)
        self._states = {
            side: states_of(terms.contract, (*terms.fields, *terms.invoice_fields), side) for side in ("crm", "erp")
        }

    def findings(
        self, deals: Iterable[Stored], orders: Iterable[Stored], count: Callable[[str, Entry], None] | None = None
    ) -> Iterator[Finding]:
        """The findings in the order of the ids. ``count`` is given each entry with its side."""
        batch = _Batch()
        for key, ours, theirs in _by_key(deals, orders):
            group = self._group(key, ours, theirs)
            if count is not None:
                for side, entries in (("crm", group.deals), ("erp", group.orders)):
                    for entry in entries:
                        count(side, entry)
            if batch.groups and not batch.has_place_for(group):
                yield from self._judged(batch)
                batch = _Batch()
            batch.add(group)
        if batch.groups:
            yield from self._judged(batch)

    def _group(self, key: str, ours: Sequence[Stored], theirs: Sequence[Stored]) -> _Group:
        # In the order of their contents, so that it does not matter in which order an export has them.
        ours, theirs = sorted(ours), sorted(theirs)
        orders = self._named([self._shown(self._erp.entry(stored)) for stored in theirs])
        deals = [
            msgspec.structs.replace(self._shown(self._crm.entry(stored)), id=key, keys={"Id": key}) for stored in ours
        ]
        accounts = {deal.customer: self._crm.account(stored) for deal, stored in zip(deals, ours, strict=True)}
        return _Group(key, deals, orders, ours, theirs, accounts)

    def _named(self, orders: Sequence[Entry]) -> list[Entry]:
        """The orders of one deal, each with an id of its own: one without a number is known by the deal it names."""
        match = self._terms.contract.match
        names = own_names([order.id or f"of {order.keys.get(match) or 'no deal'}" for order in orders], "")
        return [msgspec.structs.replace(order, id=name) for order, name in zip(orders, names, strict=True)]

    def _shown(self, entry: Entry) -> Entry:
        """The entry as far as it is compared."""
        invoices = entry.invoices if self._terms.invoices else ()
        if not self._terms.invoice_lines:
            invoices = tuple(msgspec.structs.replace(invoice, lines=()) for invoice in invoices)
        return msgspec.structs.replace(entry, lines=entry.lines if self._terms.lines else (), invoices=invoices)

    def _judged(self, batch: _Batch) -> Iterator[Finding]:
        rows: dict[int, list[Repair]] = {}
        for row in repair_list(self._case(batch)):
            place = batch.of_deal[row.deal] if row.deal else batch.of_order[row.orders[0].id]
            rows.setdefault(place, []).append(row)
        for place, group in enumerate(batch.groups):
            twice = _twice(group)
            found = sorted(rows.get(place, ()), key=lambda row: [order.id for order in row.orders])
            for problem, row in [*([(TWICE, twice)] if twice else []), *((row.problem, row) for row in found)]:
                yield Finding(
                    problem,
                    msgspec.structs.replace(row, crm=self._in_crm(row, group), erp=self._in_erp(row, group)),
                    tuple(stored.data for stored in group.ours),
                    tuple(stored.data for stored in group.theirs),
                    tuple(group.deals),
                    tuple(group.orders),
                )

    def _in_crm(self, row: Repair, group: _Group) -> str:
        """What the CRM's export says, in words."""
        won = [deal for deal in group.deals if deal.state == "won"] or group.deals
        return "; ".join(f"{deal.state}, {self._words(deal)}" for deal in won) or row.crm

    def _in_erp(self, row: Repair, group: _Group) -> str:
        live = [
            f"order {order.id} of {self._words(order)}"
            + "".join(f", invoice {i.id} of {i.total} {i.currency}".rstrip() for i in order.invoices if i.is_open)
            for order in group.orders
            if order.state == "open"
        ]
        return "; ".join(live) or row.erp

    def _words(self, entry: Entry) -> str:
        lines = f", {len(entry.lines)} line{'' if len(entry.lines) == 1 else 's'}" if self._terms.lines else ""
        return f"{entry.total} {entry.currency}".rstrip() + lines

    def _case(self, batch: _Batch) -> Case:
        contract = self._terms.contract
        named = [order.customer for order in batch.orders]
        named += [invoice.customer for order in batch.orders for invoice in order.invoices]
        customers = {customer: {contract.customer_match: customer} for customer in named}
        return Case(
            scenario=Scenario("reconcile", Flow("crm", "erp", contract.name)),
            contract=contract,
            history=_HISTORY,
            crm=Ledger("crm", 0.0, tuple(batch.deals), batch.accounts, self._states["crm"]),
            erp=Ledger(
                *("erp", 0.0, tuple(batch.orders)),
                customers=customers if contract.customer_match else {},
                states=self._states["erp"],
                new_customers=(),
            ),
            match=contract.match,
            by_letter=True,
            dead_letters=tuple(letter for deal in batch.deals for letter in self._letters.get(deal.id, ())),
        )


class _Group(NamedTuple):
    """All documents of one deal; ``ours`` and ``theirs`` are the records of ``deals`` and ``orders``."""

    key: str
    deals: list[Entry]
    orders: list[Entry]
    ours: list[Stored]
    theirs: list[Stored]
    accounts: dict[str, dict[str, str]]

    @property
    def deal(self) -> Entry | None:
        """The deal to compare: the first that is won, else the first."""
        return next((deal for deal in self.deals if deal.state == "won"), next(iter(self.deals), None))


class _Batch:
    """Some deals with their orders; no two orders have one id, and an account has one set of fields."""

    def __init__(self) -> None:
        self.groups: list[_Group] = []
        self.deals: list[Entry] = []
        self.orders: list[Entry] = []
        self.accounts: dict[str, dict[str, str]] = {}
        #: The place of the group of each deal, and of each order.
        self.of_deal: dict[str, int] = {}
        self.of_order: dict[str, int] = {}

    def has_place_for(self, group: _Group) -> bool:
        """Whether a group can be judged together with those that are here."""
        if len(self.groups) >= AT_ONCE or any(order.id in self.of_order for order in group.orders):
            return False
        return all(self.accounts.get(account, fields) == fields for account, fields in group.accounts.items())

    def add(self, group: _Group) -> None:
        """Add a group."""
        place = len(self.groups)
        self.groups.append(group)
        self.deals += [group.deal] if group.deal is not None else []
        self.orders += group.orders
        self.accounts.update(group.accounts)
        self.of_order.update(dict.fromkeys([order.id for order in group.orders], place))
        if group.deal is not None:
            self.of_deal[group.key] = place


def _by_key(
    deals: Iterable[Stored], orders: Iterable[Stored]
) -> Iterator[tuple[str, tuple[Stored, ...], tuple[Stored, ...]]]:
    """Each id with its documents of both sides; orders that name no deal come first, one by one."""
    ours, theirs = itertools.groupby(deals, _KEY), itertools.groupby(orders, _KEY)
    mine, other = next(ours, None), next(theirs, None)
    while mine is not None or other is not None:
        if other is not None and not other[0]:
            yield from (("", (), (stored,)) for stored in other[1])
            other = next(theirs, None)
            continue
        key = min(each[0] for each in (mine, other) if each is not None)
        # A group is read before the next one is asked for.
        sold = tuple(mine[1]) if mine is not None and mine[0] == key else ()
        booked = tuple(other[1]) if other is not None and other[0] == key else ()
        yield key, sold, booked
        mine = next(ours, None) if sold else mine
        other = next(theirs, None) if booked else other


def _twice(group: _Group) -> Repair | None:
    """What is to be said of a deal that the CRM's export has several times as won."""
    won = [deal for deal in group.deals if deal.state == "won"]
    if len(won) < 2:
        return None
    total = sum((deal.total for deal in won[1:]), NOTHING)
    return Repair(
        problem="duplicated",
        state="duplicated",
        deal=group.key,
        key="",
        amount=total,
        currency=won[0].currency,
        crm="",
        erp="no order",
        orders=tuple(OpenOrder(order.id, order.total, order.currency) for order in group.orders),
        invoices=(),
        dead_letters=(),
        differences=(),
        unreported=True,
        steps=(),
    )


class Totals:
    """Counts documents, and adds up won deals and open orders by currency."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = dict.fromkeys(("won", "void", "open", "cancelled"), 0)
        self.sums: dict[str, dict[str, Decimal]] = {"crm": {}, "erp": {}}

    def __call__(self, side: str, entry: Entry) -> None:
        """Count one entry."""
        self.add(side, entry.state, entry.currency, entry.total)

    def add(self, side: str, state: str, currency: str, total: Decimal, number: int = 1) -> None:
        """Count some documents of one state and currency, with the sum of their totals."""
        self.counts[state] += number
        if state in ("won", "open"):
            sums = self.sums[side]
            sums[currency] = WIDE.add(sums.get(currency, NOTHING), total)
