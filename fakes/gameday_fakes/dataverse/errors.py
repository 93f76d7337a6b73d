"""Dataverse's error documents: ``{"error": {"code", "message"}}``, with annotations where a client asks for them.

Sources: learn.microsoft.com, "Compose HTTP requests and handle errors" (statuses, annotations, a plug-in's error),
"Service protection API limits" (429), "Web service error codes" (codes and texts) and "Perform conditional operations
using the Web API" (412). ``[R]`` marks general knowledge that has to be confirmed against a real environment.
"""

from __future__ import annotations

from typing import Any

import msgspec

from gameday_fakes import catalogue
from gameday_fakes.http import Reply
from gameday_fakes.odata.errors import STATUS, ODataError

CONTENT_TYPE = b"application/json; odata.metadata=minimal"
#: Where a moved address is now; nothing answers there.
MOVED_TO = b"https://moved.invalid/"
_MOVED = 301
_HTML = b"text/html; charset=us-ascii"
#: What a 429 asks for unless a limit says more.
RETRY_AFTER_S = 10


class ErrorKind(msgspec.Struct, frozen=True):
    """One kind: its HTTP status, the code and the text if none is given.

    ``retry_after_s`` is what the header ``Retry-After`` says; 0 without one. An answer of the gateway is a page.
    """

    status: int
    code: str
    message: str
    retry_after_s: int = 0
    is_page: bool = False


_ODATA = "0x80060888"
_PAYLOAD = "0x80048d19"

KINDS: dict[str, ErrorKind] = {
    # Its body is empty, and the header says where to get a token.
    "unauthorized": ErrorKind(401, "", ""),
    "forbidden": ErrorKind(403, "0x80040220", "Principal user is missing a privilege."),
    "not_found": ErrorKind(404, "0x80040217", "The record Does Not Exist"),
    # [R] the code
    "unknown_resource": ErrorKind(404, "0x8006088a", "Resource not found for the segment."),
    "method_not_allowed": ErrorKind(405, _ODATA, "The requested resource does not support this http method."),
    "not_implemented": ErrorKind(501, "0x80060888", "The operation is not implemented."),
    "bad_url": ErrorKind(400, _ODATA, "Bad Request - Error in query syntax."),
    "bad_option": ErrorKind(400, _ODATA, "The query is not valid."),
    "bad_filter": ErrorKind(400, _ODATA, "The query specified in the URI is not valid."),
    "bad_batch": ErrorKind(400, _ODATA, "The batch request cannot be read."),
    "bad_body": ErrorKind(400, _PAYLOAD, "Error identified in Payload provided by the user."),
    "bad_value": ErrorKind(400, _PAYLOAD, "Cannot convert the literal."),
    "unknown_field": ErrorKind(400, _PAYLOAD, "The property does not exist."),
    "read_only": ErrorKind(400, _PAYLOAD, "CRM do not support direct update of Entity Reference properties."),
    "too_long": ErrorKind(400, "0x80044331", "A validation error occurred. The length of an attribute is too long."),
    # [R] the code
    "missing_field": ErrorKind(400, "0x80040203", "An argument is missing."),
    "bad_state": ErrorKind(400, "0x80048408", "The state code or status code is not valid for the record."),
    "bad_choice": ErrorKind(400, "0x8004431a", "A value is outside of the valid range of a choice."),
    # [R] the code
    "already_closed": ErrorKind(400, "0x80040203", "The opportunity has already been closed."),
    "in_use": ErrorKind(
        405,
        "0x80040227",
        "The object you tried to delete is associated with another object and cannot be deleted.",
    ),
    "duplicate": ErrorKind(412, "0x80040237", "A record with matching key values already exists."),
    "precondition_failed": ErrorKind(
        412, "0x80060882", "The version of the existing record doesn't match the RowVersion property provided."
    ),
    "record_changed": ErrorKind(
        412, "0x80060882", "The version of the existing record doesn't match the RowVersion property provided."
    ),
    "dependency_failed": ErrorKind(424, _ODATA, "A request that this one depends on has failed."),
    # [R] the code; the status is that of OData 4.0 for what is no longer served ("Delta Payload").
    "gone": ErrorKind(
        410, "0x80044352", "Version stamp associated with the client has expired. Please perform a full sync."
    ),
    "plugin_error": ErrorKind(400, "0x80040265", "An error occurred in the ISV code."),
    "plugin_failed": ErrorKind(500, "0x80040224", "An unexpected error occurred from ISV code."),
    # [R] another transaction holds the row until the database gives up.
    "locked": ErrorKind(500, "0x80044151", "SQL timeout expired."),
    "rate_limited": ErrorKind(
        429,
        "0x80072322",
        "Number of requests exceeded the limit of 6000 over time window of 300 seconds.",
        retry_after_s=RETRY_AFTER_S,
    ),
    "execution_limited": ErrorKind(
        429,
        "0x80072321",
        "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time window of 300 "
        "seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.",
        retry_after_s=RETRY_AFTER_S,
    ),
    "concurrency_limited": ErrorKind(
        429, "0x80072326", "Number of concurrent requests exceeded the limit of 52.", retry_after_s=RETRY_AFTER_S
    ),
    "too_large": ErrorKind(413, _ODATA, "The request is too large."),
    "unavailable": ErrorKind(503, "0x80044150", "The service is unavailable.", retry_after_s=30),
    "request_timeout": ErrorKind(408, "0x80044151", "The request has timed out."),
    "gateway_timeout": ErrorKind(504, "", "", is_page=True),
    "moved": ErrorKind(301, "", "", is_page=True),
    "server_error": ErrorKind(500, "0x80040216", "An unexpected error occurred."),
}
KINDS.update({name: ErrorKind(status, _ODATA, name) for name, status in STATUS.items() if name not in KINDS})

