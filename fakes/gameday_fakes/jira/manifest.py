"""Jira, as everybody may know it without its fake."""

from __future__ import annotations

from gameday_fakes.manifest import Manifest

MANIFEST = Manifest(
    name="jira",
    role="tickets",
    title="Jira",
    fake="gameday_fakes.jira.handlers:Jira",
    hosts=("*.atlassian.net",),
    host="gameday.atlassian.net",
    credentials={"project": "SYNC", "user": "integration@example.com", "token": "gameday-jira-token"},
)
