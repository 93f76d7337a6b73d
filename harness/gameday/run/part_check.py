"""What the doctor says about one part of a stack."""

from __future__ import annotations

import msgspec


class PartCheck(msgspec.Struct, frozen=True):
    """One part of a stack. ``problem`` is empty if it works, or if it was not ``checked``; ``note`` says why not.

    ``details`` are lines below it, each a name and a text.
    """

    what: str
    problem: str = ""
    note: str = ""
    checked: bool = True
    details: tuple[tuple[str, str], ...] = ()


class NotCheckedError(Exception):
    """A part of a stack cannot be checked; the text says why."""
