"""Which alert rules fire, reading by reading: pure, so that a reading's time is its only clock.

As in Prometheus, a rule fires for each series of labels apart, and a series that is no longer there meets no condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

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
        self._states: dict[tuple[int, tuple[tuple[str, str], ...]], _State] = {}

    def read(self, samples: Iterable[Sample], now_s: float) -> list[Change]:
        """Take the samples of one reading; the alerts that it begins and ends."""
        held = set()
        begun = []
        for sample in samples:
            for number, rule in enumerate(self._rules):
                if not rule.holds(sample.name, sample.labels, sample.value):
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


def _change(rule: AlertRule, sample: Sample, since_s: float) -> Change:
    labels, value = sample.labels, sample.value
    own = {name: filled(text, labels, value) for name, text in rule.labels.items()}
    notes = {name: filled(text, labels, value) for name, text in rule.annotations.items()}
    return Change("firing", {**labels, **own, "alertname": rule.alert}, notes, since_s)
