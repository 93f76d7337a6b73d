"""A violation: one finding of a check before a deploy, with all that the output formats need."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

Level = Literal["error", "warning", "note"]
"""Whether it stops a deploy, should be reviewed, or is only mentioned."""
LEVELS: tuple[Level, ...] = get_args(Level)
"""The levels, the most serious first."""


class Violation(msgspec.Struct, frozen=True):
    """One finding: what, where, and how serious.

    ``rule`` is a stable id, ``<area>.<what>`` (``contract.field-removed``, ``record.missing-field``,
    ``replay.total-differs``): people search and suppress by it, so its meaning never changes. ``message`` is one line
    that names the bad value. ``path`` and ``line`` (from 1; 0 without one) are where a person can fix it.
    ``orders`` are the business keys concerned; ``owners`` the roles to inform.
    """

    rule: str
    level: Level
    message: str
    path: str = ""
    line: int = 0
    orders: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
