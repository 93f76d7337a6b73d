"""The fake HubSpot: all handlers together."""

from __future__ import annotations

from gameday_fakes.hubspot.webhook_handlers import WebhookHandlers


class HubSpot(WebhookHandlers):
    """Records one by one and in batches, searches, associations, properties, pipelines, OAuth and webhooks."""
