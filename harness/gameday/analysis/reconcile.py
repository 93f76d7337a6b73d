"""Reconciles the ERP's ledger with the CRM's: what became of each deal. What the stack reports plays no part.

A won deal is reconciled if it has exactly one open order that agrees with it and, if the contract says so, exactly one
open invoice that does (``gameday.analysis.differences``). A void deal is reconciled if it has neither.
``state_by_ledgers`` decides between ok, lost, duplicated and mismatched.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, get_args

import msgspec

from gameday.analysis.billed import billed
from gameday.analysis.differences import Comparison, Difference, NotCompared
from gameday.analysis.line_pairs import NOTHING
from gameday.analysis.observations import Observations, observe
from gameday.analysis.once import once_for_each
from gameday.analysis.order_times import Documents, affected_s, agreed_s, arrived_s, broken
from gameday.analysis.pending import CREDITED, is_pending
from gameday.analysis.reports import Reports
from gameday.analysis.strays import Stray, strays
from gameday.model.checker import Case
from gameday_fakes.ledger import Entry, Invoice
from gameday_fakes.manifests import known_id

EndState = Literal["ok", "late", "parked", "duplicated", "mismatched", "lost"]
END_STATES: tuple[EndState, ...] = get_args(EndState)


class OrderOutcome(msgspec.Struct, frozen=True, gc=False):
    """What became of one deal by the end of the run. Times are scenario seconds.

    ``closed_s`` is when it was won, ``changed_s`` its last change, ``due_s`` when the contract wants it in the ERP,
    ``ordered_s`` when the ERP came to agree (None: it does not), ``late_s`` how long it took after it was due (of a
    duplicated or mismatched order: how long it has been so). ``affected_s`` is since when it was affected.
    ``reported`` says that an affected deal was reported, as gameday.analysis.reports defines it: first ``reported_by``
    at ``reported_s``. ``hit``: a fault affected one of its requests or messages; ``touched``: that, or it was on its
    way while a fault was active. ``orders`` and ``invoices`` are the ids of the open ones in the ERP. ``at_limit``: it
    came after its due time, within the margin. ``pending``: its one order lacks only its invoice, all its lines, or the
    deal's last change. ``arrived_s`` is ``ordered_s``; of a duplicated deal when its first order was there, and of one
    that was right when it was due, and broken later, when it first was right. ``broken`` is from when to when it was
    right, each time until a write broke it that a fault had held back.
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
    at_limit: bool = False
    pending: bool = False
    arrived_s: float | None = None
    broken: tuple[tuple[float, float], ...] = ()

    @property
    def affected(self) -> bool:
        """Whether it is late, parked, lost, duplicated or mismatched."""
        return self.state != "ok"

    def affected_before(self, moment_s: float, margin_s: float) -> bool:
        """Whether it was affected before a moment; what was only due by then had the margin left."""
        if self.affected_s is None:
            return False
        return self.affected_s + (margin_s if self.affected_s == self.due_s else 0.0) < moment_s

    @property
    def unreconciled(self) -> bool:
        """Whether the ledgers disagree on it at the end."""
        return self.state not in ("ok", "late")

    @property
    def unreported(self) -> bool:
        """Whether it is lost, duplicated or mismatched and no open and precise signal reports it."""
        return self.state in ("duplicated", "mismatched", "lost") and not self.reported


class Total(msgspec.Struct, frozen=True):
    """What both systems hold in one currency: won deals against open orders. ``difference`` is ERP minus CRM."""

    currency: str
    crm: Decimal
    erp: Decimal
    difference: Decimal


class Reconciliation(msgspec.Struct, frozen=True):
    """One outcome for each deal, in the CRM's order; the orders without a deal that are open, or have an open invoice;
    totals by currency.

    ``not_compared`` are the fields of order and invoice that were not compared. ``strays`` are what else the sync left
    in the ERP.
    """

    outcomes: tuple[OrderOutcome, ...]
    orphans: tuple[Entry, ...]
    totals: tuple[Total, ...]
    not_compared: tuple[NotCompared, ...] = ()
    strays: tuple[Stray, ...] = ()

    @property
    def affected(self) -> list[OrderOutcome]:
        """The deals that are late, parked, lost, duplicated or mismatched."""
        return [outcome for outcome in self.outcomes if outcome.affected]


