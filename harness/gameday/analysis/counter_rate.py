"""How fast a counter rises over a range of time, as Prometheus's ``rate`` and ``increase`` calculate it. Pure.

Source: Prometheus, "Query functions", ``rate`` and ``increase``; promql/functions.go, ``extrapolatedRate``, version 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

#: A value with its time in seconds.
Point = tuple[float, float]

#: Up to so many average distances between points, the range's border is reached by the next point.
_NEAR = 1.1


def increase(points: Sequence[Point], from_s: float, until_s: float) -> float | None:
    """By how much a counter rose in a range; None with fewer than two points in it. ``points`` are in order.

    A value below the one before it is a reset: the counter began anew at 0. What was counted between the points is
    extrapolated to the borders of the range: all the way where the next point would be about there, else by half a
    distance; but never to before the moment at which the counter would have been 0.
    """
    inside = [point for point in points if from_s < point[0] <= until_s]
    if len(inside) < 2:
        return None
    (first_s, first), (last_s, last) = inside[0], inside[-1]
    rose = last - first + sum(before for (_, before), (_, after) in pairwise(inside) if after < before)
    covered_s = last_s - first_s
    if covered_s <= 0:
        return None
    distance_s = covered_s / (len(inside) - 1)
    before_s = _reached(first_s - from_s, distance_s)
    if rose > 0 and first >= 0:
        before_s = min(before_s, covered_s * (first / rose))
    return rose * (covered_s + before_s + _reached(until_s - last_s, distance_s)) / covered_s


def _reached(gap_s: float, distance_s: float) -> float:
    """How far is extrapolated over the gap at one border."""
    return gap_s if gap_s < _NEAR * distance_s else distance_s / 2
