"""The events of abort conditions: how far each is from its limit, and the one that aborted the run."""

from __future__ import annotations

from typing import Any, ClassVar

from gameday.model.event import HarnessEvent


class ConditionsRead(HarnessEvent, frozen=True, gc=False):
    """How far each abort condition is from its limit; only if a run has some, and at most once a real second.

    Each of ``conditions`` has `condition` (its name), `limit` (when it aborts the run), `value` (what was found),
    `left` (what is left until then) and `used` (the share of the limit that is used up, from 0). Outcome `info`.
    """

    f: ClassVar[str] = "conditions"

    conditions: tuple[dict[str, Any], ...] = ()


class Aborted(HarnessEvent, frozen=True, gc=False):
    """An abort condition ended the run: ``limit`` is when it does, ``value`` what was found. Outcome `info`."""

    f: ClassVar[str] = "abort"

    condition: str
    limit: str = ""
    value: str = ""

    @property
    def sentence(self) -> str:
        """Which condition aborted the run with which value, in one clause."""
        return f"{self.condition}: {self.value} (aborts {self.limit})"
