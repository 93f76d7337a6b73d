"""Reconciles the ERP's ledger with the CRM's: what became of each deal, whatever the stack says of itself.

A won deal is right with exactly one open order of equal customer, currency, total and lines and, where the contract
says so, exactly one invoice of that total. A void deal is right without an open order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal, get_args

import msgspec

from gameday.analysis.differences import NOTHING, Difference, invoice_differences, order_differences
from gameday.analysis.observations import Observations, Raised, Write, observe, once_for_each
from gameday.model.checker import Case, DeadLetter
from gameday_fakes.ledger import Entry, Invoice

EndState = Literal["ok", "late", "parked", "duplicated", "mismatched", "lost"]
END_STATES: tuple[EndState, ...] = get_args(EndState)


class OrderOutcome(msgspec.Struct, frozen=True):
    """What became of one deal by the time the books were judged.

    ``closed_s`` is when it was won, ``changed_s`` its last change, ``due_s`` when the contract wanted it to be right,
    ``ordered_s`` when it became right (None: it did not), ``late_s`` how long it was not right after it was due
    (of a duplicated or wrong order: how long it has been so). ``harmed_s`` is when the harm began. ``flagged`` says
    that an alert or a ticket named it: first by ``flagged_by`` at ``flagged_s``. ``hit``: a fault struck one of
    its requests or messages; ``touched``: that, or it was on its way while a fault stood. ``orders`` and
    ``invoices`` are ids in the ERP.
    """

    deal: str
    key: str
    amount: Decimal
    currency: str
    state: EndState
    void: bool
    closed_s: float
    changed_s: float
    due_s: float
    ordered_s: float | None
    late_s: float
    affected_s: float | None
    reported: bool
    reported_by: str
    reported_s: float | None
    hit: bool
    touched: bool
    orders: tuple[str, ...]
    invoices: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def affected(self) -> bool:
        """Whether it ended otherwise than in time and right."""
        return self.state != "ok"

    @property
    def wrong(self) -> bool:
        """Whether the books do not agree on it."""
        return self.state not in ("ok", "late")

    @property
    def unreported(self) -> bool:
        """Whether it is lost, duplicated or mismatched and nobody was told."""
        return self.state in ("duplicated", "mismatched", "lost") and not self.reported


class Total(msgspec.Struct, frozen=True):
    """What both systems hold in one currency: won deals against open orders. ``difference`` is ERP less CRM."""

    currency: str
    crm: Decimal
    erp: Decimal
    difference: Decimal


class Reconciliation(msgspec.Struct, frozen=True):
    """One outcome for each deal, in the CRM's order; the open orders that match no deal; totals by currency."""

    outcomes: tuple[OrderOutcome, ...]
    orphans: tuple[Entry, ...]
    totals: tuple[Total, ...]

    @property
    def affected(self) -> list[OrderOutcome]:
        """The deals that did not end in time and right."""
        return [outcome for outcome in self.outcomes if outcome.affected]


@once_for_each
def reconcile(case: Case) -> Reconciliation:
    """Compare the two ledgers; pure, linear, remembered for the case."""
    observed = observe(case.history)
    by_deal, orphans = _match(case)
    judge = _Judge(case, observed)
    return Reconciliation(
        tuple(judge.outcome(deal, by_deal.get(deal.id, ())) for deal in case.crm.entries), orphans, _totals(case)
    )


def parking(case: Case, observed: Observations, deal: str, *, ever: bool = False) -> Iterator[tuple[str, str]]:
    """What holds a deal with its payload and a reason: (who, reason) for each dead letter, alert and ticket.

    Signals that the stack has taken back count only with ``ever``.
    """
    for letter in _letters(case).get(deal, ()):
        if letter.payload and letter.reason.strip():
            yield "dead letter", letter.reason
    for raised in observed.named.get(deal, ()):
        signal = raised.signal
        if signal.reason.strip() and signal.context.get(deal) and (ever or raised.name not in observed.taken_back):
            yield f"{signal.source} {signal.kind}", signal.reason


