"""An address that answers otherwise than expected: the health page of something that must not suffer."""

from __future__ import annotations

from typing import Any

from gameday.base.durations import parse_duration, words
from gameday.base.errors import GamedayError
from gameday.base.fetching import FetchError, check_address, fetched
from gameday.base.texts import one_line
from gameday.model.abort import AbortCondition, Measure, register


@register("url")
class Url(AbortCondition, frozen=True):
    """Aborts as soon as a GET of this ``url`` is not answered with the ``status`` and a body that ``contains`` a text.

    It is asked ``every`` so often (real time), and has to answer ``within`` a time. No redirect is followed, no proxy
    is used, and no token is sent.
    """

    url: str
    status: int = 200
    contains: str = ""
    every: str = "5 seconds"
    within: str = "3 seconds"

    def __post_init__(self) -> None:
        check_address(self.url)
        if not 100 <= self.status <= 599:
            raise GamedayError(f"bad status {self.status}", hint="a number from 100 to 599")
        for name, seconds in (("every", self.every_s), ("within", self.answer_s)):
            if not seconds:
                raise GamedayError(f"{name!r} of 0 is not possible", hint="it must be greater than 0")

    @property
    def limit(self) -> str:
        """In words."""
        body = f" with {self.contains!r}" if self.contains else ""
        return f"unless {self.url} answers {self.status}{body} within {words(self.answer_s)}"

    @property
    def outside(self) -> bool:
        """The run may be off all networks."""
        return True

    @property
    def every_s(self) -> float:
        """How often it is asked (real seconds)."""
        return parse_duration(self.every)

    @property
    def answer_s(self) -> float:
        """How long it may take (real seconds)."""
        return parse_duration(self.within)

    def look(self, memory: dict[str, Any]) -> Measure:
        """Ask it once."""
        try:
            status, body = fetched(self.url, self.answer_s, memory)
        except FetchError as problem:
            return Measure(f"no answer: {one_line(str(problem))[:160]}", "0", True, 1.0)
        if status != self.status:
            return Measure(f"it answers {status}", "0", True, 1.0)
        if self.contains and self.contains.encode() not in body:
            return Measure(f"it answers {status} without {self.contains[:80]!r}", "0", True, 1.0)
        return Measure(f"it answers {status}", "the first other answer")
