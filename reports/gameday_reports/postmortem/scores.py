"""The two scores with their arithmetic, and the figures that are always shown beside them."""

from __future__ import annotations

from typing import Any

from gameday.scoring.rubric import Points, Row
from gameday.scoring.score import Cap
from gameday_reports.formats import points
from gameday_reports.recorded import RecordedRun


def scores(run: RecordedRun) -> dict[str, Any]:
    """Both scores term by term, the caps, the grade, and the figures shown beside them."""
    card = run.scorecard
    return {
        "detection": _score("detection", "Detection", card.detection, card.caps),
        "recovery": _score("recovery", "Recovery", card.recovery, card.caps),
        "grade": card.grade,
        "grade_caps": [_cap(cap) for cap in card.caps if cap.score == "grade"],
        "no_impact": card.no_impact,
        "false_alarms": card.false_alarms,
        "interventions_per_1000": None if card.interventions_per_1000 is None else f"{card.interventions_per_1000:g}",
    }


def _score(key: str, name: str, score: Points, caps: tuple[Cap, ...]) -> dict[str, Any]:
    return {
        "name": name,
        "points": score.points,
        "note": score.note,
        "rows": [
            {
                "term": r.term,
                "value": f"{r.value:g}",
                "weight": f"{r.weight:g}",
                "points": f"{r.points:g}",
                "why": r.why,
            }
            for r in score.rows
        ],
        "factors": [{"term": f.term, "value": f"{f.value:g}", "why": f.why} for f in _factors(score)],
        "caps": [_cap(cap) for cap in caps if cap.score == key],
        "sum": _sum(score),
    }


def _sum(score: Points) -> str:
    """The arithmetic on one line, before caps."""
    if not score.rows:
        return ""
    terms = " + ".join(f"{row.points:g}" for row in score.rows)
    factors = _factors(score)
    if not factors:
        return f"{terms} = {points(score.before_caps)}"
    product = " \N{MULTIPLICATION SIGN} ".join(f"{factor.value:g}" for factor in factors)
    return f"{product} \N{MULTIPLICATION SIGN} ({terms}) = {points(score.before_caps)}"


def _factors(score: Points) -> list[Row]:
    """What the sum of the terms is multiplied by."""
    return [factor for factor in (score.factor, score.end) if factor is not None]


def _cap(cap: Cap) -> dict[str, str]:
    return {"limit": cap.limit, "before": cap.before, "why": cap.why}
