"""Error documents of the REST framework: ``application/vnd.oracle.adf.error+json``, or a line of text.

Sources: docs.oracle.com, "Set the REST Framework Version" (details of an error from version 4 on) and the pages of
the media type; "Sales Orders for Order Hub REST Endpoints" (404 without data security, 500, 504 after which an order
may be there). The numbers in ``o:errorCode`` are those of "Oracle Fusion Middleware Error Messages", JBO; that the
application gives them for these refusals, and the wording, is [R].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gameday_fakes import catalogue
from gameday_fakes.http import Reply
from gameday_fakes.odata.errors import STATUS, ODataError

MEDIA_TYPE = b"application/vnd.oracle.adf.error+json"
_TEXT, _HTML = b"text/plain;charset=UTF-8", b"text/html; charset=UTF-8"
#: Where a moved address is now; nothing answers there.
MOVED_TO = b"https://moved.invalid/"
_MOVED = 301
#: From this version of the framework on, an error has details without being asked for them.
DETAILED = 4


class ErrorKind(msgspec.Struct, frozen=True):
    """One kind: its HTTP status, the code and the text if none is given.

    ``retry_after_s`` is what the header ``Retry-After`` says; 0 without one. An answer of the gateway is a page.
    """

    status: int
    code: str
    message: str
    retry_after_s: int = 0
    is_page: bool = False


_CHANGED = "Another user has changed the row. Query the row again, then make your changes."
_REFERENCE = "The value of the attribute isn't valid."

KINDS: dict[str, ErrorKind] = {
    "unauthorized": ErrorKind(401, "", "", is_page=True),
    "forbidden": ErrorKind(403, "25036", "You don't have the privilege to do this."),
    "not_found": ErrorKind(404, "", "Not Found"),
    "unknown_resource": ErrorKind(404, "", "Not Found"),
    "method_not_allowed": ErrorKind(405, "", "Method Not Allowed"),
    "not_implemented": ErrorKind(501, "", "Not Implemented"),
    "bad_url": ErrorKind(400, "", "The URL request parameter isn't valid."),
    "bad_option": ErrorKind(400, "", "The URL request parameter isn't valid."),
    "bad_filter": ErrorKind(400, "", "URL request parameter q cannot be used in this context."),
    "bad_version": ErrorKind(400, "", "The value of the header REST-Framework-Version isn't valid."),
    "bad_batch": ErrorKind(400, "", "The batch request isn't valid."),
    "bad_body": ErrorKind(400, "", "The request payload isn't valid."),
    "bad_value": ErrorKind(400, "27018", "The value has another type than the attribute."),
    "unknown_field": ErrorKind(400, "", "The attribute isn't one of the resource."),
    "read_only": ErrorKind(400, "27008", "The attribute is read-only."),
    "too_long": ErrorKind(400, "27010", "The value is longer than the attribute may be."),
    "missing_field": ErrorKind(400, "27014", "The attribute is required."),
    "missing_value": ErrorKind(400, "27014", "The attribute is required."),
    "rule": ErrorKind(400, "27024", "The request was refused by a rule."),
    "unknown_reference": ErrorKind(400, "27024", _REFERENCE),
    "inactive_reference": ErrorKind(400, "27024", _REFERENCE),
    "closed_period": ErrorKind(400, "27024", "The accounting date isn't in an open or future-enterable period."),
    "credit_hold": ErrorKind(400, "27024", "The order failed the credit check: the customer is over the credit limit."),
    # [R] holds are placed on an order that exists; that one is refused is a rule of the company's own.
    "legal_hold": ErrorKind(400, "27030", "The order is refused: the customer is on legal hold."),
    "duplicate": ErrorKind(400, "25013", "Too many objects match the primary key."),
    "precondition_failed": ErrorKind(412, "25014", _CHANGED),
    "record_changed": ErrorKind(412, "25014", _CHANGED),
    "locked": ErrorKind(400, "26030", "Failed to lock the record: another user holds the lock."),
    "gone": ErrorKind(410, "", "The version of the resource has been retired."),
    "rate_limited": ErrorKind(429, "", "Too Many Requests", retry_after_s=10),
    "request_timeout": ErrorKind(408, "", "Request Timeout"),
    "unavailable": ErrorKind(503, "", "", retry_after_s=30, is_page=True),
    "gateway_timeout": ErrorKind(504, "", "", is_page=True),
    "moved": ErrorKind(_MOVED, "", "", is_page=True),
    "server_error": ErrorKind(500, "", "Internal Server Error"),
}
KINDS.update({name: ErrorKind(status, "", name) for name, status in STATUS.items() if name not in KINDS})

#: The same for the catalogue.
ERRORS = tuple(catalogue.ErrorKind(name, kind.status, kind.code) for name, kind in KINDS.items())
_TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 412: "Precondition Failed"}
_TITLES |= {405: "Method Not Allowed", 408: "Request Timeout", 410: "Gone", 429: "Too Many Requests", _MOVED: "Moved"}
_TITLES |= {500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable", 504: "Gateway Time-out"}


class Detail(msgspec.Struct, frozen=True):
    """One error of a request: its text, its code and the path of the attribute in the payload (``/lines/0/...``)."""

    text: str
    code: str = ""
    path: str = ""

    def shown(self) -> dict[str, Any]:
        """As the document has it."""
        found = {"detail": self.text, "o:errorCode": self.code, "o:errorPath": self.path}
        return {name: value for name, value in found.items() if value}


class Refused(ODataError):
    """A refusal with its path: ``target`` is the attribute, ``within`` the path of accessors to it."""

    within: str = ""


def refused(kind: str, message: str = "", *, target: str = "") -> Refused:
    """A refusal by a rule of the application; ``kind`` is one of ``KINDS``."""
    return Refused(kind, message or KINDS[kind].message, target=target)


def detail_of(problem: ODataError) -> Detail:
    """The detail of a refusal."""
    within = problem.within if isinstance(problem, Refused) else ""
    path = "/".join(part for part in (within.strip("/"), problem.target) if part)
    known = KINDS.get(problem.kind, KINDS["bad_body"])
    return Detail(problem.message or known.message, known.code, f"/{path}" if path else "")


def error_reply(
    kind: str, details: Sequence[Detail] = (), *, version: int = DETAILED, asked: bool = False, key: str | None = None
) -> Reply:
    """The reply for a kind of ``KINDS``; ``asked`` is whether the request accepts the document with details."""
    known = KINDS[kind]
    headers = [(b"retry-after", str(known.retry_after_s).encode())] if known.retry_after_s else []
    title = _TITLES.get(known.status, "Error")
    if known.is_page:
        if known.status == _MOVED:
            headers.append((b"location", MOVED_TO))
        page = f"<html><head><title>{known.status} {title}</title></head><body><h1>{title}</h1></body></html>"
        return Reply(known.status, page.encode(), headers, content_type=_HTML, error=kind, key=key)
    details = details or (Detail(known.message, known.code),)
    if version < DETAILED and not asked:
        text = "\n".join(each.text for each in details)
        return Reply(known.status, text.encode("utf-8", "replace"), headers, content_type=_TEXT, error=kind, key=key)
    body = {"title": title, "status": str(known.status), "o:errorDetails": [each.shown() for each in details]}
    return Reply.json(known.status, body, headers, content_type=MEDIA_TYPE, error=kind, key=key)
