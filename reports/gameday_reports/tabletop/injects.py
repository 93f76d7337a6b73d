"""The injects of a tabletop exercise: what people would have seen, heard and been asked in the real run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from gameday.analysis.reconcile import OrderOutcome
from gameday.base.counts import plural
from gameday.base.durations import words
from gameday.model.events import ErpWrite, InvoiceWrite, OrderWrite, SignalEvent
from gameday.model.history import Operation
from gameday_reports.formats import moment, money, monies
from gameday_reports.recorded import RecordedRun
from gameday_reports.tabletop.texts import ASK, EXPECT
from gameday_reports.wire import one_line

#: How many different errors and signals become injects; more would only repeat the first ones.
MOST_ERRORS, MOST_SIGNALS = 4, 6
#: How many characters of a text and how many deals an inject quotes.
LONGEST, MOST_DEALS = 700, 8
#: How long after a deal was affected sales asks for it, and finance for the day's total (scenario seconds).
SALES_S, FINANCE_S = 120.0, 240.0


class Inject(msgspec.Struct, frozen=True):
    """A message that the players get at a scenario second.

    ``lines`` are the message, as a machine or a person wrote it; ``truth`` is for the facilitator only; ``kind``
    decides what is asked and what a good response is.
    """

    time_s: float
    kind: str
    source: str
    title: str
    lines: tuple[str, ...]
    truth: str

    @property
    def decisions(self) -> tuple[str, ...]:
        """The questions to decide."""
        return ASK[self.kind]

    @property
    def expected(self) -> tuple[str, ...]:
        """What a good response includes."""
        return EXPECT[self.kind]


def injects(run: RecordedRun) -> tuple[Inject, ...]:
    """The injects of a run, by time."""
    unordered = [_opening(run), *_errors(run), *_signals(run), *_calls(run), _ending(run)]
    return tuple(sorted(unordered, key=lambda inject: inject.time_s))


def _opening(run: RecordedRun) -> Inject:
    flow, workload = run.scenario.flow, run.scenario.workload
    line = f"Deals are won in {flow.crm} at about {workload.per_minute:g} a minute and become orders in {flow.erp}."
    truth = "No fault is active yet. Let the players say how they would know that the flow is healthy."
    return Inject(0.0, "opening", "The facilitator", "An ordinary day", (line,), truth)


def _errors(run: RecordedRun) -> Iterator[Inject]:
    """The ERP's refusals: each kind once, when it first occurred."""
    #: The first, the time of the last, and how many.
    kinds: dict[tuple[type[ErpWrite], int | str, str], tuple[Operation[ErpWrite], float, int]] = {}
    refusals: tuple[type[ErpWrite], ...] = (OrderWrite, InvoiceWrite)
    for op in run.of(*refusals, outcome="fail"):
        key = (type(op.event), op.event.status or "", op.event.error)
        first, _, count = kinds.get(key, (op, 0.0, 0))
        kinds[key] = (first, op.time_s, count + 1)
    for (kind, status, error), (first, last_s, count) in list(kinds.items())[:MOST_ERRORS]:
        what = "invoice" if kind is InvoiceWrite else "order"
        line = f"{moment(first.time_s)} {what} of {first.event.deal or 'a deal'}: HTTP {status} {error}"
        truth = (
            f"{plural(count, 'such reply', 'such replies')} until {moment(last_s)}; "
            f"operation {first.index} of the history."
        )
        article = "an" if what[0] in "aeiou" else "a"
        yield Inject(
            first.time_s, "error", "The sync's log", f"The ERP refuses {article} {what}", _cut(run, line), truth
        )


def _signals(run: RecordedRun) -> Iterator[Inject]:
    """The alerts and tickets: each key once, when it was first raised."""
    seen: set[tuple[str, str]] = set()
    sent = {op.index: op.event.raw for op in run.of(SignalEvent)}
    for raised in run.observations.triggers:
        if raised.name in seen:
            continue
        if len(seen) == MOST_SIGNALS:
            return
        seen.add(raised.name)
        signal = raised.signal
        count, names = len(signal.orders), ", ".join(signal.orders[:MOST_DEALS])
        parts = (
            f"To: {signal.owner or 'nobody'}. Severity: {signal.severity or 'none'}.",
            signal.reason,
            f"{plural(count, 'deal')}: {names}{' ...' if count > MOST_DEALS else ''}" if count else "No deal is named.",
            "; ".join(_leaves(sent.get(raised.index))),
        )
        title = "A ticket arrives" if signal.kind == "ticket" else "An alert arrives"
        lines = tuple(line for text in parts if text for line in _cut(run, text))
        truth = f"Raised at {moment(raised.time_s)}; operation {raised.index} of the history."
        yield Inject(raised.time_s, "signal", f"{signal.source} {signal.kind}", title, lines, truth)


def _leaves(sent: object, name: str = "") -> Iterator[str]:
    """The values of a sent document as ``name: value``; of a list only the first, because the rest are similar."""
    if isinstance(sent, dict):
        for key, value in sent.items():
            yield from _leaves(value, str(key))
    elif isinstance(sent, list):
        for value in sent[:1]:
            yield from _leaves(value, name)
    elif sent not in (None, ""):
        yield f"{name}: {sent}"


def _calls(run: RecordedRun) -> Iterator[Inject]:
    """Calls from people without a dashboard: sales about the largest affected deal, finance about the totals."""
    affected = [outcome for outcome in run.affected if outcome.affected_s is not None]
    if not affected:
        return
    first_s = min(outcome.affected_s or 0.0 for outcome in affected)
    # Amounts can be compared within one currency only: that of most affected deals.
    currency = Counter(outcome.currency for outcome in affected).most_common(1)[0][0]
    largest = max((o for o in affected if o.currency == currency), key=lambda o: o.amount)
    amount = money(largest.amount, largest.currency)
    yield Inject(
        (largest.affected_s or 0.0) + SALES_S,
        "sales",
        "A call from sales",
        "Where is my order?",
        (f"My customer signed deal {largest.deal} for {amount} and has not received a confirmation.",),
        f"At the end of the run it was {largest.state}"
        + (f", {words(largest.late_s)} overdue." if largest.late_s else "."),
    )
    yield Inject(
        first_s + FINANCE_S,
        "finance",
        "A call from finance",
        "Can we report today's bookings?",
        ("We close the day in an hour. Do the totals of ERP and CRM agree in every currency?",),
        f"{plural(len(affected), 'affected deal')} in the run, worth {monies(_sums(affected))}.",
    )


def _sums(affected: Sequence[OrderOutcome]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for outcome in affected:
        sums[outcome.currency] = sums.get(outcome.currency, Decimal(0)) + outcome.amount
    return dict(sorted(sums.items()))


def _ending(run: RecordedRun) -> Inject:
    recovery_s = run.observations.recovery_s
    healed_s = run.scenario.healed_s if recovery_s is None else recovery_s
    line = "Resolved. The service is back to normal. We apologise for any inconvenience."
    states = Counter("correct" if outcome.state == "ok" else outcome.state for outcome in run.reconciliation.outcomes)
    truth = "At the end of the run: " + ", ".join(f"{count} {state}" for state, count in sorted(states.items())) + "."
    return Inject(healed_s, "ending", "A status page", "The cause is fixed", (line,), truth)


def _cut(run: RecordedRun, text: str) -> tuple[str, ...]:
    """A quoted text: on one line, with names masked, and shortened."""
    shown = one_line(run.shown(text))
    return (shown if len(shown) <= LONGEST else f"{shown[:LONGEST]} [...]",)
