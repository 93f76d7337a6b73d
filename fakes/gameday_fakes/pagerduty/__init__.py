"""PagerDuty Events API v2 and change events, as the pager.

Known deviations: every routing key of 32 characters is accepted, as PagerDuty's own ingestion does (202 at once,
whatever becomes of the event later), and keeps alerts of its own; alerts live in memory without incidents, schedules or
escalation. An acknowledge or resolve that changes nothing is accepted too, and is no alert in the history.
Facts: PagerDuty's documentation of the Events API v2.
"""

from __future__ import annotations

from gameday_fakes.pagerduty.handlers import PagerDuty

FAKE = PagerDuty