#: The same for the catalogue.
ERRORS = tuple(catalogue.ErrorKind(name, kind.status, kind.code) for name, kind in KINDS.items())
#: The facets of service protection, by the kind of refusal.
FACETS = {
    "requests": "rate_limited",
    "execution time": "execution_limited",
    "concurrent requests": "concurrency_limited",
}


def error_reply(
    kind: str, message: str = "", *, key: str | None = None, annotated: bool = False, retry_after_s: float = 0.0
) -> Reply:
    """The reply for a kind of ``KINDS``; ``annotated`` if the client asks for what annotations tell of errors."""
    known = KINDS[kind]
    headers = [(b"odata-version", b"4.0")] if not known.is_page else []
    # Whoever comes after so many whole seconds is not early.
    wait_s = max(1, -int(-retry_after_s // 1)) if retry_after_s else known.retry_after_s
    if wait_s:
        headers.append((b"retry-after", str(wait_s).encode()))
    if known.is_page:
        if known.status == _MOVED:
            headers.append((b"location", MOVED_TO))
        page = f"<html><head><title>{known.status}</title></head><body></body></html>"
        return Reply(known.status, page.encode(), headers, content_type=_HTML, error=kind, key=key)
    if kind == "unauthorized":
        return Reply(401, b"", headers, error=kind, key=key)
    error: dict[str, Any] = {"code": known.code, "message": message or known.message}
    if annotated:
        code = known.code.removeprefix("0x")
        help_link = (
            f"http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException%3a{code}&client=platform"
        )
        error["@Microsoft.PowerApps.CDS.HelpLink"] = help_link
        error["@Microsoft.PowerApps.CDS.InnerError.Message"] = error["message"]
    return Reply.json(known.status, {"error": error}, headers, content_type=CONTENT_TYPE, error=kind, key=key)


def refused(kind: str, message: str = "", *, target: str = "") -> ODataError:
    """A refusal by a rule of Dataverse; ``kind`` is one of ``KINDS``."""
    return ODataError(kind, message or KINDS[kind].message, target=target)
