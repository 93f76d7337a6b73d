"""PagerDuty Events API v2 and change events, as the pager.

Known deviations: every routing key is accepted as PagerDuty's own ingestion does (202 at once, whatever becomes of
the event later); alerts live in memory without incidents, schedules or escalation. Facts: PagerDuty's documentation of
the Events API v2.
"""

from __future__ import annotations

from gameday_fakes.pagerduty.handlers import PagerDuty

FAKE = PagerDuty
