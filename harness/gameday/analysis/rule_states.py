"""Which alert rules fire, reading by reading: pure, so that a reading's time is its only clock.

As in Prometheus, a rule fires for each series of labels apart, and a series that is no longer there meets no condition;
but its last values count for ``rate`` and ``increase`` as long as they are in the range.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from gameday.analysis.counter_rate import Point, increase
from gameday.config.alert_rules import AlertRule, filled


class Sample(msgspec.Struct, frozen=True):
    """One value of a metric at one moment."""

    name: str
    labels: Mapping[str, str]
    value: float


class Change(msgspec.Struct, frozen=True):
    """An alert that began or ended. ``since_s`` is when its condition began to hold (scenario seconds)."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str]
    since_s: float

    def raw(self) -> dict[str, Any]:
        """As the history has it."""
        return {"alert": msgspec.structs.asdict(self)}


class _State(msgspec.Struct):
    change: Change
    fires: bool = False


class RuleStates:
    """The states of all rules."""

    def __init__(self, rules: Sequence[AlertRule]) -> None:
        self._rules = rules
        #: The values of the series that rules with a range are about, by rule and labels.
        self._points: dict[tuple[int, tuple[tuple[str, str], ...]], deque[Point]] = defaultdict(deque)
        self._states: dict[tuple[int, tuple[tuple[str, str], ...]], _State] = {}

    def read(self, samples: Iterable[Sample], now_s: float) -> list[Change]:
        """Take the samples of one reading; the alerts that it begins and ends."""
        held = set()
        begun = []
        read = list(samples)
        for number, rule in enumerate(self._rules):
            chosen = [sample for sample in read if rule.chooses(sample.name, sample.labels)]
            for sample in self._over_range(number, rule, chosen, now_s) if rule.function else chosen:
                if not rule.exceeds(sample.value):
                    continue
                key = number, tuple(sorted(sample.labels.items()))
                held.add(key)
                state = self._states.get(key)
                if state is None:
                    state = self._states[key] = _State(_change(rule, sample, now_s))
                if not state.fires and now_s - state.change.since_s >= rule.for_s:
                    state.fires = True
                    # What its texts say is as of now, not as of when it began to wait.
                    state.change = _change(rule, sample, state.change.since_s)
                    begun.append(state.change)
        gone = [key for key in self._states if key not in held]
        ended = [state.change for key in gone if (state := self._states.pop(key)).fires]
        return [*(msgspec.structs.replace(change, status="resolved") for change in ended), *begun]

    def _over_range(self, number: int, rule: AlertRule, chosen: Sequence[Sample], now_s: float) -> Iterator[Sample]:
        """The value of a rule's function for each series that has one."""
        for sample in chosen:
            self._points[number, tuple(sorted(sample.labels.items()))].append((now_s, sample.value))
        from_s = now_s - rule.range_s
        for key in [key for key in self._points if key[0] == number]:
            points = self._points[key]
            while points and points[0][0] <= from_s:
                points.popleft()
            if not points:
                del self._points[key]
                continue
            rose = increase(points, from_s, now_s)
            if rose is not None:
                yield Sample(rule.metric, dict(key[1]), rose / rule.range_s if rule.function == "rate" else rose)


def _change(rule: AlertRule, sample: Sample, since_s: float) -> Change:
    labels, value = sample.labels, sample.value
    own = {name: filled(text, labels, value) for name, text in rule.labels.items()}
    notes = {name: filled(text, labels, value) for name, text in rule.annotations.items()}
    return Change("firing", {**labels, **own, "alertname": rule.alert}, notes, since_s)
