"""NetSuite's error bodies: ``{type, title, status, "o:errorDetails": [...]}`` for every kind.

Source: Oracle's NetSuite help, "Error Handling in REST Web Services". Texts marked [R] are general knowledge, to be
confirmed against a real account; clients should go by status and ``o:errorCode``, as that page says.
"""

from __future__ import annotations

from typing import Any

import msgspec

from gameday_fakes import catalogue
from gameday_fakes.http import Reply

CONTENT_TYPE = b"application/vnd.oracle.resource+json; type=error"

#: Where a moved address is now; nothing answers there.
MOVED_TO = b"https://moved.invalid/"

_TITLES = {
    400: ("Bad Request", "sec10.4.1"),
    401: ("Unauthorized", "sec10.4.2"),
    403: ("Forbidden", "sec10.4.4"),
    404: ("Not Found", "sec10.4.5"),
    405: ("Method Not Allowed", "sec10.4.6"),
    429: ("Bad Request", "sec10.4.1"),
    500: ("Internal Server Error", "sec10.5.1"),
    503: ("Service Unavailable", "sec10.5.4"),
}


class ErrorKind(msgspec.Struct, frozen=True):
    """One kind: its HTTP status, NetSuite's code and the text if none is given."""

    status: int
    code: str
    detail: str
    title: str = ""


KINDS: dict[str, ErrorKind] = {
    "unauthorized": ErrorKind(
        401,
        "INVALID_LOGIN",
        "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at Setup > "
        "Users/Roles > User Management > View Login Audit Trail.",
    ),
    "forbidden": ErrorKind(
        403,
        "INSUFFICIENT_PERMISSION",
        "Permission Violation: You need a higher permission to access this record.",
    ),
    "rate_limited": ErrorKind(
        429,
        "CONCURRENCY_LIMIT_EXCEEDED",
        "Concurrent request limit exceeded. Request blocked.",
    ),
    # [R]
    "unavailable": ErrorKind(503, "SERVICE_UNAVAILABLE", "NetSuite is undergoing scheduled maintenance."),
    "server_error": ErrorKind(
        500,
        "UNEXPECTED_ERROR",
        "An unexpected error occurred. Error ID: gameday00000000000000",
    ),
    "not_found": ErrorKind(
        404, "NONEXISTENT_ID", "The record instance does not exist. Provide a valid record instance ID."
    ),
    "unknown_record": ErrorKind(404, "NOT_FOUND", "Record type does not exist."),
    "method_not_allowed": ErrorKind(405, "METHOD_NOT_ALLOWED", "The HTTP method is not allowed for this resource."),
    "bad_body": ErrorKind(400, "INVALID_CONTENT", "Invalid content in the request body. The JSON could not be parsed."),
    "invalid_content": ErrorKind(400, "INVALID_CONTENT", "Invalid content in the request body."),
    "unknown_field": ErrorKind(400, "INVALID_CONTENT", "Error while accessing a resource. Unknown property."),
    "nonexistent_field": ErrorKind(400, "NONEXISTENT_FIELD", "Record field was not found."),
    "invalid_parameter": ErrorKind(400, "INVALID_PARAMETER", "Invalid query parameter."),
    "invalid_header": ErrorKind(400, "INVALID_HEADER", "Required header 'Prefer' is missing or has a wrong value."),
    "missing_field": ErrorKind(400, "USER_ERROR", "Error while accessing a resource. Please enter value(s)."),
    "duplicate": ErrorKind(400, "USER_ERROR", "Error while accessing a resource. This record already exists."),
    "duplicate_customer": ErrorKind(
        400, "UNIQUE_CUST_ID_REQD", "Error while accessing a resource. A customer with this name already exists."
    ),
    "user_error": ErrorKind(400, "USER_ERROR", "Error while accessing a resource."),
    # [R]
    "locked": ErrorKind(
        400,
        "USER_ERROR",
        "Error while accessing a resource. This record has been locked by a user defined workflow.",
    ),
    # [R]
    "closed_period": ErrorKind(
        400,
        "USER_ERROR",
        "Error while accessing a resource. The posting period is closed. Transactions cannot be posted to it.",
    ),
    "price_out_of_tolerance": ErrorKind(
        400, "USER_ERROR", "Error while accessing a resource. The rate is outside of the tolerance of the price list."
    ),
    "inactive_reference": ErrorKind(400, "INVALID_CONTENT", "Invalid Field Value for an inactive record."),
    # [R]
    "record_changed": ErrorKind(
        400, "RCRD_HAS_BEEN_CHANGED", "Record has been changed. Please try again with the current version."
    ),
    # [R]
    "credit_hold": ErrorKind(
        400,
        "USER_ERROR",
        "Error while accessing a resource. The customer is on credit hold: its credit limit is used up.",
    ),
    # [R] NetSuite has no such hold of its own: a script of the account refuses the record, with a text of its own.
    "legal_hold": ErrorKind(
        400,
        "SSS_USER_ERROR",
        "Error while accessing a resource. Legal hold: no order of this customer until legal releases it.",
    ),
    # Oracle's NetSuite help, "Understanding Account-Specific Domains": requests to another domain are redirected.
    "moved": ErrorKind(301, "", ""),
    "script_error": ErrorKind(400, "SSS_USER_ERROR", "Error while accessing a resource. A script refused the record."),
    "idempotency": ErrorKind(
        400,
        "IDEMPOTENCY_ERROR",
        "A request with the same idempotency key has been accepted before.",
        title="Conflict",
    ),
}

#: The same for the catalogue.
ERRORS = tuple(catalogue.ErrorKind(name, kind.status, kind.code) for name, kind in KINDS.items())


def error_reply(kind: str, detail: str = "", *, path: str = "", key: str | None = None) -> Reply:
    """The reply for a kind of ``KINDS``. ``path`` is the field at fault, as in ``item.items[0].item``."""
    known = KINDS[kind]
    if known.status == 301:
        return Reply(known.status, headers=[(b"location", MOVED_TO)], error=kind, key=key)
    title, section = _TITLES[known.status]
    entry: dict[str, Any] = {"detail": detail or known.detail, "o:errorCode": known.code}
    if path:
        entry["o:errorPath"] = path
    body = {
        "type": f"https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#{section}",
        "title": known.title or title,
        "status": known.status,
        "o:errorDetails": [entry],
    }
    return Reply(known.status, msgspec.json.encode(body), content_type=CONTENT_TYPE, error=kind, key=key)


class Refused(Exception):
    """A rule refuses the request. ``kind`` is one of ``KINDS``; ``path`` is the field at fault."""

    def __init__(self, kind: str, detail: str = "", *, path: str = "") -> None:
        super().__init__(detail or kind)
        self.kind = kind
        self.detail = detail
        self.path = path
