"""Prometheus Alertmanager as the pager: its API v2 for alerts, and the receiver of its webhook.

Known deviations: alerts are not grouped, silenced, inhibited or repeated, and end only when they are resolved or when
their ``endsAt`` has passed as they arrive. Sources: Prometheus documentation, "Alerting API", "Configuration:
webhook_config"; the OpenAPI file of Alertmanager's API v2.
"""

from __future__ import annotations

from gameday_fakes.alertmanager.handlers import Alertmanager

FAKE = Alertmanager
