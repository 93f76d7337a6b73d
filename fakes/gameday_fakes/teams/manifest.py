"""Microsoft Teams, as everybody may know it without its fake."""

from __future__ import annotations

from gameday_fakes.manifest import Manifest

MANIFEST = Manifest(
    name="teams",
    role="pager",
    title="Microsoft Teams",
    fake="gameday_fakes.teams.handlers:Teams",
    hosts=("*.webhook.office.com", "*.logic.azure.com"),
    host="gameday.webhook.office.com",
    credentials={"webhook": "/webhookb2/gameday/IncomingWebhook/gamedaywebhook/owner"},
)
