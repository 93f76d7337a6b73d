"""How fast a counter rises, with figures that follow from Prometheus's documented rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday.analysis.counter_rate import Point, increase
from support.rows import rows


def points(*values: float, every_s: float = 15.0, first_s: float = 0.0) -> list[Point]:
    return [(first_s + every_s * number, value) for number, value in enumerate(values)]


@rows(
    ("counted", "from_s", "until_s", "expected"),
    [
        # Both borders are near: 60 s of points 15 s apart, 1 each; the range has 70 s.
        (points(100, 101, 102, 103, 104), -5, 65, 4 * 70 / 60),
        # Both are far: half a distance is added at each side.
        (points(100, 101, 102, 103, 104), -100, 200, 4 * 75 / 60),
        # The counter would have been 0 for 5 s before the first point.
        (points(1, 4, 7), -14, 30, 6 * 35 / 30),
        # It began at 0, so nothing is added before it.
        (points(0, 3, 6), -14, 30, 6),
        # A reset: 3 up to it, and 2 after it.
        (points(100, 103, 2), 0.5 - 1, 30, 5 * 30.5 / 30),
        # What is at the lower border does not count, what is at the upper one does.
        (points(100, 110, 120), 0, 30, 10 * 30 / 15),
        (points(100, 100, 100), -1, 30, 0),
    ],
)
def test_an_increase_is_extrapolated_to_the_borders_of_the_range(
    counted: list[Point], from_s: float, until_s: float, expected: float
) -> None:
    assert increase(counted, from_s, until_s) == pytest.approx(expected)


@rows("counted", [[], points(5), points(5, 6, first_s=-100)])
def test_fewer_than_two_points_in_the_range_have_no_increase(counted: list[Point]) -> None:
    assert increase(counted, -1, 60) is None


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=20), st.integers(1, 500))
def test_a_counter_never_falls_and_resets_count_as_new_beginnings(values: list[int], more: int) -> None:
    before = increase(points(*values), -1, 15 * len(values))
    after = increase(
        points(*values[:-1], values[-1] + more if values[-1] >= values[-2] else values[-1]), -1, 15 * len(values)
    )
    assert before is not None and after is not None
    assert 0 <= before <= after or before == pytest.approx(after)
