"""Slack, as everybody may know it without its fake."""

from __future__ import annotations

from gameday_fakes.manifest import Manifest

MANIFEST = Manifest(
    name="slack",
    role="pager",
    title="Slack",
    fake="gameday_fakes.slack.handlers:Slack",
    hosts=("slack.com", "*.slack.com"),
    host="slack.com",
    credentials={"token": "xoxb-gameday-token", "webhook": "/services/T0GAMEDAY/B0GAMEDAY/gamedaywebhook"},
)
