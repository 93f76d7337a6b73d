"""The receiver's URL table."""

from __future__ import annotations

from gameday_fakes.http import Route

ROUTES = (
    Route("POST", "/v1/traces", "alert.write", "take_traces", public=True),
    Route("POST", "/v1/metrics", "metric.write", "take_others", public=True),
    Route("POST", "/v1/logs", "log.write", "take_others", public=True),
)
