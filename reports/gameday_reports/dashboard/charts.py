"""Trials as places on a plane of 100 by 100, y counted from the top; the macros of the templates draw them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from gameday_reports.dashboard.arithmetic import on_log_axis, spread_out, swarm, wilson
from gameday_reports.dashboard.runs import RunSummary
from gameday_reports.formats import points, share, span

#: Marks of neighbouring trials are at least so far apart, in per cent of the width.
_GAP = 2.6
#: The plane's scale stands between these, so that a mark at its end is whole.
_LEFT, _RIGHT = 2.5, 97.5
#: On a lane, left of the scale stands what came at once, right of it what never came.
_AT_ONCE, _SCALE_LEFT, _SCALE_RIGHT, _NEVER = 1.5, 18.0, 83.0, 88.5
_SWARM_WIDTH, _SWARM_LEVELS = 1.5, 5


class Span(NamedTuple):
    """The time that all small charts share, so that they can be read against each other."""

    start: datetime
    end: datetime

    def place(self, at: datetime) -> float:
        """Where a moment stands, 0 to 100."""
        whole = (self.end - self.start).total_seconds()
        return 100 * (at - self.start).total_seconds() / whole if whole else 50.0

    @property
    def labels(self) -> tuple[str, str]:
        """The two ends, as days if there is more than one, else as times of that day; one moment by itself as a day."""
        if self.start == self.end:
            return day(self.start), ""
        if self.start.date() == self.end.date():
            return f"{self.start.day} {self.start:%b %Y, %H:%M}", f"{self.end:%H:%M} UTC"
        return day(self.start), day(self.end)


def day(at: datetime) -> str:
    """``9 Mar 2026``."""
    return f"{at.day} {at:%b %Y}"


def history(runs: Sequence[RunSummary], over: Span) -> dict[str, Any]:
    """Both scores of every trial over time, and its verdict below; trials of one moment stand beside each other."""
    places = spread_out([over.place(run.started) for run in runs], _GAP)
    marks = [
        {
            "x": round(_LEFT + x * (_RIGHT - _LEFT) / 100, 2),
            "word": run.word,
            "detection": None if run.detection is None else round(100 - run.detection, 1),
            "recovery": None if run.recovery is None else round(100 - run.recovery, 1),
            "title": f"{day(run.started)} {run.started:%H:%M}, seed {run.seed}: {run.word}; "
            f"detection {'absorbed' if run.no_impact else points(run.detection)}, "
            f"recovery {points(run.recovery)}",
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
        return "No comparable trial."
    detections = [t.detection for t in runs if t.detection is not None]
    recoveries = [t.recovery for t in runs if t.recovery is not None]
    return (
        f"{tally(runs)}. Detection {_range(detections)}{_absorbed(runs)}; recovery {_range(recoveries)}; "
        f"the last trial: {points(runs[-1].detection)} and {points(runs[-1].recovery)}."
    )


def _absorbed(runs: Sequence[RunSummary]) -> str:
    number = sum(run.no_impact for run in runs)
    return f" ({number} absorbed)" if number else ""


def _range(values: Sequence[float]) -> str:
    if not values:
        return "not scored"
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def tally(runs: Sequence[RunSummary]) -> str:
    """``4 of 5 passed``."""
    return f"{sum(run.word == 'passed' for run in runs):,} of {len(runs):,} passed"


def rate(runs: Sequence[RunSummary]) -> dict[str, Any]:
    """The share of trials that were not shown to hold, with Wilson's 95% interval; unknown is no pass."""
    failed = sum(run.word == "failed" for run in runs)
    inconclusive = sum(run.word == "inconclusive" for run in runs)
    bad, of = failed + inconclusive, len(runs)
    low, high = wilson(bad, of)
    return {
        "of": of,
        "not_passed": bad,
        "failed": failed,
        "inconclusive": inconclusive,
        "share": share(bad, of),
        "low": round(100 * low, 1),
        "high": round(100 * high, 1),
        "x": round(100 * bad / of, 2) if of else None,
    }


class Axis(NamedTuple):
    """A logarithmic scale: its ends and ticks with their labels, and what stands left and right of it."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    at_once: str
    never: str

    def place(self, value: float) -> float:
        """Where a value stands on a lane; what is below the scale stands left of it."""
        if value < self.low:
            return _AT_ONCE
        return round(_SCALE_LEFT + on_log_axis(value, self.low, self.high) * (_SCALE_RIGHT - _SCALE_LEFT) / 100, 2)

    @property
    def shape(self) -> dict[str, Any]:
        """What the axis is drawn from."""
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
    """A mark for each value, those that would hide each other beside and above each other; None never came."""
    known = list(values)
    places = [_NEVER if value is None else axis.place(value) for value in known]
    stalled = swarm(places, _SWARM_WIDTH, _SWARM_LEVELS)
    return {
        "marks": [
            {"x": x, "level": level, "never": value is None, "over": value is not None and _over(value, target)}
            for value, (x, level) in zip(known, stalled, strict=True)
        ],
        "target": None if target is None else axis.place(target),
    }


def _over(value: float, target: float | None) -> bool:
    return target is not None and value > target


def extent(values: Sequence[float | None], *, never: str = "never") -> str:
    """The shortest and the longest, and how many never came: ``26 s to 4 min, 1 never``."""
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
