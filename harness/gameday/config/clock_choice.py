"""How a stack follows the pace of a run: what its table says, and what holds if it says nothing."""

from __future__ import annotations

from collections.abc import Iterable

from gameday.base.errors import GamedayError, unknown

AUTO, ACCELERATED, REAL, OWN = "auto", "accelerated", "real", "own"

#: The values of ``clock`` in a stack's table, each with what it means.
CLOCKS = {
    AUTO: "accelerated where a probe of its runtime has shown that it follows, else real",
    ACCELERATED: "its processes run on a clock that is as fast as the run",
    REAL: "it lives in real time, so its runs go at pace 1",
    OWN: "it divides its own durations by {pace}",
}

_PACE = "{pace}"


def choose_clock(given: str, *, url: str, templates: Iterable[str], where: str) -> str:
    """Which of CLOCKS holds for a table. ``templates`` are its command and the values of its environment.

    A table without ``clock`` means ``own`` if it hands on the pace, else ``auto``. Raises GamedayError for a clock that
    is not known, and for one that the stack cannot have.
    """
    handed_on = any(_PACE in template.replace("{{", "") for template in templates)
    if not given:
        return OWN if handed_on else AUTO
    if given not in CLOCKS:
        raise unknown("clock", given[:80], CLOCKS, where=f"'clock' in {where}")
    if given == ACCELERATED and url:
        raise GamedayError(
            f"'clock' in {where} is 'accelerated', but a stack with a url runs already",
            hint="only a process that the harness starts can be accelerated: give a command, or clock = 'real'",
        )
    if given == OWN and not url and not handed_on:
        raise GamedayError(
            f"'clock' in {where} is 'own', but neither its command nor its env has {_PACE}",
            hint="hand {pace} on in a variable that the stack divides its durations by, or leave 'clock' out",
        )
    return given
