"""The judgement of a case in the figures that a change must lower."""

from __future__ import annotations

from typing import NamedTuple

from gameday.base.errors import GamedayError
from gameday.model.checker import Case, Result
from gameday.scoring.judge import judge
from gameday.scoring.score import score


class Judgement(NamedTuple):
    """The result, both scores (None: not scored), the unreported deals and the orphan orders."""

    result: Result
    detection: float | None
    recovery: float | None
    unreported: int
    orphans: int


#: A case that the judge refuses to judge: figures that cannot be computed with.
REFUSED = Judgement(Result.FAILED, None, None, 0, 0)


def judgement(case: Case) -> Judgement:
    """Judge a case."""
    try:
        result, _ = judge(case)
        card = score(case)
    except (ArithmeticError, GamedayError):
        # The command refuses such a folder with a message, and exits with an error.
        return REFUSED
    return Judgement(result, card.detection.points, card.recovery.points, card.unreported.orders, card.orphans)


def lowered(before: Judgement, after: Judgement) -> list[str]:
    """What is worse after a change, in words; empty if nothing is."""
    found = [after.result.word] if after.result > before.result else []
    for name in ("detection", "recovery"):
        was, now = getattr(before, name), getattr(after, name)
        if was is not None and (now is None or now < was):
            found.append(f"lower {name}" if now is not None else f"no {name} score")
    return found + [
        f"more {name}" for name in ("unreported", "orphans") if getattr(after, name) > getattr(before, name)
    ]


def gained(before: Judgement, after: Judgement) -> list[str]:
    """What is better after a change, in words; empty if nothing is. A score that comes or goes is neither."""
    found = [after.result.word] if after.result < before.result else []
    for name in ("detection", "recovery"):
        was, now = getattr(before, name), getattr(after, name)
        if was is not None and now is not None and now > was:
            found.append(f"higher {name}")
    return found + [
        f"fewer {name}" for name in ("unreported", "orphans") if getattr(after, name) < getattr(before, name)
    ]
