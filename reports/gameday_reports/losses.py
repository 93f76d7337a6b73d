"""Which runs lost money, how much, and whether anybody would know: the answers that a page for leaders opens with.

Runs of unlike scenarios, and of several stacks, are counted and ranked; their money is never added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from gameday.analysis.outage import Outage
from gameday.analysis.revenue import Revenue
from gameday.base.counts import plural
from gameday_reports.formats import reported
from gameday_reports.money import outage_amounts


class Judged(Protocol):
    """What is needed of a run; ``link`` leads to its postmortem, ``word`` is its result."""

    @property
    def scenario(self) -> str: ...
    @property
    def word(self) -> str: ...
    @property
    def link(self) -> str: ...
    @property
    def unreported(self) -> int: ...
    @property
    def revenue(self) -> Revenue | None: ...
    @property
    def outage(self) -> Outage | None: ...


class Loss(NamedTuple):
    """One run that lost money: ``here`` is how much in the run, ``eight_hours`` what an outage like it would leave."""

    scenario: str
    link: str
    here: str
    eight_hours: str
    unreported: int


class Losses(NamedTuple):
    """What some runs lost, the largest loss first, of how many scenarios that passed or failed.

    ``inconclusive`` are the scenarios that say nothing. ``headline`` and ``noticed`` are sentences,
    ``unnoticed``: some wrong order is in no alert. ``largest`` ranks the worst of them.
    """

    rows: tuple[Loss, ...]
    of: int
    inconclusive: int
    headline: str
    noticed: str
    unnoticed: bool
    largest: tuple[Decimal, Decimal]


def losses(runs: Iterable[Judged], who: str) -> Losses:
    """The losses of some runs, of each scenario the worst run; ``who`` is the stack that they are of."""
    worst: dict[str, Judged] = {}
    for run in runs:
        known = worst.get(run.scenario)
        worst[run.scenario] = run if known is None else max(known, run, key=_rank)
    decided = [run for run in worst.values() if run.word in ("passed", "failed")]
    lost = sorted((run for run in decided if _loses(run)), key=_rank, reverse=True)
    rows = tuple(_loss(run) for run in lost)
    return Losses(
        rows=rows,
        of=len(decided),
        inconclusive=len(worst) - len(decided),
        headline=_headline(who, rows, len(decided)),
        noticed=_noticed(decided, rows),
        unnoticed=any(run.unreported for run in decided),
        largest=_size(lost[0]) if lost else (Decimal(0), Decimal(0)),
    )


def _size(run: Judged) -> tuple[Decimal, Decimal]:
    """How much a run lost, to rank it: what eight hours of it would leave, then what it left itself.

    The two are never compared with each other: one is of the flow's volume, the other of the workload's.
    """
    eight_hours = run.outage.not_booked + run.outage.over_invoiced if run.outage is not None else Decimal(0)
    found = run.revenue
    amounts = (found.not_booked.amount, found.over_invoiced.amount) if found is not None else ()
    return eight_hours, sum((amount for amount in amounts if amount is not None), Decimal(0))


def _rank(run: Judged) -> tuple[bool, bool, tuple[Decimal, Decimal], int]:
    """Runs that say something first, then those that lost, the largest loss last."""
    return run.word in ("passed", "failed"), _loses(run), _size(run), run.unreported


def _loses(run: Judged) -> bool:
    """Whether money was not booked, or invoiced beyond the deals, when the ledgers were read."""
    found = run.revenue
    return found is not None and bool(found.not_booked.by_currency or found.over_invoiced.by_currency)


def _loss(run: Judged) -> Loss:
    found = run.revenue
    parts = (("not booked", found.not_booked), ("over-invoiced", found.over_invoiced)) if found else ()
    here = ", ".join(f"{reported(amount)} {name}" for name, amount in parts if amount.by_currency)
    return Loss(run.scenario, run.link, here, outage_amounts(run.outage) if run.outage else "", run.unreported)


def _headline(who: str, rows: Sequence[Loss], of: int) -> str:
    if not of:
        return f"No run shows whether {who} would lose money."
    if not rows:
        return f"{who} would lose no money in {plural(of, 'scenario')}."
    return f"{who} would lose money in {len(rows):,} of {plural(of, 'scenario')}."


def _noticed(decided: Sequence[Judged], rows: Sequence[Loss]) -> str:
    unknown = sum(run.unreported > 0 for run in decided)
    if unknown:
        return f"no: in {unknown:,} of {plural(len(decided), 'scenario')} wrong orders are in no alert and no ticket"
    if not decided:
        return "no run shows it"
    return "yes: every wrong order is in an alert or a ticket" if rows else "nothing was wrong and unreported"
