"""The rubric: every weight, cap and scale of the scorecard in one place, and the hash by which scores are compared."""

from __future__ import annotations

import hashlib
import math

import msgspec

from gameday.base.chance import effect_shown, size_for


class Rubric(msgspec.Struct, frozen=True):
    """Weights in points, harm by end state, caps. ``hands`` are acts and open dead letters for each 1,000 deals."""

    harm_late: float = 0.1
    harm_parked: float = 0.3
    harm_reported: float = 0.4
    harm_unreported: float = 1.0
    detect_time: float = 50.0
    detect_owner: float = 20.0
    detect_context: float = 30.0
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
        """The hash by which two scores are found comparable."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:16]

    def grade(self, points: float) -> str:
        """The grade of so many points."""
        return next(grade for grade, least in self.grades if points >= least)

    def capped_grade(self, grade: str) -> str:
        """No better than what silent loss allows."""
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
    """A score: ``points`` after the caps, ``before_caps``, and its terms. ``note`` says why it has no points."""

    points: float | None
    before_caps: float | None = None
    factor: Row | None = None
    rows: tuple[Row, ...] = ()
    note: str = ""


def row(term: str, value: float, weight: float, why: str) -> Row:
    """A term with its points worked out."""
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
    """What a run of this size can say about silent loss: the line that stands beside "none lost"."""
    needs = f"1% silent loss needs {size_for(0.01)} orders for a 95% chance of showing: {orders:,} seen"
    if not orders:
        return needs
    if lost:
        return f"{needs}; {lost:,} lost silently"
    return f"{needs}; none lost rules out more than {100 * effect_shown(orders):.2g}% at 95%"