@once_for_each
def _letters(case: Case) -> dict[str, list[DeadLetter]]:
    letters: dict[str, list[DeadLetter]] = {}
    for letter in case.dead_letters:
        letters.setdefault(letter.order, []).append(letter)
    return letters


def _match(case: Case) -> tuple[dict[str, list[Entry]], tuple[Entry, ...]]:
    """The ERP's entries by deal, and the open ones without a deal."""
    deals = {entry.id for entry in case.crm.entries}
    by_deal: dict[str, list[Entry]] = {}
    orphans: list[Entry] = []
    for entry in case.erp.entries:
        keys = (entry.keys.get(case.match, ""),) if case.match else entry.keys.values()
        deal = next((key for key in keys if key in deals), None)
        if deal is not None:
            by_deal.setdefault(deal, []).append(entry)
        elif entry.state == "open":
            orphans.append(entry)
    return by_deal, tuple(orphans)


def _totals(case: Case) -> tuple[Total, ...]:
    crm: dict[str, Decimal] = {}
    erp: dict[str, Decimal] = {}
    for sums, ledger, state in ((crm, case.crm, "won"), (erp, case.erp, "open")):
        for entry in ledger.entries:
            if entry.state == state:
                sums[entry.currency] = sums.get(entry.currency, NOTHING) + entry.total
    return tuple(
        Total(currency, sold, booked, booked - sold)
        for currency in sorted({*crm, *erp})
        for sold, booked in [(crm.get(currency, NOTHING), erp.get(currency, NOTHING))]
    )


class _Judge:
    """Judges one deal after the other."""

    def __init__(self, case: Case, observed: Observations) -> None:
        self._case = case
        self._observed = observed
        self._horizon_s = case.erp.time_s
        self._latency_s = case.contract.sla.latency_s
        self._windows = observed.windows

    def outcome(self, deal: Entry, entries: Sequence[Entry]) -> OrderOutcome:
        """What became of a deal, given all ERP orders that bear its id."""
        observed = self._observed
        live = [entry for entry in entries if entry.state == "open"]
        invoices = () if deal.state == "void" else tuple(i for entry in entries for i in entry.invoices)
        state, differences = self._state(deal, live, invoices)
        due_s = deal.changed_s + self._latency_s
        ordered_s = None
        if state == "ok":
            ordered_s = self._ordered_s(deal, entries, live, invoices)
            if ordered_s > due_s:
                state = "late"
        affected_s = _affected_s(state, differences, deal, live, invoices, observed.writes.get(deal.id, ()), due_s)
        late_s = 0.0
        if affected_s is not None:
            late_s = max(0.0, (self._horizon_s if ordered_s is None else ordered_s) - affected_s)
        if state in ("mismatched", "lost") and any(parking(self._case, observed, deal.id)):
            state = "parked"
        first = _first(observed.named.get(deal.id, ()))
        hit = deal.id in observed.hits
        until_s = _settled_s(state, live, ordered_s, self._horizon_s)
        return OrderOutcome(
            deal=deal.id,
            key=observed.key_of.get(deal.id, ""),
            amount=deal.total,
            currency=deal.currency,
            state=state,
            void=deal.state == "void",
            closed_s=deal.time_s,
            changed_s=deal.changed_s,
            due_s=due_s,
            ordered_s=ordered_s,
            late_s=late_s,
            affected_s=affected_s,
            reported=first is not None,
            reported_by=f"{first.signal.source} {first.signal.kind}" if first else "",
            reported_s=first.time_s if first else None,
            hit=hit,
            touched=hit or self._on_its_way(deal, entries, until_s),
            orders=tuple(entry.id for entry in live),
            invoices=tuple(invoice.id for invoice in invoices),
            differences=differences,
        )

    def _state(
        self, deal: Entry, live: Sequence[Entry], invoices: Sequence[Invoice]
    ) -> tuple[EndState, tuple[Difference, ...]]:
        """The state by the books alone, not yet asking about time or parking."""
        if deal.state == "void":
            if live:
                return "mismatched", (Difference("state", "void", "open"),)
            return "ok", ()
        if not live:
            return "lost", (Difference("orders", "1", "0"),)
        if len(live) > 1:
            return "duplicated", (Difference("orders", "1", str(len(live))),)
        if len(invoices) > 1:
            return "duplicated", (Difference("invoices", "1", str(len(invoices))),)
        differences = order_differences(deal, live[0], self._case.contract.tolerance)
        if invoices or self._case.contract.invoiced:
            differences += invoice_differences(deal, invoices, self._case.contract.tolerance)
        return ("mismatched", tuple(differences)) if differences else ("ok", ())

    def _ordered_s(
        self, deal: Entry, entries: Sequence[Entry], live: Sequence[Entry], invoices: Sequence[Invoice]
    ) -> float:
        """When a right deal became right."""
        if deal.state == "void":
            return max((entry.changed_s for entry in entries), default=deal.changed_s)
        right_s = _right_s(deal, live[0], self._observed.writes.get(deal.id, ()))
        if self._case.contract.invoiced:
            right_s = max(right_s, invoices[0].time_s)
        return right_s

    def _on_its_way(self, deal: Entry, entries: Sequence[Entry], until_s: float) -> bool:
        """Whether it was closed or changed, and not yet in the ERP as it is now, while a fault stood."""
        ways = [(deal.time_s, until_s)]
        if deal.changed_s > deal.time_s:
            arrived_s = min((entry.time_s for entry in entries), default=deal.changed_s)
            ways = [(deal.time_s, min(arrived_s, deal.changed_s)), (deal.changed_s, until_s)]
        return any(w.start_s <= end_s and w.end_s >= start_s for w in self._windows for start_s, end_s in ways)


