"""Alertmanager's URL table, and that of a webhook receiver."""

from __future__ import annotations

from gameday_fakes.http import Route

ROUTES = (
    Route("POST", "/api/v2/alerts", "alert.write", "post_alerts", public=True),
    Route("GET", "/api/v2/alerts", "alert.read", "list_alerts", public=True),
    Route("GET", "/-/healthy", "metadata", "healthy", public=True),
    Route("POST", "/webhook", "alert.write", "receive", public=True),
)
