"""Turns every error of a vendor or of the network into one ``Trouble`` with the flow's own reason code."""

from __future__ import annotations

import json
from typing import Any

import httpx


class Trouble(Exception):
    """An error that keeps a deal from being settled.

    ``reason`` is a code of the definition's ``reasons``; ``system`` is ``crm`` or ``erp``; ``retry_after_s`` is what
    the vendor asked for, in real seconds.
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


def _retry_after_s(reply: httpx.Response) -> float:
    try:
        return max(0.0, float(reply.headers.get("retry-after", "0")))
    except ValueError:
        return 0.0


def _by_status(status: int, detail: str, system: str, retry_after_s: float) -> Trouble | None:
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
    return Trouble(reason, detail, system=system, retry_after_s=retry_after_s) if reason else None


_CRM_REASONS = {
    "INVALID_SESSION_ID": "login_refused",
    "REQUEST_LIMIT_EXCEEDED": "rate_limited",
    "INVALID_FIELD": "schema_changed",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "permission_denied",
    "INVALID_TYPE": "permission_denied",
    "INSUFFICIENT_ACCESS_OR_READONLY": "permission_denied",
    "INSUFFICIENT_ACCESS": "permission_denied",
    "API_DISABLED_FOR_ORG": "permission_denied",
    "API_CURRENTLY_DISABLED": "permission_denied",
    "UNABLE_TO_LOCK_ROW": "locked",
    "ENTITY_IS_LOCKED": "locked",
    "SERVER_UNAVAILABLE": "unavailable",
    "REQUEST_RUNNING_TOO_LONG": "unavailable",
    "UNKNOWN_EXCEPTION": "unavailable",
    "QUERY_TIMEOUT": "unavailable",
}


def of_crm(status: int, body: Any, retry_after_s: float = 0.0) -> Trouble:
    """The trouble of a Salesforce error: ``[{message, errorCode}]``. Its code is more specific than the HTTP status.

    Source: Salesforce, "REST API Developer Guide", section "Status Codes and Error Responses".
    """
    first = body[0] if isinstance(body, list) and body and isinstance(body[0], dict) else {}
    code = str(first.get("errorCode", first.get("statusCode", "")))
    detail = f"{status} {code} {first.get('message', '')}".strip()
    if code in _CRM_REASONS:
        return Trouble(_CRM_REASONS[code], detail, system="crm", retry_after_s=retry_after_s)
    return _by_status(status, detail, "crm", retry_after_s) or Trouble("refused", detail, system="crm")


# NetSuite uses one code, USER_ERROR, for most refusals, so the text decides.
_ERP_TEXTS = (
    ("locked by", "locked"),
    ("has been changed", "locked"),
    ("period", "period_closed"),
    ("credit hold", "credit_hold"),
    ("tolerance", "price_drift"),
    ("inactive", "invalid_reference"),
    ("invalid field value", "invalid_reference"),
)


def of_erp(reply: httpx.Response) -> Trouble:
    """The trouble of a NetSuite error: ``{"o:errorDetails": [{detail, "o:errorCode"}]}``."""
    try:
        details = json.loads(reply.content).get("o:errorDetails") or [{}]
        first = details[0]
    except (ValueError, AttributeError):
        first = {}
    text = str(first.get("detail", ""))
    detail = f"{reply.status_code} {first.get('o:errorCode', '')} {text}".strip()
    known = _by_status(reply.status_code, detail, "erp", _retry_after_s(reply))
    if known is not None:
        return known
    lowered = text.lower()
    reason = next((code for text, code in _ERP_TEXTS if text in lowered), "refused")
    return Trouble(reason, detail, system="erp")


def of_crm_reply(reply: httpx.Response) -> Trouble:
    """The trouble of an error reply of Salesforce."""
    try:
        body = json.loads(reply.content)
    except ValueError:
        body = None
    return of_crm(reply.status_code, body, _retry_after_s(reply))
