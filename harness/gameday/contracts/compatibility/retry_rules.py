"""Rules for the retry policy: what the ERP has to bear, and what the sync may do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from gameday.contracts.compatibility.change import Change, rule
from gameday.contracts.compatibility.document import Where
from gameday.contracts.retry_policy import read_retry_policy
from gameday.model.contract import RetryPolicy

RETRY_LOOSENED = rule(
    "retry-loosened",
    "major",
    breaks="new",
    says="{path} was loosened from {before} to {after}: the ERP gets retries that it was not promised",
)
RETRY_TIGHTENED = rule(
    "retry-tightened",
    "major",
    breaks="old",
    says="{path} was tightened from {before} to {after}: a sync that retries as before breaks it",
)


def retry_changes(before: Any, after: Any, where: Where) -> Iterator[Change]:
    """The changes of the custom property at ``where``; None is a contract without it."""
    place = f"{where.source.label}:{where.line}: {where.path}"
    was, now = (RetryPolicy() if value is None else read_retry_policy(value, place) for value in (before, after))

    def change(term: str, loosened: bool, *texts: str) -> Change:
        found = RETRY_LOOSENED if loosened else RETRY_TIGHTENED
        return found.change(Where(where.source, where.place, f"{where.path}.{term}"), *texts)

    if was.max_attempts != now.max_attempts:
        # Without a limit there are more attempts than with any.
        more = (now.max_attempts or math.inf) > (was.max_attempts or math.inf)
        yield change("maxAttempts", more, *(str(each.max_attempts or "no limit") for each in (was, now)))
    if was.min_delay_s != now.min_delay_s:
        yield change("minDelay", now.min_delay_s < was.min_delay_s, *(f"{each.min_delay_s:g} s" for each in (was, now)))
