"""Trials as places on a plane of 100 by 100, y counted from the top; the macros of the templates draw them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from gameday_reports.dashboard.arithmetic import on_log_axis, spread_out, swarm, wilson
from gameday_reports.dashboard.trials import Trial
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


def history(trials: Sequence[Trial], over: Span) -> dict[str, Any]:
    """Both scores of every trial over time, and its verdict below; trials of one moment stand beside each other."""
    places = spread_out([over.place(trial.started) for trial in trials], _GAP)
    marks = [
        {
            "x": round(_LEFT + x * (_RIGHT - _LEFT) / 100, 2),
            "word": trial.word,
            "detection": None if trial.detection is None else round(100 - trial.detection, 1),
            "recovery": None if trial.recovery is None else round(100 - trial.recovery, 1),
            "title": f"{day(trial.started)} {trial.started:%H:%M}, seed {trial.seed}: {trial.word}; "
            f"detection {'absorbed' if trial.absorbed else points(trial.detection)}, "
            f"recovery {points(trial.recovery)}",
        }
        for x, trial in zip(places, trials, strict=True)
    ]
    return {
        "marks": marks,
        "labels": over.labels,
        "tally": tally(trials),
        "last": trials[-1] if trials else None,
        "words": _history_words(trials),
    }


def _history_words(trials: Sequence[Trial]) -> str:
    if not trials:
        return "No comparable trial."
    detections = [t.detection for t in trials if t.detection is not None]
    recoveries = [t.recovery for t in trials if t.recovery is not None]
    return (
        f"{tally(trials)}. Detection {_range(detections)}{_absorbed(trials)}; recovery {_range(recoveries)}; "
        f"the last trial: {points(trials[-1].detection)} and {points(trials[-1].recovery)}."
    )


def _absorbed(trials: Sequence[Trial]) -> str:
    number = sum(trial.absorbed for trial in trials)
    return f" ({number} absorbed)" if number else ""


def _range(values: Sequence[float]) -> str:
    if not values:
        return "not scored"
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def tally(trials: Sequence[Trial]) -> str:
    """``4 of 5 valid``."""
    return f"{sum(trial.word == 'valid' for trial in trials):,} of {len(trials):,} valid"


def rate(trials: Sequence[Trial]) -> dict[str, Any]:
    """The share of trials that were not shown to hold, with Wilson's 95% interval; unknown is no pass."""
    invalid = sum(trial.word == "invalid" for trial in trials)
    unknown = sum(trial.word == "unknown" for trial in trials)
    failed, of = invalid + unknown, len(trials)
    low, high = wilson(failed, of)
    return {
        "of": of,
        "failed": failed,
        "invalid": invalid,
        "unknown": unknown,
        "share": share(failed, of),
        "low": round(100 * low, 1),
        "high": round(100 * high, 1),
        "x": round(100 * failed / of, 2) if of else None,
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
HANDS = Axis(1.0, 1000.0, ((1.0, "1"), (10.0, "10"), (100.0, "100"), (1000.0, "1,000")), "none", "")


def lane(values: Iterable[float | None], axis: Axis, *, target: float | None = None) -> dict[str, Any]:
    """A mark for each value, those that would hide each other beside and above each other; None never came."""
    known = list(values)
    places = [_NEVER if value is None else axis.place(value) for value in known]
    stood = swarm(places, _SWARM_WIDTH, _SWARM_LEVELS)
    return {
        "marks": [
            {"x": x, "level": level, "never": value is None, "over": value is not None and _over(value, target)}
            for value, (x, level) in zip(known, stood, strict=True)
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
