"""The URL table of Teams' webhooks: ``/webhookb2/...`` of connectors, ``/workflows/...`` of workflows."""

from __future__ import annotations

from gameday_fakes.http import Route

ROUTES = (
    Route("POST", "/webhookb2/{group}/IncomingWebhook/{hook}/{owner}", "alert.write", "post_card", public=True),
    Route(
        "POST", "/webhookb2/{group}/IncomingWebhook/{hook}/{owner}/{secret}", "alert.write", "post_card", public=True
    ),
    Route("POST", "/workflows/{flow}/triggers/manual/paths/invoke", "alert.write", "post_to_flow", public=True),
)
