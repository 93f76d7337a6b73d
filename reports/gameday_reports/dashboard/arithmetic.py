"""The arithmetic of the dashboard: an interval for a share, and places on an axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

#: The standard normal's 97.5th percentile: an interval of 95%.
_Z = 1.959963984540054


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95% score interval of a share (E. B. Wilson, 1927); from 0 to 1 if there is no observation.

    >>> [round(bound, 4) for bound in wilson(3, 20)]
    [0.0524, 0.3604]
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if not of:
        return 0.0, 1.0
    share, z2 = hits / of, _Z * _Z
    centre = share + z2 / (2 * of)
    spread = _Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    scale = 1 + z2 / of
    low = 0.0 if hits == 0 else max(0.0, (centre - spread) / scale)
    high = 1.0 if hits == of else min(1.0, (centre + spread) / scale)
    return low, high


def spread_out(places: Sequence[float], gap: float) -> list[float]:
    """Places from 0 to 100 in their order, moved as little as possible so that none hides another.

    >>> spread_out([0, 0, 100], 5)
    [0.0, 5.0, 100.0]
    >>> spread_out([100, 100], 5)
    [95.0, 100.0]
    """
    if len(places) > 1:
        gap = min(gap, 100 / (len(places) - 1))
    moved: list[float] = []
    for place in places:
        moved.append(max(float(place), moved[-1] + gap) if moved else float(place))
    limit = 100.0
    for position in reversed(range(len(moved))):
        moved[position] = min(moved[position], limit)
        limit = moved[position] - gap
    return [round(max(0.0, place), 2) for place in moved]


def on_log_axis(value: float, low: float, high: float) -> float:
    """The place of a value, 0 to 100, on a logarithmic scale from ``low`` to ``high``; values outside are clipped.

    >>> on_log_axis(10, 1, 100), on_log_axis(0, 1, 100)
    (50.0, 0.0)
    """
    if value <= low:
        return 0.0
    return round(min(100.0, 100 * math.log(value / low) / math.log(high / low)), 2)


def swarm(places: Sequence[float], width: float, levels: int) -> list[tuple[float, int]]:
    """Each place with a level, 0, 1, -1, 2, -2 ..., so that marks of this width do not overlap.

    If all levels are taken, the place moves right as little as possible.

    >>> swarm([1, 1, 1, 50], 2, 2)
    [(1.0, 0), (1.0, 1), (3.0, 0), (50.0, 0)]
    """
    order = sorted(range(-(levels // 2) + (levels % 2 == 0), levels // 2 + 1), key=lambda level: (abs(level), -level))
    free_from = dict.fromkeys(order, -math.inf)
    placed = [(0.0, 0)] * len(places)
    for index in sorted(range(len(places)), key=lambda i: (places[i], i)):
        place = float(places[index])
        level = next((level for level in order if free_from[level] <= place), None)
        if level is None:
            level = min(order, key=lambda level: free_from[level])
            place = free_from[level]
        free_from[level] = place + width
        placed[index] = (round(min(100.0, place), 2), level)
    return placed
