"""The figures of a run that fit into one row of a table: the scores, the grade, and what no score may hide."""

from __future__ import annotations

from decimal import Decimal

from gameday.base.errors import GamedayError
from gameday.model.checker import Result
from gameday.model.rates import Amount
from gameday.scoring.rubric import Points
from gameday.scoring.run_folder import Run

MISSING = "-"
#: What each cell of ``headline`` holds. Reports use the same names.
HEADERS = ("Detection", "Recovery", "Grade", "Unreported", "Not booked", "Booked late", "Over-invoiced")


def headline(run: Run) -> tuple[str, ...]:
    """The cells of a run's row, as last judged; money is in the reporting currency.

    An inconclusive run has no figure that counts: it shows neither a loss nor that there is none.
    """
    try:
        card, (result, _) = run.scorecard(), run.verdicts()
    except GamedayError:
        return (MISSING,) * len(HEADERS)
    if result is Result.INCONCLUSIVE:
        return (MISSING,) * len(HEADERS)
    sums = (card.revenue.not_booked, card.revenue.booked_late, card.revenue.over_invoiced)
    return (
        "no impact" if card.no_impact and card.recovery.points is not None else _figure(card.detection),
        _figure(card.recovery),
        card.grade or MISSING,
        f"{card.unreported.orders:,}",
        *map(short_money, sums),
    )


def labelled(run: Run) -> list[str]:
    """The same with their names, without those that are missing: ``detection 97``."""
    figures = zip(HEADERS, headline(run), strict=True)
    return [f"{name.lower()} {figure}" for name, figure in figures if figure != MISSING]


def _figure(points: Points) -> str:
    return MISSING if points.points is None else f"{points.points:.0f}"


def short_money(amount: Amount) -> str:
    """An amount as a cell shows it, in the reporting currency: 1,234 USD, 56k USD or 7.8M USD; 0 without any."""
    if amount.amount is None:
        return f"no rate for {', '.join(amount.missing)}"
    return f"{_short(amount.amount)} {amount.currency}" if amount.amount else "0"


def _short(amount: Decimal) -> str:
    """An amount as a cell shows it: 1,234 or 56k or 7.8M."""
    for size, letter in ((10**6, "M"), (10**4, "k")):
        if abs(amount) >= size:
            return f"{amount / (size if letter == 'M' else 1000):,.{1 if letter == 'M' else 0}f}{letter}"
    return f"{amount:,.0f}"
