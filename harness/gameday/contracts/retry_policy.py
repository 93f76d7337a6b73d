"""Reads the retry policy of a contract: its custom property ``retryPolicy``.

customProperties:
  - property: retryPolicy
    value: {maxAttempts: 5, minDelay: 2 s}
"""

from __future__ import annotations

from typing import Any

from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import shown
from gameday.contracts.values import read_count, read_seconds
from gameday.model.contract import RetryPolicy

PROPERTY = "retryPolicy"
_TERMS = ("maxAttempts", "minDelay")


def read_retry_policy(value: Any, where: str) -> RetryPolicy:
    """The policy that a value says; a delay without a unit is in seconds. Raises GamedayError naming ``where``."""
    if not isinstance(value, dict) or not value:
        raise GamedayError(
            f"{where}: {shown(value)} is not a retry policy", hint="such as {maxAttempts: 5, minDelay: 2 s}"
        )
    for name in value:
        if name not in _TERMS:
            raise unknown("term", str(name)[:80], _TERMS, where=where)
    attempts, delay = (value.get(name) for name in _TERMS)
    return RetryPolicy(
        0 if attempts is None else read_count(attempts, f"{where}: maxAttempts"),
        0.0 if delay is None else read_seconds(delay, "s", f"{where}: minDelay"),
    )
