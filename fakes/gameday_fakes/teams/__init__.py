"""Microsoft Teams as the pager: incoming webhooks, of connectors and of workflows.

Known deviations: every webhook exists; there is no reply, reaction or update. Sources: Microsoft Learn, "Create an
Incoming Webhook", "Actionable message card reference", "Cards"; Power Automate, "When a Teams webhook request is
received".
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.teams.manifest import MANIFEST

__all__ = ["FAKE", "MANIFEST"]

#: Loaded when it is asked for.
FAKE: type[Any]


def __getattr__(name: str) -> Any:
    return MANIFEST.exported(__name__, name)
