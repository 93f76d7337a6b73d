"""Hours in which nothing may be injected."""

from __future__ import annotations

import datetime
import functools
import re
import zoneinfo

from gameday.base.durations import words
from gameday.base.errors import GamedayError, unknown
from gameday.model.abort import AbortCondition, Measure, Observed, register

_HOURS = re.compile(r"(?P<begin>([01]\d|2[0-3]):[0-5]\d)\s*(-|to)\s*(?P<end>([01]\d|2[0-3]):[0-5]\d|24:00)")
_MINUTE = datetime.timedelta(minutes=1)
#: The same wall-clock minute comes again within a day, and a change of the clocks moves it by an hour or two.
_SEARCH_MINUTES = 60 * 27
#: Zones that everybody knows, in the message about one that nobody does.
_EXAMPLES = ("UTC", "Europe/Berlin", "America/New_York")


@register("quiet hours")
class QuietHours(AbortCondition, frozen=True):
    """Refuses a run that would begin or be in these ``hours``, as in "22:00-06:00", and aborts one that gets into them.

    ``zone`` is a name of the IANA time zone database. It is quiet as long as a clock on the wall there shows such a
    time: across midnight, and as often as it shows it on the days on which the clocks change.
    """

    hours: str | tuple[str, ...]
    zone: str

    def __post_init__(self) -> None:
        if not self.spans:
            raise GamedayError("no hours are given", hint="write hours = ['22:00-06:00']")
        for text in self.spans:
            found = _HOURS.fullmatch(text)
            if not found or found["begin"] == found["end"]:
                raise GamedayError(f"not hours: {text[:40]!r}", hint="write '22:00-06:00', or '00:00-24:00'")
        _zone(self.zone)

    @property
    def spans(self) -> tuple[str, ...]:
        """The hours; in one text they are separated by commas."""
        texts = self.hours.split(",") if isinstance(self.hours, str) else self.hours
        return tuple(text.strip() for text in texts if text.strip())

    @property
    def limit(self) -> str:
        """In words."""
        return f"in the quiet hours {' and '.join(self.spans)} ({self.zone})"

    def measure(self, seen: Observed) -> Measure:
        """How long it is until the next quiet hour."""
        shown = f"it is {seen.now.astimezone(_zone(self.zone)):%H:%M} in {self.zone}"
        left = self.next_quiet(seen.now)
        if left is None:
            return Measure(shown, "a day")
        left_s = (left - seen.now).total_seconds()
        return Measure(shown, words(max(0.0, left_s)), left_s <= 0)

    def next_quiet(self, now: datetime.datetime) -> datetime.datetime | None:
        """The next moment at which it is quiet, ``now`` if it is; None if there is none within a day."""
        minute = now.astimezone(datetime.UTC).replace(second=0, microsecond=0)
        found = _next_quiet(self.spans, self.zone, minute)
        return None if found is None else max(found, now.astimezone(datetime.UTC))

    def refuse(self, begins: datetime.datetime, longest_s: float) -> str:
        """A run that begins in them, or could last into them."""
        quiet = self.next_quiet(begins)
        if quiet is None or (quiet - begins).total_seconds() >= longest_s:
            return ""
        at = f"{quiet.astimezone(_zone(self.zone)):%H:%M}"
        hours = f"quiet hours ({' and '.join(self.spans)} in {self.zone})"
        if quiet <= begins:
            return f"it is {at}, in the {hours}"
        return f"it may last {words(longest_s)}, and at {at} the {hours} begin"


@functools.lru_cache(maxsize=64)
def _next_quiet(hours: tuple[str, ...], zone: str, minute: datetime.datetime) -> datetime.datetime | None:
    """The first minute from this one on whose wall-clock time is in the hours."""
    spans = [(found["begin"], found["end"]) for text in hours if (found := _HOURS.fullmatch(text))]
    place = _zone(zone)
    for number in range(_SEARCH_MINUTES):
        at = minute + number * _MINUTE
        shown = f"{at.astimezone(place):%H:%M}"
        if any(begin <= shown < end if begin < end else shown >= begin or shown < end for begin, end in spans):
            return at
    return None


@functools.cache
def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = zoneinfo.available_timezones()
        error = unknown("time zone", name, known)
        shown = f"unknown time zone {name[:80]!r}; known: {', '.join(_EXAMPLES)} and others of the IANA database"
        hint = error.hint if known else "this system has no time zone database: pip install tzdata"
        raise GamedayError(shown, hint=hint) from None
