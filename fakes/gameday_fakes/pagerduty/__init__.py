"""PagerDuty Events API v2 and change events, as the pager.

Known deviations: every routing key of 32 characters is accepted, as PagerDuty's own ingestion does (202 at once,
whatever happens to the event later), and has its own alerts; those of the credentials, one for each role of owner,
belong to a service with that role's name; alerts live in memory without incidents, schedules or
escalation. An acknowledge or resolve that changes nothing is accepted too, and is not recorded as an
alert. Source: PagerDuty developer documentation, "Events API v2 Overview".
"""

from __future__ import annotations

from gameday_fakes.pagerduty.handlers import PagerDuty

FAKE = PagerDuty
