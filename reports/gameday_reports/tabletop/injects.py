"""The injects of a table-top exercise: what the people of the real run would have seen, heard and been asked, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from gameday.durations import words
from gameday_reports.formats import money, monies, moment, plural
from gameday_reports.recorded import RecordedRun
from gameday_reports.wire import one_line

#: How many different errors and signals become injects of their own; more would only repeat themselves.
MOST_ERRORS, MOST_SIGNALS = 4, 6
#: How much of a text from the wire is handed out.
LONGEST = 700
#: How long after its harm a salesperson asks for a deal, and finance for the day's total (scenario seconds).
SALES_S, FINANCE_S = 120.0, 240.0


class Inject(msgspec.Struct, frozen=True):
    """One thing that is handed to the players at a scenario second.

    ``lines`` is what they get, as a machine or a person said it; ``truth`` is for the facilitator only; ``decisions``
    are the questions to be decided; ``expected`` is what a good table does.
    """

    time_s: float
    source: str
    title: str
    lines: tuple[str, ...]
    truth: str
    decisions: tuple[str, ...]
    expected: tuple[str, ...]


def injects(run: RecordedRun) -> tuple[Inject, ...]:
    """The injects of a run, in the order of their times."""
    found = [_opening(run), *_errors(run), *_signals(run), *_calls(run), _ending(run)]
    return tuple(sorted(found, key=lambda inject: inject.time_s))


def _opening(run: RecordedRun) -> Inject:
    scenario = run.scenario
    flow, workload = scenario.flow, scenario.workload
    return Inject(
        0.0,
        "The facilitator",
        "An ordinary day",
        (f"Deals are won in {flow.crm} at about {workload.per_minute:g} a minute and become orders in {flow.erp}.",),
        "Nothing is injected yet. Let the table say how it would know that all is well.",
        ("How do you know, right now, that every deal of this morning is in the ERP?", "Who is on call?"),
        ("Names a figure and where it is read, not a feeling.", "Names the owner of the flow."),
    )


def _errors(run: RecordedRun) -> Iterator[Inject]:
    """The ERP's refusals, each kind once, when it was first seen."""
    kinds: dict[tuple[str, str, str], list[Any]] = {}
    for op in run.of("order_write", "invoice_write", outcome="fail"):
        kinds.setdefault((op.f, str(op.value.get("status", "")), str(op.value.get("error", ""))), []).append(op)
    for (f, status, error), ops in list(kinds.items())[:MOST_ERRORS]:
        first = ops[0]
        deal = str(first.value.get("deal") or "a deal")
        what = "invoice" if f == "invoice_write" else "order"
        yield Inject(
            first.time_s,
            "The sync's log",
            f"The ERP refuses an {what}",
            _cut(run, f"{moment(first.time_s)} {what} of {deal}: HTTP {status} {error}"),
            f"{plural(len(ops), 'such answer')} until {moment(ops[-1].time_s)}; operation {first.index} of the history.",
            ("Is it for ever or for now, and how do you find out?", "Do you let the sync go on trying?"),
            (
                "Looks at the whole answer before it acts.",
                "Asks whether other deals pass.",
                "Does not retry without a key.",
            ),
        )


def _signals(run: RecordedRun) -> Iterator[Inject]:
    """The alerts and tickets, each key when it was first raised, with what it said."""
    seen: set[tuple[str, str]] = set()
    for raised in run.observations.triggers:
        signal = raised.signal
        if raised.name in seen:
            continue
        if len(seen) == MOST_SIGNALS:
            return
        seen.add(raised.name)
        named = (
            f"{plural(len(signal.orders), 'deal')}: {', '.join(signal.orders[:8])}"
            if signal.orders
            else "no deal named"
        )
        yield Inject(
            raised.time_s,
            f"{signal.source} {signal.kind}",
            f"A {signal.kind} arrives" if signal.kind == "ticket" else "An alert arrives",
            (
                *_cut(run, f"To: {signal.owner or 'nobody'}   Severity: {signal.severity or 'none'}"),
                *_cut(run, signal.reason or signal.text),
                *_cut(run, named),
            ),
            f"Raised at {moment(raised.time_s)}; operation {raised.index} of the history.",
            (
                "Who takes it, and what is said to whom?",
                "What is missing in it that you need before you act?",
                "Do you page anybody else?",
            ),
            (
                "One person takes it and says so.",
                "Tells the owner of the flow.",
                "Asks how many deals and how much money, not only why.",
            ),
        )