@once_for_each
def reconcile(case: Case) -> Reconciliation:
    """Compare the two ledgers; pure, linear, remembered for the case."""
    observed = observe(case.history)
    by_deal, orphans = _match(case)
    reconciler = _Reconciler(case, observed)
    outcomes = [reconciler.outcome(deal, by_deal.get(deal.id, ())) for deal in case.crm.entries]
    reports = Reports(case, outcomes)
    reported = tuple(_with_report(outcome, reports) for outcome in outcomes)
    left = strays(case.contract, case.crm, case.erp)
    return Reconciliation(reported, orphans, _totals(case), comparison(case).not_compared, left)


@once_for_each
def comparison(case: Case) -> Comparison:
    """How the documents of a case are compared; remembered for the case."""
    return Comparison(case.contract, case.crm, case.erp)


def _with_report(outcome: OrderOutcome, reports: Reports) -> OrderOutcome:
    """The outcome with what reported it, and whether it is parked."""
    if not outcome.affected:
        return outcome
    first = reports.first(outcome)
    parked = outcome.state in ("mismatched", "lost") and reports.parked(outcome)
    return msgspec.structs.replace(
        outcome,
        state="parked" if parked else outcome.state,
        reported=first is not None,
        reported_by=first.by if first else "",
        reported_s=first.time_s if first else None,
    )


def state_by_ledgers(
    deal: Entry,
    live: Sequence[Entry],
    invoices: Sequence[Invoice],
    compare: Comparison,
    *,
    invoiced: bool,
    over_credited: Sequence[Invoice] = (),
) -> tuple[EndState, tuple[Difference, ...]]:
    """The state of a deal by the two ledgers alone, with the differences; time and parking are looked at later.

    ``live`` are its open orders, ``invoices`` those of all its orders that are ``billed``; ``invoiced``: it needs one.
    Of ``over_credited`` invoices more was taken back than they came to: a credit memo that was made twice.
    """
    credits = [Difference(CREDITED, f"{i.total} {i.currency}", f"{i.id}, {i.credited}") for i in over_credited]
    if deal.state == "void":
        left = [Difference("state", "void", "open")] if live else []
        left += [Difference("invoice", "void", f"{i.id}, {i.total} {i.currency}, open") for i in invoices]
        left += credits
        return ("mismatched", tuple(left)) if left else ("ok", ())
    if not live:
        return "lost", (Difference("orders", "1", "0"),)
    if len(live) > 1:
        return "duplicated", (Difference("orders", "1", str(len(live))),)
    if len(invoices) > 1:
        return "duplicated", (Difference("invoices", "1", str(len(invoices))),)
    differences = compare.order(deal, live[0])
    if invoices:
        differences += compare.invoice(deal, invoices[0])
    elif invoiced:
        differences.append(Difference("invoice", str(deal.total), ""))
    differences += credits
    return ("mismatched", tuple(differences)) if differences else ("ok", ())


def _match(case: Case) -> tuple[dict[str, list[Entry]], tuple[Entry, ...]]:
    """The ERP's entries by deal, and those without a deal that are open or have an open invoice."""
    deals = {entry.id for entry in case.crm.entries}
    others = {entry.id for entry in case.erp.others}
    match, referred = case.match, case.contract.referred
    by_deal: dict[str, list[Entry]] = {}
    orphans: list[Entry] = []
    for entry in case.erp.entries:
        if entry.id in others:
            continue
        for key in (entry.keys.get(match, ""),) if match else entry.keys.values():
            named = referred(key)
            deal = named if named in deals else "" if case.by_letter else known_id(named, deals)
            if deal:
                by_deal.setdefault(deal, []).append(entry)
                break
        else:
            if entry.is_owed:
                orphans.append(entry)
    return by_deal, tuple(orphans)


