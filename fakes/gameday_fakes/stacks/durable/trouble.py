"""Turns every error of a vendor or of the network into one ``Trouble`` with the flow's own reason code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import httpx


class Trouble(Exception):
    """An error that keeps a deal from being settled.

    ``reason`` is a code of the definition's ``reasons``; ``system`` is ``crm`` or ``erp``; ``retry_after_s`` is what
    the vendor asked for, on its own clock, which a run may speed up.
    """

    def __init__(
        self,
        reason: str,
        detail: str,
        *,
        system: str,
        retry_after_s: float = 0.0,
        payload: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.system = system
        self.retry_after_s = retry_after_s
        self.payload = payload


def of_network(problem: httpx.HTTPError, system: str) -> Trouble:
    """The trouble of a request that got no complete reply."""
    name = type(problem).__name__
    if isinstance(problem, httpx.TimeoutException):
        return Trouble("slow", f"the {system.upper()} did not answer in time ({name})", system=system)
    return Trouble("connection", f"connection to the {system.upper()}: {name}: {problem}", system=system)


def retry_after_s(reply: httpx.Response) -> float:
    """The seconds in ``Retry-After``, 0 without one; a date is not read."""
    try:
        return max(0.0, float(reply.headers.get("retry-after", "0")))
    except ValueError:
        return 0.0


def by_status(status: int, detail: str, system: str, wait_s: float) -> Trouble | None:
    """The trouble that a status alone tells of; None for a refusal of one record."""
    reason = ""
    if status == 401:
        reason = "login_refused"
    elif status == 410:
        reason = "version_retired"
    elif status == 429:
        reason = "rate_limited"
    elif status == 403:
        reason = "permission_denied"
    elif status in (408, 500, 502, 503, 504):
        reason = "unavailable"
    return Trouble(reason, detail, system=system, retry_after_s=wait_s) if reason else None


def by_text(reply: httpx.Response, detail: str, system: str, text: str, reasons: Iterable[tuple[str, str]]) -> Trouble:
    """The trouble of an error: by its status, else by the first ``(pattern in lower case, reason)`` in its text."""
    known = by_status(reply.status_code, detail, system, retry_after_s(reply))
    if known is not None:
        return known
    lowered = text.lower()
    reason = next((reason for pattern, reason in reasons if re.search(pattern, lowered)), "refused")
    return Trouble(reason, detail, system=system)
