"""How long a sync took to catch up after faults: from their healing until the deals that they affected were right."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

from gameday.analysis.observations import Window
from gameday.analysis.reconcile import OrderOutcome


def caught_up_between_s(windows: Sequence[Window], affected: Iterable[OrderOutcome]) -> float:
    """For how long deals were not right yet while no fault was active, between one fault and the next one.

    Without it a later fault, whatever it does, would hide how long the deals of an earlier one waited after its
    healing. Scenario seconds; 0 with one fault.
    """
    late = [(o.affected_s, math.inf if o.ordered_s is None else o.ordered_s) for o in affected]
    total_s = 0.0
    for healed_s, next_s in _gaps(windows):
        until_s = max((end_s for since_s, end_s in late if since_s is not None and since_s < next_s), default=0.0)
        total_s += max(0.0, min(until_s, next_s) - healed_s)
    return total_s


def _gaps(windows: Sequence[Window]) -> Iterator[tuple[float, float]]:
    """The times between faults, each from the last healing to the next injection."""
    ordered = sorted(windows, key=lambda window: window.start_s)
    ends_s = itertools.accumulate((window.end_s for window in ordered), max)
    for end_s, following in zip(ends_s, ordered[1:], strict=False):
        if end_s < following.start_s:
            yield end_s, following.start_s