def _calls(run: RecordedRun) -> Iterator[Inject]:
    """What people ask who have no dashboard: a salesperson for the largest harmed deal, finance for the totals."""
    harmed = [outcome for outcome in run.harmed if outcome.harmed_s is not None]
    if not harmed:
        return
    first_s = min(outcome.harmed_s for outcome in harmed if outcome.harmed_s is not None)
    by_currency: dict[str, Any] = {}
    for outcome in harmed:
        known = by_currency.get(outcome.currency)
        if known is None or outcome.amount > known.amount:
            by_currency[outcome.currency] = outcome
    largest = max(by_currency.values(), key=lambda o: sum(each.currency == o.currency for each in harmed))
    yield Inject(
        (largest.harmed_s or first_s) + SALES_S,
        "A call from sales",
        "Where is my order?",
        (
            f"My customer signed deal {largest.deal} over {money(largest.amount, largest.currency)} and has no confirmation.",
        ),
        f"At the end it was {largest.state}" + (f", {words(largest.late_s)} late." if largest.late_s else "."),
        ("What do you answer, and when will you call back?", "Do you enter the order by hand?"),
        ("Does not promise what it does not know.", "Does not enter it by hand while the sync may still do so."),
    )
    totals: Mapping[str, Any] = _sums(harmed)
    yield Inject(
        first_s + FINANCE_S,
        "A call from finance",
        "Can we report today's bookings?",
        ("We close the day in an hour. Are the totals in the ERP those of the CRM, in every currency?",),
        f"{plural(len(harmed), 'deal')} were harmed in the run, together {monies(totals)}.",
        ("What do you know, what do you not know, and who decides?", "How would you compare both systems?"),
        ("Says what it does not know.", "Names a comparison of both ledgers, by currency."),
    )


def _sums(harmed: list[Any]) -> dict[str, Any]:
    sums: dict[str, Any] = {}
    for outcome in harmed:
        sums[outcome.currency] = sums.get(outcome.currency, 0) + outcome.amount
    return dict(sorted(sums.items()))


def _ending(run: RecordedRun) -> Inject:
    recovery_s = run.observations.recovery_s
    healed_s = run.scenario.healed_s if recovery_s is None else recovery_s
    return Inject(
        healed_s,
        "A status page",
        "The cause is gone",
        ("Resolved. The service is back to normal. We apologise for any inconvenience.",),
        _ends(run),
        (
            "How do you know that it is over for you too?",
            "What has to be mended by hand, who says so, who does it?",
            "Whom do you tell?",
        ),
        (
            "Compares both ledgers before it closes the incident.",
            "Has a list of deals, not a count.",
            "Names the next step with an owner and a date.",
        ),
    )


def _ends(run: RecordedRun) -> str:
    states: dict[str, int] = {}
    for outcome in run.reconciliation.outcomes:
        states[outcome.state] = states.get(outcome.state, 0) + 1
    return "In the run, by the end: " + ", ".join(f"{count} {state}" for state, count in sorted(states.items())) + "."


def _cut(run: RecordedRun, text: str) -> tuple[str, ...]:
    """A text from the wire as it is handed out: on one line, with names masked, and not too long."""
    shown = one_line(run.shown(text))
    return (shown if len(shown) <= LONGEST else f"{shown[:LONGEST]} [...]",)
