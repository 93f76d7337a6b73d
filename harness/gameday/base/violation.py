"""A violation: one thing that a check before a deploy found, in the words that every output format needs."""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["error", "warning", "note"]
"""Whether it stops a deploy, should be looked at, or is only told."""


class Violation(msgspec.Struct, frozen=True):
    """What was found, where, and how bad it is.

    ``rule`` is a stable id, ``<area>.<what>`` (``contract.field-removed``, ``record.missing-field``,
    ``replay.total-differs``): people silence and search by it, so it never changes its meaning. ``message`` is one line
    that names the bad value. ``path`` and ``line`` (from 1; 0 where there is none) say where a person can mend it.
    ``orders`` are the business keys that it concerns; ``owners`` the roles that have to know.
    """

    rule: str
    level: Level
    message: str
    path: str = ""
    line: int = 0
    orders: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
