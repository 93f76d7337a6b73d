"""Opsgenie's Alert API, as the pager.

Known deviations: an accepted request takes effect at once, not after a while; teams, schedules and policies do not
exist, so every responder is accepted. Source: Opsgenie documentation, "Alert API".
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.opsgenie.manifest import MANIFEST

__all__ = ["FAKE", "MANIFEST"]

#: Loaded when it is asked for.
FAKE: type[Any]


def __getattr__(name: str) -> Any:
    return MANIFEST.exported(__name__, name)
