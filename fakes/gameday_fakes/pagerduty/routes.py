"""PagerDuty's URL table."""

from __future__ import annotations

from gameday_fakes.http import Route

ROUTES = (
    Route("POST", "/v2/enqueue", "alert.write", "enqueue", public=True),
    Route("POST", "/v2/change/enqueue", "change.write", "enqueue_change", public=True),
)
