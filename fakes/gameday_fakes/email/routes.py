"""What a client can do at the mail server, as a URL table: the SMTP commands that are carried out as a request."""

from __future__ import annotations

from gameday_fakes.http import Route

ROUTES = (
    Route("AUTH", "/login", "login", "log_in", public=True),
    Route("DATA", "/messages", "alert.write", "take_message", public=True),
)
