"""Slack as the pager: ``chat.postMessage`` and ``chat.update`` with a token, and incoming webhooks.

Known deviations: every channel and every webhook exists; a thread is only a ``thread_ts``, and there are no reactions
but those that the control plane adds. Source: Slack API documentation, "chat.postMessage", "chat.update", "Sending
messages using incoming webhooks", "Rate limits".
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.slack.manifest import MANIFEST

__all__ = ["FAKE", "MANIFEST"]

#: Loaded when it is asked for.
FAKE: type[Any]


def __getattr__(name: str) -> Any:
    return MANIFEST.exported(__name__, name)