def _totals(case: Case) -> tuple[Total, ...]:
    crm: dict[str, Decimal] = {}
    erp: dict[str, Decimal] = {}
    others = {entry.id for entry in case.erp.others}
    for sums, ledger, state in ((crm, case.crm, "won"), (erp, case.erp, "open")):
        for entry in ledger.entries:
            if entry.state == state and not (ledger is case.erp and entry.id in others):
                sums[entry.currency] = sums.get(entry.currency, NOTHING) + entry.total
    return tuple(
        Total(currency, sold, booked, booked - sold)
        for currency in sorted({*crm, *erp})
        for sold, booked in [(crm.get(currency, NOTHING), erp.get(currency, NOTHING))]
    )


class _Reconciler:
    """Finds the outcome of one deal after the other."""

    def __init__(self, case: Case, observed: Observations) -> None:
        self._observed = observed
        self._horizon_s = case.erp.time_s
        self._contract = case.contract
        self._windows = observed.windows
        self._compare = comparison(case)
        self._margin_s = case.margin_s

    def outcome(self, deal: Entry, entries: Sequence[Entry]) -> OrderOutcome:
        """What became of a deal, given all ERP orders that name it."""
        live = [entry for entry in entries if entry.state == "open"]
        bills = [invoice for entry in entries for invoice in entry.invoices]
        invoices = billed(deal, bills)
        writes = self._observed.writes.get(deal.id, ())
        compare, invoiced = self._compare, self._contract.invoiced
        over = [invoice for invoice in bills if invoice.credited and compare.over_credited(invoice)]
        state, differences = state_by_ledgers(deal, live, invoices, compare, invoiced=invoiced, over_credited=over)
        due_s = deal.changed_s + self._contract.sla.latency_s
        documents = Documents(deal, entries, live, invoices, writes, invoiced)
        limit_s, ordered_s = due_s + self._margin_s, None
        if state == "ok":
            ordered_s = agreed_s(documents, due_s, limit_s)
            if ordered_s > limit_s:
                state = "late"
        since_s, late_s, there_s = None, 0.0, ordered_s
        if state != "ok":
            since_s = affected_s(state, differences, documents, due_s, limit_s, ordered_s)
            there_s = arrived_s(state, differences, documents, ordered_s, broke=(since_s or 0.0) > due_s)
        if since_s is not None:
            late_s = max(0.0, (self._horizon_s if ordered_s is None else ordered_s) - since_s)
        hit = deal.id in self._observed.hits
        until_s = there_s if state == "duplicated" else ordered_s
        until_s = self._horizon_s if until_s is None else until_s
        return OrderOutcome(
            deal=deal.id,
            key=self._observed.key_of.get(deal.id, ""),
            amount=deal.total,
            currency=deal.currency,
            state=state,
            void=deal.state == "void",
            closed_s=deal.time_s,
            changed_s=deal.changed_s,
            due_s=due_s,
            ordered_s=ordered_s,
            late_s=late_s,
            affected_s=since_s,
            reported=False,
            reported_by="",
            reported_s=None,
            hit=hit,
            touched=hit or self._on_its_way(deal, entries, until_s),
            orders=tuple([entry.id for entry in live]),
            invoices=tuple([invoice.id for invoice in invoices]),
            differences=differences,
            at_limit=state == "ok" and ordered_s is not None and ordered_s > due_s,
            pending=state == "mismatched" and is_pending(deal, live, invoices, differences),
            arrived_s=there_s,
            broken=broken(differences, documents),
        )

    def _on_its_way(self, deal: Entry, entries: Sequence[Entry], until_s: float) -> bool:
        """Whether it was closed or changed, and not yet in the ERP as it is now, while a fault was active."""
        ways = [(deal.time_s, until_s)]
        if deal.changed_s > deal.time_s:
            arrived_s = min((entry.time_s for entry in entries), default=deal.changed_s)
            ways = [(deal.time_s, min(arrived_s, deal.changed_s)), (deal.changed_s, until_s)]
        return True in [w.start_s <= end_s and w.end_s >= start_s for w in self._windows for start_s, end_s in ways]
