"""Prometheus Alertmanager as the pager: its API v2 for alerts, and the receiver of its webhook.

Known deviations: alerts are not grouped, silenced, inhibited or repeated. One that is posted to the API ends at its
``endsAt``, or without one when it has not been posted again for the default ``resolve_timeout``. Sources: Prometheus
documentation, "Alerting API", "Configuration: webhook_config"; the OpenAPI file of Alertmanager's API v2.
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.alertmanager.manifest import MANIFEST

__all__ = ["FAKE", "MANIFEST"]

#: Loaded when it is asked for.
FAKE: type[Any]


def __getattr__(name: str) -> Any:
    return MANIFEST.exported(__name__, name)
