"""Acme's own sentences."""

from __future__ import annotations

from gameday.api import DURATION, Judge, parse_duration, parsers, then


@then(parsers.re(rf"every order that no fault touched is booked within (?P<time>{DURATION})"))
def booked_quickly(judge: Judge, time: str) -> None:
    """The everyday promise."""
    judge("booked quickly", within_s=parse_duration(time))