def _commits(order: Entry, writes: Sequence[Write]) -> list[Write]:
    """The writes that changed an order."""
    return [write for write in writes if write.f == "order_write" and write.committed and write.order == order.id]


def _since_s(total: Decimal, commits: Sequence[Write], *, equal: bool, not_before_s: float) -> float | None:
    """Since when an order's total is, or is not, this one, by its writes; None if they do not say so."""
    since_s: float | None = None
    for write in commits:
        if (write.total == total) is not equal:
            since_s = None
        elif since_s is None or since_s < not_before_s:
            since_s = write.time_s
    return since_s


def _right_s(deal: Entry, order: Entry, writes: Sequence[Write]) -> float:
    """When the order last came to hold what it holds now; not before the deal's last change.

    The ledger's own times will not do: rewriting a right order with the same content does not make it late.
    """
    commits = _commits(order, writes)
    if not commits:
        return order.time_s if deal.changed_s <= order.time_s else max(order.changed_s, deal.changed_s)
    right_s = _since_s(order.total, commits, equal=True, not_before_s=deal.changed_s)
    return max(order.time_s if right_s is None else right_s, deal.changed_s)


def _affected_s(
    state: EndState,
    differences: Sequence[Difference],
    deal: Entry,
    live: Sequence[Entry],
    invoices: Sequence[Invoice],
    writes: Sequence[Write],
    due_s: float,
) -> float | None:
    """When the harm began: with the second posting, with the wrong one, or when what is missing was due."""
    if state == "ok":
        return None
    if state == "duplicated":
        times = [entry.time_s for entry in live] if len(live) > 1 else [invoice.time_s for invoice in invoices]
        return sorted(times)[1]
    posted_wrong = state == "mismatched" and deal.state == "won" and any(d.erp for d in differences)
    if not posted_wrong or live[0].changed_s < deal.changed_s:
        return due_s
    wrong_s = _since_s(deal.total, _commits(live[0], writes), equal=False, not_before_s=deal.changed_s)
    return min(due_s, live[0].changed_s if wrong_s is None else wrong_s)


def _settled_s(state: EndState, live: Sequence[Entry], ordered_s: float | None, horizon_s: float) -> float:
    """Until when it was on its way; a duplicated one arrived with its first order."""
    if state == "duplicated":
        return min(entry.time_s for entry in live)
    return horizon_s if ordered_s is None else ordered_s


def _first(named: Sequence[Raised]) -> Raised | None:
    return min(named, key=lambda raised: raised.index, default=None)
