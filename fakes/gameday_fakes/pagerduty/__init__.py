"""PagerDuty's Events API (v2 and v1), change events, and the REST API's incidents, as the pager.

Known deviations: every routing key of 32 characters is accepted, as PagerDuty's own ingestion does (202 at once,
whatever happens to the event later), and has its own alerts; those of the credentials, one for each role of owner,
belong to a service with that role's name. Every alert opens an incident of its own: there is no grouping but merging by
hand, no schedule and no escalation. Any address may stand in ``From``. An incident whose snooze ends is triggered again
and pages nobody. An acknowledge or resolve that changes nothing is accepted too, and is not recorded as an alert.
Sources: PagerDuty developer documentation, "Events API v2 Overview", "Events API v1"; PagerDuty API reference, REST
API v2, "Incidents".
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.pagerduty.manifest import MANIFEST

__all__ = ["FAKE", "MANIFEST"]

#: Loaded when it is asked for.
FAKE: type[Any]


def __getattr__(name: str) -> Any:
    return MANIFEST.exported(__name__, name)
