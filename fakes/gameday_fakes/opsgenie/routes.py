"""Opsgenie's URL table."""

from __future__ import annotations

from gameday_fakes.http import Route

ROUTES = (
    Route("POST", "/v2/alerts", "alert.write", "create_alert"),
    Route("GET", "/v2/alerts/{id}", "alert.read", "read_alert"),
    Route("POST", "/v2/alerts/{id}/close", "alert.write", "close_alert"),
    Route("POST", "/v2/alerts/{id}/acknowledge", "alert.write", "acknowledge_alert"),
    Route("POST", "/v2/alerts/{id}/notes", "alert.write", "note_alert"),
    Route("GET", "/v2/alerts/requests/{id}", "request.read", "read_request"),
)
