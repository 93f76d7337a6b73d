"""In which order a session runs its scenarios, and how long their fault-free controls last."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gameday.model.settings import Settings
from gameday.run.fault_free import control_length_s, control_of
from gameday.steps.outcome import Outcome


def scheduled(settings: Settings, planned: Iterable[Outcome], *, longest_first: bool) -> Settings:
    """The settings with the order of the tests and the lengths of the controls.

    ``longest_first``: so that no worker is left with a long scenario at the end; else in the order of the files. As a
    control runs to the horizon and a scenario mostly does not, the first one of each control counts as the longest.
    """
    lengths_s: dict[str, tuple[bool, float]] = {}
    controls_s: dict[str, float] = {}
    begun: set[tuple[str, int, str]] = set()
    for outcome in sorted(planned, key=_horizon_s, reverse=True):
        if outcome.planned is None:
            continue
        control = control_of(outcome.planned).digest()
        lengths_s[outcome.node] = ((outcome.stack, outcome.seed, control) not in begun, outcome.planned.horizon_s)
        begun.add((outcome.stack, outcome.seed, control))
        controls_s[control] = max(controls_s.get(control, 0.0), control_length_s(outcome.planned))
    nodes = tuple(sorted(lengths_s, key=lengths_s.__getitem__, reverse=True)) if longest_first else settings.nodes
    return msgspec.structs.replace(settings, nodes=nodes, controls_s=controls_s)


def _horizon_s(outcome: Outcome) -> float:
    return outcome.planned.horizon_s if outcome.planned is not None else 0.0
