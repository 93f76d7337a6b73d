"""Opsgenie, as everybody may know it without its fake."""

from __future__ import annotations

from gameday_fakes.manifest import Manifest

MANIFEST = Manifest(
    name="opsgenie",
    role="pager",
    title="Opsgenie",
    fake="gameday_fakes.opsgenie.handlers:Opsgenie",
    hosts=("api.opsgenie.com", "api.eu.opsgenie.com"),
    host="api.opsgenie.com",
    credentials={"api_key": "gameday-opsgenie-key"},
)
