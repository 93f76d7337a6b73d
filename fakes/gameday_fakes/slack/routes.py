"""Slack's URL table."""

from __future__ import annotations

from gameday_fakes.http import Route

ROUTES = (
    Route("POST", "/api/chat.postMessage", "alert.write", "post_message"),
    Route("POST", "/api/chat.update", "alert.write", "update_message"),
    Route("POST", "/api/auth.test", "login", "test_login"),
    Route("POST", "/services/{team}/{bot}/{secret}", "alert.write", "post_to_webhook", public=True),
)
