"""Runs as coordinates on a plane of 100 by 100, y counted from the top; the macros of the templates draw them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from gameday_reports.dashboard.arithmetic import on_log_axis, spread_out, swarm, wilson
from gameday_reports.dashboard.summaries import RunSummary
from gameday_reports.formats import points, share, span

#: The minimum distance of neighbouring marks, in per cent of the width.
_GAP = 2.6
#: The ends of the scale, so that a mark at an end is not cut off.
_LEFT, _RIGHT = 2.5, 97.5
#: On a lane, values below the scale are left of it and values that never came are right of it.
_AT_ONCE, _SCALE_LEFT, _SCALE_RIGHT, _NEVER = 1.5, 18.0, 83.0, 88.5
_SWARM_WIDTH, _SWARM_LEVELS = 1.5, 5


class Span(NamedTuple):
    """The time span that all small charts share, so that they can be compared."""

    start: datetime
    end: datetime

    def place(self, at: datetime) -> float:
        """The place of a moment, 0 to 100."""
        whole = (self.end - self.start).total_seconds()
        return 100 * (at - self.start).total_seconds() / whole if whole else 50.0

    @property
    def labels(self) -> tuple[str, str]:
        """The two ends: as days, or as times if they are on the same day; a single moment is one day."""
        if self.start == self.end:
            return day(self.start), ""
        if self.start.date() == self.end.date():
            return f"{self.start.day} {self.start:%b %Y, %H:%M}", f"{self.end:%H:%M} UTC"
        return day(self.start), day(self.end)


def day(at: datetime) -> str:
    """``9 Mar 2026``."""
    return f"{at.day} {at:%b %Y}"


def history(runs: Sequence[RunSummary], over: Span) -> dict[str, Any]:
    """Both scores of every run over time, and its result below; runs of the same moment are side by side."""
    places = spread_out([over.place(run.started) for run in runs], _GAP)
    marks = [
        {
            "x": round(_LEFT + x * (_RIGHT - _LEFT) / 100, 2),
            "word": run.word,
            "detection": round(100 - run.detection, 1) if run.decided and run.detection is not None else None,
            "recovery": round(100 - run.recovery, 1) if run.decided and run.recovery is not None else None,
            "title": f"{day(run.started)} {run.started:%H:%M}, seed {run.seed}: {run.word}{_scores(run)}",
        }
        for x, run in zip(places, runs, strict=True)
    ]
    return {
        "marks": marks,
        "labels": over.labels,
        "tally": tally(runs),
        "last": runs[-1] if runs else None,
        "words": _history_words(runs),
    }


def _history_words(runs: Sequence[RunSummary]) -> str:
    if not runs:
        return "No comparable run."
    decided, last = [run for run in runs if run.decided], runs[-1]
    detections = [run.detection for run in decided if run.detection is not None]
    recoveries = [run.recovery for run in decided if run.recovery is not None]
    latest = f"{points(last.detection)} and {points(last.recovery)}" if last.decided else last.word
    return (
        f"{tally(runs)}. Detection {_range(detections)}{_no_impact(decided)}; recovery {_range(recoveries)}; "
        f"the latest run: {latest}."
    )


def _scores(run: RunSummary) -> str:
    """The scores of a run that passed or failed, for its mark."""
    if not run.decided:
        return ""
    detection = "no impact" if run.no_impact else points(run.detection)
    return f"; detection {detection}, recovery {points(run.recovery)}"


def _no_impact(runs: Sequence[RunSummary]) -> str:
    number = sum(run.no_impact for run in runs)
    return f" ({number} without impact)" if number else ""


def _range(values: Sequence[float]) -> str:
    if not values:
        return "not scored"
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def tally(runs: Sequence[RunSummary]) -> str:
    """``4 of 5 passed``."""
    return f"{sum(run.word == 'passed' for run in runs):,} of {len(runs):,} passed"


def rate(runs: Sequence[RunSummary]) -> dict[str, Any]:
    """The share of runs that did not pass, failed or inconclusive, with Wilson's 95% interval."""
    failed = sum(run.word == "failed" for run in runs)
    inconclusive = sum(run.word == "inconclusive" for run in runs)
    not_passed, of = failed + inconclusive, len(runs)
    low, high = wilson(not_passed, of)
    return {
        "of": of,
        "not_passed": not_passed,
        "failed": failed,
        "inconclusive": inconclusive,
        "share": share(not_passed, of),
        "low": round(100 * low, 1),
        "high": round(100 * high, 1),
        "x": round(100 * not_passed / of, 2) if of else None,
    }


class Axis(NamedTuple):
    """A logarithmic scale: its ends, its ticks with their labels, and the labels left and right of it."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    at_once: str
    never: str

    def place(self, value: float) -> float:
        """The place of a value on a lane; values below the scale are left of it."""
        if value < self.low:
            return _AT_ONCE
        return round(_SCALE_LEFT + on_log_axis(value, self.low, self.high) * (_SCALE_RIGHT - _SCALE_LEFT) / 100, 2)

    @property
    def shape(self) -> dict[str, Any]:
        """The values from which the axis is drawn."""
        labels = [{"x": self.place(value), "label": label} for value, label in self.ticks]
        return {"ticks": labels, "at_once": self.at_once, "never": self.never}


_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
DETECT = Axis(
    10.0,
    _HOUR,
    ((10.0, "10 s"), (_MINUTE, "1 min"), (5 * _MINUTE, "5 min"), (_HOUR / 4, "15 min"), (_HOUR, "1 h")),
    "before",
    "never",
)
REPAIR = Axis(
    10.0,
    _DAY,
    ((10.0, "10 s"), (_MINUTE, "1 min"), (10 * _MINUTE, "10 min"), (_HOUR, "1 h"), (6 * _HOUR, "6 h"), (_DAY, "24 h")),
    "at once",
    "never",
)
INTERVENTIONS = Axis(1.0, 1000.0, ((1.0, "1"), (10.0, "10"), (100.0, "100"), (1000.0, "1,000")), "none", "")


def lane(values: Iterable[float | None], axis: Axis, *, target: float | None = None) -> dict[str, Any]:
    """A mark for each value, moved so that none hides another; None is a value that never came."""
    known = list(values)
    places = [_NEVER if value is None else axis.place(value) for value in known]
    placed = swarm(places, _SWARM_WIDTH, _SWARM_LEVELS)
    return {
        "marks": [
            {"x": x, "level": level, "never": value is None, "over": value is not None and _over(value, target)}
            for value, (x, level) in zip(known, placed, strict=True)
        ],
        "target": None if target is None else axis.place(target),
    }


def _over(value: float, target: float | None) -> bool:
    return target is not None and value > target


def extent(values: Sequence[float | None], *, never: str = "never") -> str:
    """The shortest and the longest span, and how many never came: ``26 s to 4 min, 1 never``."""
    known = sorted(value for value in values if value is not None)
    parts = []
    if known and known[-1] < 0:
        parts.append(f"{_from_to(-known[-1], -known[0])} before")
    elif known:
        parts.append(_from_to(known[0], known[-1]))
    if missing := len(values) - len(known):
        parts.append(f"{missing:,} {never}")
    return ", ".join(parts) or "none"


def _from_to(low_s: float, high_s: float) -> str:
    low, high = span(low_s), span(high_s)
    return low if low == high else f"{low} to {high}"
