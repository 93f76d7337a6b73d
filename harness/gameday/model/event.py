"""What every event of a history is, and the event of a kind that this version does not know."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What happened. ``f`` is the kind's name in the file, ``reported_by`` the process that reports it."""

    f: ClassVar[str] = ""
    reported_by: ClassVar[str] = ""


class OtherEvent(Event, frozen=True, gc=False):
    """A kind that this version does not know: a plug-in's own, or a newer version's. It is kept, not judged."""

    name: str
    value: dict[str, Any] = {}


class HarnessEvent(Event, frozen=True, gc=False):
    """Something that the harness did or measured."""

    reported_by: ClassVar[str] = "harness"
