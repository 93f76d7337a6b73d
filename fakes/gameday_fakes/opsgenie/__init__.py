"""Opsgenie's Alert API, as the pager.

Known deviations: an accepted request takes effect at once, not after a while; teams, schedules and policies do not
exist, so every responder is accepted. Source: Opsgenie documentation, "Alert API".
"""

from __future__ import annotations

from gameday_fakes.opsgenie.handlers import Opsgenie

FAKE = Opsgenie
