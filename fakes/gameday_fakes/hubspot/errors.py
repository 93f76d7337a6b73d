"""HubSpot's errors: ``{status, message, correlationId, category, errors, context, links}``, of which each may lack.

Source: developers.hubspot.com, "Error handling"; the bodies that public clients keep as test data.
docs/vendors/hubspot.md says which are unconfirmed.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from gameday_fakes.catalogue import ErrorKind
from gameday_fakes.http import Reply

JSON = b"application/json;charset=utf-8"

#: Where a moved address is now; nothing answers there.
MOVED_TO = b"https://moved.invalid/"


class Kind(msgspec.Struct, frozen=True):
    """One kind of error, for faults and handlers. ``more`` are further members of the body."""

    status: int
    category: str
    message: str
    more: dict[str, Any] = {}


_NO_CREDENTIALS = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at "
    "https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)
_NO_SCOPES = (
    "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: "
    "https://developers.hubspot.com/scopes."
)


def _limit(policy: str) -> Kind:
    more = {"errorType": "RATE_LIMIT", "policyName": policy}
    return Kind(429, "RATE_LIMITS", f"You have reached your {policy.lower()} limit.", more)


KINDS: dict[str, Kind] = {
    "unauthorized": Kind(401, "INVALID_AUTHENTICATION", _NO_CREDENTIALS),
    "expired": Kind(401, "EXPIRED_AUTHENTICATION", "The OAuth token used to make this call expired."),
    "forbidden": Kind(403, "MISSING_SCOPES", _NO_SCOPES),
    "not_found": Kind(404, "OBJECT_NOT_FOUND", "resource not found"),
    "method_not_allowed": Kind(405, "", "method not allowed"),
    "bad_body": Kind(400, "VALIDATION_ERROR", "Invalid input JSON"),
    "validation": Kind(400, "VALIDATION_ERROR", "The record does not satisfy a validation rule."),
    "conflict": Kind(409, "CONFLICT", "The record was changed by another request."),
    "gone": Kind(410, "", "This version of the API is no longer available."),
    "uri_too_long": Kind(414, "", "URI Too Long"),
    "locked": Kind(423, "LOCKED", "The record is locked. Wait at least 2 seconds before you try again."),
    "rate_limited": _limit("TEN_SECONDLY_ROLLING"),
    "search_limited": _limit("SECONDLY"),
    "daily_limit": _limit("DAILY"),
    "migration": Kind(477, "", "A migration of this account's data is in progress."),
    "server_error": Kind(500, "", "internal error"),
    "bad_gateway": Kind(502, "", ""),
    "unavailable": Kind(503, "", "The service is temporarily unavailable."),
    "gateway_timeout": Kind(504, "", ""),
    "moved": Kind(301, "", ""),
    # Answers of the network in front of the API, without JSON.
    "web_server_down": Kind(521, "", ""),
    "origin_timeout": Kind(524, "", ""),
}

#: The same for the catalogue of the fake.
ERRORS = tuple(ErrorKind(name, kind.status, kind.category) for name, kind in KINDS.items())

#: How long a client is to wait, in seconds, where the reply says so. A real migration asks for up to a day; its end is
#: to be seen within a game day, where a client that waits as it is asked to would be later than any contract allows.
_RETRY_AFTER = {"migration": 60, "rate_limited": 10}


class Refused(Exception):
    """A request, or a part of a batch, that HubSpot refuses.

    ``context`` and ``errors`` are members of the body; ``kind`` is the kind of error in the catalogue.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        category: str = "VALIDATION_ERROR",
        kind: str = "validation",
        context: Mapping[str, list[str]] | None = None,
        errors: Iterable[Mapping[str, Any]] = (),
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.category = category
        self.kind = kind
        self.context = dict(context or {})
        self.errors = [dict(each) for each in errors]
        self.more = dict(more or {})

    @classmethod
    def of(cls, kind: str, message: str = "", **more: Any) -> Refused:
        """The refusal of a kind, with its usual message unless another is given."""
        known = KINDS[kind]
        more.setdefault("more", known.more)
        return cls(message or known.message, status=known.status, category=known.category, kind=kind, **more)

    def reply(self, correlation_id: str) -> Reply:
        """As a whole reply."""
        body: dict[str, Any] = {"status": "error", "message": self.message, "correlationId": correlation_id}
        if self.errors:
            body["errors"] = self.errors
        if self.context:
            body["context"] = self.context
        body |= self.more
        if self.category:
            body["category"] = self.category
        wait_s = _RETRY_AFTER.get(self.kind)
        headers = [(b"retry-after", str(wait_s).encode())] if wait_s else []
        return Reply.json(self.status, body, headers, error=self.kind)

    def part(self) -> dict[str, Any]:
        """As one of the errors of a batch; the clients need every member."""
        return {
            "status": "error",
            "category": self.category,
            "message": self.message,
            "context": self.context,
            "errors": self.errors,
            "links": {},
        }


def error_reply(kind: str, correlation_id: str, detail: str = "") -> Reply:
    """The reply for a kind. Raises KeyError for an unknown one."""
    known = KINDS[kind]
    if known.status == 301:
        return Reply(301, headers=[(b"location", MOVED_TO)], error=kind)
    if not known.message:
        return Reply(known.status, b"<html></html>", content_type=b"text/html", error=kind)
    message = f"{known.message}: {detail}" if kind == "bad_body" and detail else ""
    return Refused.of(kind, message).reply(correlation_id)


class BadValue(msgspec.Struct, frozen=True):
    """One property that a record cannot have, and why."""

    name: str
    code: str
    message: str
    value: str = ""


def bad_values(bad: Iterable[BadValue], portal_id: int) -> Refused:
    """The refusal of a record with properties that it cannot have: all of them are in the message, as JSON."""
    bad = list(bad)
    shown = [
        {
            "isValid": False,
            "message": each.message,
            "error": each.code,
            "name": each.name,
            "localizedErrorMessage": each.message,
            "propertyValue": each.value,
            "portalId": portal_id,
        }
        for each in bad
    ]
    text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    errors = [{"message": each.message, "code": each.code, "context": {"propertyName": [each.name]}} for each in bad]
    return Refused(f"Property values were not valid: {text}", errors=errors)


def correlation_id(seed: int, number: int) -> str:
    """The id of a reply; those of a run with this seed repeat."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"gameday:{seed}:{number}"))
