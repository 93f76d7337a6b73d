"""In which order a session runs its scenarios, and how long their fault-free controls last."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gameday.model.settings import Settings
from gameday.run.fault_free import control_length_s, control_of
from gameday.steps.outcome import Outcome


def scheduled(settings: Settings, planned: Iterable[Outcome], *, longest_first: bool) -> Settings:
    """The settings with the order of the tests and the lengths of the controls.

    ``longest_first``: so that no worker is left with a long scenario at the end; else in the order of the files.
    """
    horizons_s: dict[str, float] = {}
    controls_s: dict[str, float] = {}
    for outcome in planned:
        if outcome.planned is None:
            continue
        control = control_of(outcome.planned).digest()
        horizons_s[outcome.node] = outcome.planned.horizon_s
        controls_s[control] = max(controls_s.get(control, 0.0), control_length_s(outcome.planned))
    nodes = tuple(sorted(horizons_s, key=horizons_s.__getitem__, reverse=True)) if longest_first else settings.nodes
    return msgspec.structs.replace(settings, nodes=nodes, controls_s=controls_s)
