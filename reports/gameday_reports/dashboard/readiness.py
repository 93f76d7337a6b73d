"""The readiness checklist of a stack: what the trials can tell is computed, the rest is for people to confirm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from gameday.base.chance import size_for
from gameday_reports.dashboard.comparison import Change, Story, last_day
from gameday_reports.dashboard.failure_modes import FAILURE_MODES
from gameday_reports.dashboard.trials import Trial
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
    last = [trial for _, trials in told if trials for trial in last_day(trials)]
    return [*_practice(stack, found, told, last, now), *_outcome(stack, worse, last)]


def _practice(
    stack: str, found: Sequence[Story], told: Sequence[tuple[Story, list[Trial]]], last: Sequence[Trial], now: datetime
) -> Iterator[Item]:
    fresh = sum(any(now - trial.started <= FRESH for trial in trials) for _, trials in told)
    yield _count(f"Each scenario ran in the last {FRESH.days} days", fresh, len(told), "scenarios")
    seeds = sum(len({trial.seed for trial in trials}) >= SEEDS for _, trials in told)
    yield _count(f"Each scenario ran with {SEEDS} seeds or more", seeds, len(told), "scenarios")
    grave = {mode.number for mode in FAILURE_MODES if mode.rank >= GRAVE_RANK}
    tried = {n for story in found for t in story.all if t.stack == stack and t.word != "unknown" for n in t.modes}
    yield _count("The gravest failure modes were exercised", len(grave & tried), len(grave), f"of rank {GRAVE_RANK}")
    yield _count("Each last trial had a fault-free control", sum(t.controlled for t in last), len(last), "trials")
    most = max((trial.orders for trial in last), default=0)
    yield Item(
        f"A last trial had {ORDERS} orders or more, so that 1% silent loss would show",
        _word(most >= ORDERS, bool(last)),
        f"at most {most:,} orders",
    )


def _outcome(stack: str, worse: Sequence[Change], last: Sequence[Trial]) -> Iterator[Item]:
    of = len(last)
    regressed = sum(change.after.stack == stack for change in worse)
    yield Item("Nothing is worse than the time before", _word(not regressed, bool(of)), plural(regressed, "regression"))
    yield _count("Each last trial was valid", sum(t.word == "valid" for t in last), of, "trials")
    silent = sum(trial.silent for trial in last)
    yield Item("Nothing was lost or wrong silently", _word(not silent, bool(of)), plural(silent, "order"))
    alerts = sum(trial.false_alarms for trial in last)
    yield Item("Nobody was alerted without cause", _word(not alerts, bool(of)), plural(alerts, "false alarm"))
    harmed = [trial for trial in last if trial.harmed and trial.times is not None]
    in_time = sum(_within(t.times.detect_s, t.sla.detect_target_s) for t in harmed if t.times)
    yield _count("Alerts came within the contract's time", in_time, len(harmed), "trials with harm")
    repaired = sum(_within(t.times.repair_s, t.sla.repair_target_s) for t in harmed if t.times)
    yield _count("The books were right within the contract's time", repaired, len(harmed), "trials with harm")
    without = sum(trial.hands_per_1000 == 0 for trial in last)
    yield _count("Nobody had to step in", without, of, "trials")


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
