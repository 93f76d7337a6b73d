"""An alert or a ticket of a named kind."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import Annotated, Literal

from msgspec import Meta

from gameday.base.errors import GamedayError
from gameday.model.abort import AbortCondition, Measure, Observed, register
from gameday.model.signal import Signal

_Pattern = Annotated[str, Meta(max_length=200)]
_FIELDS = ("summary", "rule", "source", "severity", "owner", "reason", "flow")


@register("alert")
class NamedAlert(AbortCondition, frozen=True):
    """Aborts at the first alert or ticket that fits all of these texts, in each of which `*` is any text.

    ``summary`` is its title, ``rule`` the rule or class that raised it, ``source`` the fake that received it; upper and
    lower case are the same. ``kind``: `alert`, `ticket` or `any`.
    """

    summary: _Pattern = ""
    rule: _Pattern = ""
    source: _Pattern = ""
    severity: _Pattern = ""
    owner: _Pattern = ""
    reason: _Pattern = ""
    flow: _Pattern = ""
    kind: Literal["alert", "ticket", "any"] = "alert"

    def __post_init__(self) -> None:
        if not any(getattr(self, name) for name in _FIELDS):
            known = ", ".join(_FIELDS)
            raise GamedayError("an alert without a text fits every one", hint=f"name one of {known}; '*' is any text")

    @property
    def limit(self) -> str:
        """In words."""
        what = "an alert or ticket" if self.kind == "any" else "an alert" if self.kind == "alert" else "a ticket"
        texts = " and ".join(f"{name} {getattr(self, name)!r}" for name in _FIELDS if getattr(self, name))
        return f"at {what} with the {texts}"

    def measure(self, seen: Observed) -> Measure:
        """Look through the alerts that are new."""
        for signal in seen.raised:
            if self.fits(signal):
                title = signal.summary or signal.reason or signal.key
                return Measure(f"{signal.source} raised {title[:120]!r}", "0", True, 1.0)
        return Measure("no such alert", "the first one")

    def fits(self, signal: Signal) -> bool:
        """Whether a signal is one of those."""
        if signal.action != "trigger" or self.kind not in ("any", signal.kind):
            return False
        return all(
            re.match(translate(pattern.casefold()), getattr(signal, name).casefold())
            for name in _FIELDS
            if (pattern := getattr(self, name))
        )
