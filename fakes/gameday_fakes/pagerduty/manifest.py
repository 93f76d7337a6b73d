"""PagerDuty, as everybody may know it without its fake."""

from __future__ import annotations

from gameday_fakes.manifest import Manifest

MANIFEST = Manifest(
    name="pagerduty",
    role="pager",
    title="PagerDuty",
    fake="gameday_fakes.pagerduty.handlers:PagerDuty",
    hosts=("events.pagerduty.com", "api.pagerduty.com", "api.eu.pagerduty.com", "events.eu.pagerduty.com"),
    host="events.pagerduty.com",
    credentials={
        "routing_key": "gamedaygamedaygamedaygameday0001",
        "routing_key_sync": "gamedaygamedaygamedaygameday0002",
        "routing_key_source": "gamedaygamedaygamedaygameday0003",
        "routing_key_sink": "gamedaygamedaygamedaygameday0004",
        "routing_key_platform": "gamedaygamedaygamedaygameday0005",
        "routing_key_finance": "gamedaygamedaygamedaygameday0006",
        # For the REST API: its token, and the user whom the header From names.
        "api_token": "gameday-pagerduty-token",
        "from": "integration@example.com",
    },
)
