"""The limits of requests: in ten seconds, in a day, and of searches in a second; all on the run's clock.

Source: developers.hubspot.com, "API usage guidelines and limits": 100 to 190 requests in ten seconds for each private
app, 110 for each account of a public app; five searches a second; a day's requests by the account's tier.
"""

from __future__ import annotations

import functools
from collections import deque

from gameday_fakes.clock import Clock
from gameday_fakes.hubspot.settings import Settings

WINDOW_S = 10.0
_DAY_S = 86_400.0


class Limits:
    """Counts requests. A refused one counts too."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._recent: deque[float] = deque()
        self._searches: deque[float] = deque()
        self._day = 0
        self.used_today = 0

    def refusal(self, settings: Settings, *, search: bool) -> str:
        """Count a request; the kind of error if it is beyond a limit, else empty."""
        now_s = self._clock.now_s()
        day = int(now_s // _DAY_S)
        if day != self._day:
            self._day, self.used_today = day, 0
        self.used_today += 1
        if self.used_today > settings.requests_per_day:
            return "daily_limit"
        if search:
            # Searches have a limit of their own and do not count for the other.
            return "search_limited" if _count(self._searches, now_s, 1.0) > settings.searches_per_second else ""
        return "rate_limited" if _count(self._recent, now_s, WINDOW_S) > settings.requests_per_ten_seconds else ""

    def headers(self, settings: Settings, *, private: bool) -> list[tuple[bytes, bytes]]:
        """What replies say about the limits; of the day's only to private apps, of searches nothing."""
        most, most_in_a_day = settings.requests_per_ten_seconds, settings.requests_per_day
        left, today = most - len(self._recent), most_in_a_day - self.used_today
        shown = [_stated(b"max", most), (_LEFT, b"%d" % left if left > 0 else b"0"), _INTERVAL]
        if private:
            shown += _stated(b"daily", most_in_a_day), (_LEFT_TODAY, b"%d" % today if today > 0 else b"0")
        return shown


@functools.lru_cache(maxsize=64)
def _stated(name: bytes, value: int) -> tuple[bytes, bytes]:
    """The header of a limit."""
    return b"x-hubspot-ratelimit-%b" % name, b"%d" % value


_INTERVAL = _stated(b"interval-milliseconds", int(WINDOW_S * 1000))
_LEFT, _LEFT_TODAY = b"x-hubspot-ratelimit-remaining", b"x-hubspot-ratelimit-daily-remaining"


def _count(times: deque[float], now_s: float, window_s: float) -> int:
    # A run's clock starts anew when its first deal may close: what came before that is in the future of it.
    while times and not now_s - window_s < times[0] <= now_s:
        times.popleft()
    times.append(now_s)
    return len(times)
