"""Business Central's error documents: ``{"error": {"code", "message"}}``, the message with a correlation id at its end.

Sources: learn.microsoft.com, Dynamics 365 Business Central, "Troubleshooting OData/API calls" (codes and texts), "API
Limits in Dynamics 365 Business Central" (429, 503, 504) and "Use OData to Modify Data". Which HTTP status a code has is
documented for few of them; [R] marks general knowledge that has to be confirmed against a real environment.
"""

from __future__ import annotations

import uuid

import msgspec

from gameday_fakes import catalogue
from gameday_fakes.http import Reply
from gameday_fakes.odata.errors import STATUS, ODataError, document_v4

CONTENT_TYPE = b"application/json; odata.metadata=minimal"
#: Where a moved address is now; nothing answers there.
MOVED_TO = b"https://moved.invalid/"
_MOVED = 301
_HTML = b"text/html; charset=us-ascii"


class ErrorKind(msgspec.Struct, frozen=True):
    """One kind: its HTTP status, Business Central's code and the text if none is given.

    ``retry_after_s`` is what the header ``Retry-After`` says; 0 without one. An answer of the gateway is a page.
    """

    status: int
    code: str
    message: str
    retry_after_s: int = 0
    is_page: bool = False


_CHANGED = "Another user has already changed the record."
_TOKEN = (
    "Could not validate the client concurrency token required by the service. Please provide a valid token in the "  # noqa: S105 - a text
    "client request."
)

KINDS: dict[str, ErrorKind] = {
    "unauthorized": ErrorKind(
        401, "Authentication_InvalidCredentials", "The server has rejected the client credentials."
    ),
    # [R]
    "forbidden": ErrorKind(
        403,
        "Authorization_RequestDenied",
        "You do not have the following permissions on TableData Sales Header: Modify.",
    ),
    "not_found": ErrorKind(404, "Internal_RecordNotFound", "The record does not exist."),
    "company_not_found": ErrorKind(404, "Internal_CompanyNotFound", "The company cannot be found."),
    "unknown_resource": ErrorKind(404, "BadRequest_ResourceNotFound", "Resource not found for the segment."),
    "method_not_allowed": ErrorKind(
        405, "BadRequest_MethodNotAllowed", "Requests of this method are not allowed for this resource."
    ),
    "not_implemented": ErrorKind(501, "BadRequest_MethodNotImplemented", "Entity does not support this."),
    "bad_url": ErrorKind(400, "BadRequest_NotFound", "Bad Request - Error in query syntax"),
    "bad_option": ErrorKind(400, "BadRequest_InvalidRequestUrl", "The query is not valid."),
    "bad_filter": ErrorKind(400, "BadRequest_InvalidRequestUrl", "The filter is not valid."),
    "bad_batch": ErrorKind(400, "BadRequest", "Invalid Request Body"),
    "bad_body": ErrorKind(400, "BadRequest", "Invalid Request Body"),
    "bad_value": ErrorKind(400, "BadRequest", "Unable to convert value."),
    "unknown_field": ErrorKind(400, "BadRequest", "The property does not exist."),
    "read_only": ErrorKind(400, "BadRequest_InvalidOperation", "Control is read-only"),
    "too_long": ErrorKind(400, "Application_StringExceededLength", "The length of the string is too long."),
    "missing_field": ErrorKind(400, "BadRequest_RequiredParamNotProvided", "Field must not be blank or empty."),
    "missing_value": ErrorKind(400, "Application_FieldValidationException", "A field must have a value."),
    "dialog": ErrorKind(400, "Application_DialogException", "The operation cannot be carried out."),
    "unknown_reference": ErrorKind(400, "Internal_InvalidTableRelation", "A related record cannot be found."),
    "inactive_reference": ErrorKind(400, "Application_FieldValidationException", "A related record is blocked."),
    "closed_period": ErrorKind(
        400, "Application_DialogException", "Posting Date is not within your range of allowed posting dates."
    ),
    "duplicate": ErrorKind(400, "Internal_EntityWithSameKeyExists", "The record already exists."),
    "precondition_required": ErrorKind(400, "BadRequest_InvalidToken", _TOKEN),
    "precondition_failed": ErrorKind(409, "Request_EntityChanged", _CHANGED),
    "record_changed": ErrorKind(409, "Request_EntityChanged", _CHANGED),
    "dependency_failed": ErrorKind(424, "BadRequest", "A request that this one depends on has failed."),
    "gone": ErrorKind(410, "BadRequest_NotFound", "The link has expired."),
    # [R]
    "locked": ErrorKind(
        409,
        "Internal_ServerError",
        "We can't save your changes right now, because a record in table 'Sales Header' is being updated in a "
        "transaction done by another session.",
    ),
    # [R] the code
    "rate_limited": ErrorKind(
        429, "Application_TooManyRequests", "Too many requests reached. Actual (101). Maximum (100).", retry_after_s=10
    ),
    # [R]
    "credit_hold": ErrorKind(400, "Application_DialogException", "The customer's credit limit has been exceeded."),
    # [R] Business Central blocks customers; the reason is an extension's.
    "legal_hold": ErrorKind(
        400, "Application_DialogException", "You cannot create this document: the customer is on legal hold."
    ),
    "request_timeout": ErrorKind(408, "Application_OperationTimeout", "The operation took longer than it may."),
    "unavailable": ErrorKind(503, "Internal_TenantUnavailable", "The tenant is not accessible.", retry_after_s=30),
    "gateway_timeout": ErrorKind(504, "", "", is_page=True),
    "moved": ErrorKind(301, "", "", is_page=True),
    "server_error": ErrorKind(500, "Internal_ServerError", "An unexpected error occurred."),
}
KINDS.update({name: ErrorKind(status, "BadRequest", name) for name, status in STATUS.items() if name not in KINDS})

#: The same for the catalogue.
ERRORS = tuple(catalogue.ErrorKind(name, kind.status, kind.code) for name, kind in KINDS.items())


def error_reply(kind: str, message: str = "", *, key: str | None = None) -> Reply:
    """The reply for a kind of ``KINDS``."""
    known = KINDS[kind]
    headers = [(b"odata-version", b"4.0")] if not known.is_page else []
    if known.retry_after_s:
        headers.append((b"retry-after", str(known.retry_after_s).encode()))
    if known.is_page:
        if known.status == _MOVED:
            headers.append((b"location", MOVED_TO))
        title = "Moved" if known.status == _MOVED else "Gateway Time-out"
        page = f"<html><head><title>{known.status} {title}</title></head><body></body></html>"
        return Reply(known.status, page.encode(), headers, content_type=_HTML, error=kind, key=key)
    # Two blanks, as the service writes it.
    text = f"{message or known.message}  CorrelationId:  {uuid.uuid4()}."
    body = document_v4(known.code, text)
    return Reply.json(known.status, body, headers, content_type=CONTENT_TYPE, error=kind, key=key)


def refused(kind: str, message: str = "", *, target: str = "") -> ODataError:
    """A refusal by a rule of Business Central; ``kind`` is one of ``KINDS``."""
    return ODataError(kind, message or KINDS[kind].message, target=target)
