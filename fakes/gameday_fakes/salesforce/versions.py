"""Supported and retired versions of the API ("API End-of-Life Policy")."""

from __future__ import annotations

#: Retired in Summer '25 and before: 7.0 to 30.0.
RETIRED = frozenset(f"v{number}.0" for number in range(7, 31))
#: To be retired in Summer '28; every reply warns of it.
AGEING = frozenset(f"v{number}.0" for number in range(31, 41))
NEWEST = 66
SUPPORTED = frozenset(f"v{number}.0" for number in range(31, NEWEST + 1))

WARNING = b'299 - "This API is deprecated. See https://developer.salesforce.com for the API End-of-Life Policy."'

_SEASONS = ("Spring", "Summer", "Winter")


def listed() -> list[dict[str, str]]:
    """All supported versions, as ``GET /services/data`` lists them."""
    return [
        {"label": _label(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(31, NEWEST + 1)
    ]


def number_of(version: str) -> int:
    """The number in a version: 60 in ``v60.0``."""
    return int(version[1:].partition(".")[0])


def _label(number: int) -> str:
    # Three releases a year; 60.0 is Spring '24, and a Winter release has the next year's number.
    years, season = divmod(number - 60, 3)
    return f"{_SEASONS[season]} '{24 + years + (season == 2)}"
