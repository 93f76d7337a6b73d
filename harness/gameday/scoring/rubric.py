"""The rubric: every weight, cap and scale of the scorecard in one place, and its digest."""

from __future__ import annotations

import hashlib
import math

import msgspec

from gameday.base.chance import effect_shown, size_for


class Rubric(msgspec.Struct, frozen=True):
    """Weights in points, harm by end state, caps. Interventions, with open dead letters, are per 1,000 deals.

    ``edition`` rises when a formula changes, for then no score may be compared with an older one.
    """

    edition: int = 2
    harm_late: float = 0.1
    harm_parked: float = 0.3
    harm_reported: float = 0.4
    harm_unreported: float = 1.0
    detect_time: float = 50.0
    detect_owner: float = 20.0
    detect_context: float = 30.0
    end_early: float = 0.6
    end_open: float = 0.8
    end_storm: float = 0.6
    recover_harm: float = 50.0
    recover_time: float = 20.0
    recover_interventions: float = 15.0
    recover_collateral: float = 10.0
    recover_evidence: float = 5.0
    interventions_target: float = 1.0
    interventions_limit: float = 100.0
    unreported_detection_cap: float = 50.0
    unreported_recovery_cap: float = 40.0
    duplicate_recovery_cap: float = 70.0
    grades: tuple[tuple[str, float], ...] = (("A", 90.0), ("B", 80.0), ("C", 70.0), ("D", 60.0), ("F", 0.0))
    lost_unreported_grade_cap: str = "C"

    @property
    def digest(self) -> str:
        """The hash of the rubric: only scores with the same hash can be compared."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:16]

    def grade(self, points: float) -> str:
        """The grade for so many points."""
        return next(grade for grade, least in self.grades if points >= least)

    def capped_grade(self, grade: str) -> str:
        """The grade, no better than the cap for unreported losses."""
        order = [name for name, _ in self.grades]
        return max(grade, self.lost_unreported_grade_cap, key=order.index)


RUBRIC = Rubric()


class Row(msgspec.Struct, frozen=True):
    """One term of a score: ``value`` (0 to 1) times ``weight`` gives ``points``; ``why`` has the figures."""

    term: str
    value: float
    weight: float
    points: float
    why: str


class Points(msgspec.Struct, frozen=True):
    """A score: ``points`` after the caps, ``before_caps``, and its terms. ``note`` says why it has no points.

    The terms are multiplied by ``factor``, and by ``end`` for how the incident ended.
    """

    points: float | None
    before_caps: float | None = None
    factor: Row | None = None
    rows: tuple[Row, ...] = ()
    note: str = ""
    end: Row | None = None


def row(term: str, value: float, weight: float, why: str) -> Row:
    """A term with its points."""
    return Row(term, round(value, 4), weight, round(value * weight, 2), why)


def on_log_scale(value: float, target: float, limit: float) -> float:
    """1 up to the target, 0 from the limit on, in between 1 - ln(value/target) / ln(limit/target).

    >>> on_log_scale(300, 300, 3600), on_log_scale(3600, 300, 3600), on_log_scale(0, 1, 100)
    (1.0, 0.0, 1.0)
    """
    if value <= target:
        return 1.0
    if value >= limit or target <= 0:
        return 0.0
    return 1.0 - math.log(value / target) / math.log(limit / target)


def bound(orders: int, lost: int) -> str:
    """How rare an unreported loss a run of this size can show: the line printed beside the losses."""
    needs = f"to show a loss rate of 1% with 95% confidence takes {size_for(0.01)} orders; this run had {orders:,}"
    if not orders:
        return needs
    if lost:
        return f"{needs}; {lost:,} lost and unreported"
    ruled_out = f"{100 * effect_shown(orders):.2g}%"
    return f"{needs}; none was lost, so a loss rate above {ruled_out} can be ruled out (95% confidence)"
