"""The readiness checklist of a stack: what the trials can tell is computed, the rest is for people to confirm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from gameday.base.chance import size_for
from gameday_reports.dashboard.comparison import Change, Story, last_day
from gameday_reports.dashboard.failure_modes import FAILURE_MODES
from gameday_reports.dashboard.runs import RunSummary
from gameday_reports.formats import plural

FRESH = timedelta(days=30)
SEEDS = 3
#: 1% silent loss shows in so many orders with a chance of 95%.
ORDERS = size_for(0.01)
GRAVE_RANK = 9

PEOPLE = (
    "Owner, coordinator, reporter and observers of the next game day are named.",
    "Abort conditions are agreed, and the stop was tried.",
    "Those on call, sales and finance know when it takes place.",
    "The runbook was followed by somebody who did not write it.",
    "The pager was tried outside office hours, and a person answered.",
    "Somebody can put the books right by hand if the stack cannot.",
    "What the last game day found has owners and dates.",
)


class Item(NamedTuple):
    """One line of the checklist. ``word``: met, not met, or not known; ``figure`` is what was counted."""

    text: str
    word: str
    figure: str


def checklist(stack: str, found: Sequence[Story], worse: Sequence[Change], now: datetime) -> list[Item]:
    """What the comparable trials of a stack say; the last trials of a scenario are those of its last day."""
    told = [(story, story.of(stack)) for story in found]
    last = [run for _, runs in told if runs for run in last_day(runs)]
    return [*_practice(stack, found, told, last, now), *_outcome(stack, worse, last)]


def _practice(
    stack: str,
    found: Sequence[Story],
    told: Sequence[tuple[Story, list[RunSummary]]],
    last: Sequence[RunSummary],
    now: datetime,
) -> Iterator[Item]:
    fresh = sum(any(now - run.started <= FRESH for run in runs) for _, runs in told)
    yield _count(f"Each scenario ran in the last {FRESH.days} days", fresh, len(told), "scenarios")
    seeds = sum(len({run.seed for run in runs}) >= SEEDS for _, runs in told)
    yield _count(f"Each scenario ran with {SEEDS} seeds or more", seeds, len(told), "scenarios")
    grave = {mode.number for mode in FAILURE_MODES if mode.rank >= GRAVE_RANK}
    tried = {n for story in found for t in story.all if t.stack == stack and t.word != "inconclusive" for n in t.modes}
    yield _count("The gravest failure modes were exercised", len(grave & tried), len(grave), f"of rank {GRAVE_RANK}")
    yield _count("Each last trial had a fault-free control", sum(t.controlled for t in last), len(last), "runs")
    most = max((run.orders for run in last), default=0)
    yield Item(
        f"A last trial had {ORDERS} orders or more, so that 1% silent loss would show",
        _word(most >= ORDERS, bool(last)),
        f"at most {most:,} orders",
    )


def _outcome(stack: str, worse: Sequence[Change], last: Sequence[RunSummary]) -> Iterator[Item]:
    of = len(last)
    regressed = sum(change.after.stack == stack for change in worse)
    yield Item("Nothing is worse than the time before", _word(not regressed, bool(of)), plural(regressed, "regression"))
    yield _count("Each last trial was valid", sum(t.word == "passed" for t in last), of, "runs")
    unreported = sum(run.unreported for run in last)
    yield Item("Nothing was lost or wrong silently", _word(not unreported, bool(of)), plural(unreported, "order"))
    alerts = sum(run.false_alarms for run in last)
    yield Item("Nobody was alerted without cause", _word(not alerts, bool(of)), plural(alerts, "false alarm"))
    affected = [run for run in last if run.affected and run.times is not None]
    in_time = sum(_within(t.times.detect_s, t.sla.detect_target_s) for t in affected if t.times)
    yield _count("Alerts came within the contract's time", in_time, len(affected), "trials with harm")
    repaired = sum(_within(t.times.repair_s, t.sla.repair_target_s) for t in affected if t.times)
    yield _count("The books were right within the contract's time", repaired, len(affected), "trials with harm")
    without = sum(run.interventions_per_1000 == 0 for run in last)
    yield _count("Nobody had to step in", without, of, "runs")


def _within(value_s: float | None, target_s: float) -> bool:
    return value_s is not None and value_s <= target_s


def _count(text: str, met: int, of: int, noun: str) -> Item:
    return Item(text, _word(met == of, bool(of)), f"{met:,} of {of:,} {noun}")


def _word(met: bool, known: bool) -> str:
    return ("met" if met else "not met") if known else "not known"


def counts(items: Sequence[Item]) -> dict[str, Any]:
    """How many lines are met, not met, not known."""
    words = [item.word for item in items]
    return {"met": words.count("met"), "not_met": words.count("not met"), "of": len(words)}
