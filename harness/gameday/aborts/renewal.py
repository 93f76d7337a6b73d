"""A dead-man's switch: somebody or something has to renew it, or the run ends."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.durations import parse_duration, words
from gameday.base.errors import GamedayError
from gameday.base.fetching import FetchError, check_address, fetched
from gameday.model.abort import AbortCondition, Measure, Observed, register

_WHAT = ("file", "url", "confirm")


@register("renewal")
class Renewal(AbortCondition, frozen=True):
    """Aborts unless one thing is renewed ``within`` a time (real time).

    It is a ``file`` whose time of change is younger than that (`touch` renews it), a ``url`` that answers 200 with
    another body than that long ago, or, with ``confirm``, an operator: `gameday confirm`, or a note at the live board.
    """

    within: str
    file: str = ""
    url: str = ""
    confirm: bool = False

    def __post_init__(self) -> None:
        given = [name for name in _WHAT if getattr(self, name)]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise GamedayError(f"a renewal has one of file, url and confirm, not {found}", hint="confirm = true")
        if self.url:
            check_address(self.url)
        if not self.within_s:
            raise GamedayError(f"a renewal within {self.within!r} is not possible", hint="it must be greater than 0")

    @property
    def within_s(self) -> float:
        """The time (real seconds)."""
        return parse_duration(self.within)

    @property
    def limit(self) -> str:
        """In words."""
        what = "an operator confirms it" if self.confirm else f"{self.file or self.url} is renewed"
        return f"unless {what} every {words(self.within_s)}"

    @property
    def outside(self) -> bool:
        """Operators speak to the run itself."""
        return not self.confirm

    @property
    def every_s(self) -> float:
        """How often it is looked at (real seconds)."""
        return max(0.2, min(2.0, self.within_s / 4))

    @property
    def answer_s(self) -> float:
        """How long an address may take (real seconds)."""
        return min(3.0, self.within_s)

    def beside(self, folder: Path) -> Renewal:
        """The same with an absolute path."""
        return msgspec.structs.replace(self, file=str(folder / self.file)) if self.file else self

    def measure(self, seen: Observed) -> Measure:
        """When an operator last said something."""
        return self._measure(seen.confirmed_s, "last confirmed")

    def look(self, memory: dict[str, Any]) -> Measure:
        """When the file or the address was last renewed."""
        if self.file:
            try:
                age_s = time.time() - Path(self.file).stat().st_mtime
            except OSError as problem:
                return Measure(f"{self.file}: {problem.strerror}", "0", True, 1.0)
            return self._measure(max(0.0, age_s), "last renewed")
        now_s = time.monotonic()
        try:
            status, body = fetched(self.url, self.answer_s, memory)
        except FetchError:
            status, body = 0, b""
        digest = hashlib.sha256(body).hexdigest()
        if status == 200 and memory.get("body") != digest:
            memory |= {"body": digest, "renewed_s": now_s}
        if "renewed_s" not in memory:
            return Measure(f"it answers {status}" if status else "no answer", "0", True, 1.0)
        return self._measure(now_s - memory["renewed_s"], "last renewed")

    def _measure(self, age_s: float, verb: str) -> Measure:
        left_s = max(0.0, self.within_s - age_s)
        return Measure(f"{verb} {words(age_s)} ago", words(left_s), age_s > self.within_s, age_s / self.within_s)
