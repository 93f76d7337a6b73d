"""The events of what is said at the live board: notes, and operators who reveal or stop."""

from __future__ import annotations

from typing import ClassVar

from gameday.model.event import HarnessEvent


class Remark(HarnessEvent, frozen=True, gc=False):
    """Something said at the live board; ``by`` is empty if the harness itself wrote it. Outcome `info`."""

    by: str = ""
    text: str = ""


#: How the note begins that says that an operator acknowledged the open alerts at the pager.
ACKNOWLEDGED = "acknowledged"


class Note(Remark, frozen=True, gc=False):
    """A note: of the harness, or of an operator (``by``) at the live board."""

    f: ClassVar[str] = "note"


class Revealed(Remark, frozen=True, gc=False):
    """In a blind drill an operator asked what was injected."""

    f: ClassVar[str] = "reveal"


class Stopped(Remark, frozen=True, gc=False):
    """An operator, or the abort budget, stopped the run."""

    f: ClassVar[str] = "stop"
