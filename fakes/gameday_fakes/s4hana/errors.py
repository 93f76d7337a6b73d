"""The error documents of SAP Gateway in version 2, with the messages of the application in ``innererror``.

Sources: SAP Help Portal, "Error Response Template" and "Message Container" of SAP Gateway Foundation; SAP knowledge
base articles 3048103 (CSRF), 2837726 (``/IWBEP/CX_MGW_BUSI_EXCEPTION``). A code is a message class and a number; [R]
marks those that are general knowledge and have to be confirmed against a real system, as are most statuses.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from gameday_fakes import catalogue
from gameday_fakes.http import Reply
from gameday_fakes.odata.errors import STATUS, ODataError, document_v2

_JSON = b"application/json;charset=utf-8"
_HTML = b"text/html; charset=utf-8"
_PLAIN = b"text/plain"
#: Where a moved address is now; nothing answers there.
MOVED_TO = b"https://moved.invalid/"
#: What the application raises: of its own messages the first is the one that the document begins with.
BUSINESS = "/IWBEP/CX_MGW_BUSI_EXCEPTION"


class ErrorKind(msgspec.Struct, frozen=True):
    """One kind: its HTTP status, SAP's message code and the text if none is given.

    ``form`` says what the answer is: a JSON document, plain text of the gateway, or a page of the web server before it.
    """

    status: int
    code: str
    message: str
    form: str = "json"
    retry_after_s: int = 0


_SYNTAX = "/IWBEP/CM_MGW_RT"

KINDS: dict[str, ErrorKind] = {
    "unauthorized": ErrorKind(401, "", "Anmeldung fehlgeschlagen / Logon failed", "page"),
    "csrf_token": ErrorKind(403, "", "CSRF token validation failed", "text"),
    # [R]
    "forbidden": ErrorKind(403, "/IWFND/MED/170", "No authorization to access the service"),
    "not_found": ErrorKind(404, f"{_SYNTAX}/020", "Resource not found"),
    "unknown_resource": ErrorKind(404, "005056A509B11EE1B9A8FEC11C21D78E", "Resource not found for the segment"),
    "unknown_service": ErrorKind(403, "/IWFND/MED/170", "No service found for namespace '', name, version '0001'"),
    "method_not_allowed": ErrorKind(405, f"{_SYNTAX}/022", "Method not allowed for this resource"),
    "not_implemented": ErrorKind(501, f"{_SYNTAX}/021", "Method not implemented in data provider class"),
    "bad_url": ErrorKind(400, "005056A509B11EE1B9A8FEC11C222D8E", "Malformed URI literal syntax"),
    "bad_option": ErrorKind(400, "005056A509B11EE1B9A8FEC11C225D8E", "Invalid system query option"),
    "bad_filter": ErrorKind(400, "005056A509B11EE1B9A8FEC11C22ED8E", "Invalid filter expression"),
    "bad_batch": ErrorKind(400, f"{_SYNTAX}/030", "The batch request cannot be read"),
    "bad_body": ErrorKind(400, "005056A509B11ED1B9BFFE7B6F54D8F1", "Error while parsing the request body"),
    "bad_value": ErrorKind(400, "005056A509B11ED1B9BFFE7B6F5478F1", "Invalid value for a property"),
    "unknown_field": ErrorKind(400, "005056A509B11ED1B9BFFE7B6F5458F1", "Property is invalid"),
    "read_only": ErrorKind(400, f"{_SYNTAX}/025", "Property cannot be written"),
    "too_long": ErrorKind(400, "005056A509B11ED1B9BFFE7B6F5498F1", "Property value is too long"),
    "missing_field": ErrorKind(400, "00/055", "Fill out all required entry fields"),
    "missing_value": ErrorKind(400, "00/055", "Fill out all required entry fields"),
    # [R] the numbers
    "unknown_reference": ErrorKind(400, "VP/112", "A record that the document refers to does not exist"),
    "unknown_material": ErrorKind(400, "V1/382", "Material is not defined"),
    "inactive_reference": ErrorKind(400, "VP/150", "The customer or material is blocked"),
    "unknown_condition": ErrorKind(400, "VE/006", "The condition type is not in the pricing procedure"),
    "subsequent_document": ErrorKind(400, "V1/397", "The document has subsequent documents and cannot be changed"),
    "duplicate": ErrorKind(400, "V4/115", "The purchase order number already exists"),
    "closed_period": ErrorKind(400, "F5/201", "Posting period is not open"),
    "not_billable": ErrorKind(400, "VF/066", "The document is not relevant for billing"),
    "locked": ErrorKind(400, "V1/042", "Sales document is currently being processed by user MILLER"),
    "credit_hold": ErrorKind(400, "VU/010", "The credit limit of the customer is exceeded"),
    # [R] the number: a central order block has a reason, and its text is the company's own.
    "legal_hold": ErrorKind(400, "VP/150", "Central order block of the customer: legal hold"),
    "number_range": ErrorKind(500, "NR/751", "No number can be drawn: the number range interval is exhausted"),
    "precondition_required": ErrorKind(428, "/IWFND/CM_BEC/100", "Data services Request required to be conditional."),
    "precondition_failed": ErrorKind(412, "/IWFND/CM_BEC/101", "Precondition Failed"),
    # What a fault calls a stale ETag.
    "record_changed": ErrorKind(412, "/IWFND/CM_BEC/101", "Precondition Failed"),
    "moved": ErrorKind(301, "", "Moved Permanently", "page"),
    "rate_limited": ErrorKind(429, "", "Too Many Requests", "page", retry_after_s=10),
    "unavailable": ErrorKind(503, "", "Service Unavailable", "page", retry_after_s=30),
    "gateway_timeout": ErrorKind(504, "", "Gateway Time-out", "page"),
    "server_error": ErrorKind(500, "/IWFND/CM_COS/053", "An exception was raised"),
}
KINDS.update({name: ErrorKind(status, f"{_SYNTAX}/000", name) for name, status in STATUS.items() if name not in KINDS})

#: The same for the catalogue.
ERRORS = tuple(catalogue.ErrorKind(name, kind.status, kind.code) for name, kind in KINDS.items())


class Message(NamedTuple):
    """One message of the application: its code, text and severity (``error``, ``warning``, ``info``)."""

    code: str
    text: str
    severity: str = "error"
    target: str = ""


class Refused(ODataError):
    """A refusal by a rule of the application; ``messages`` are further ones beside the first."""

    def __init__(self, kind: str, message: str = "", *, target: str = "", messages: Sequence[Message] = ()) -> None:
        super().__init__(kind, message or KINDS[kind].message, target=target)
        self.messages = tuple(messages)


def error_reply(
    kind: str,
    message: str = "",
    *,
    service: str = "",
    now: datetime.datetime | None = None,
    target: str = "",
    messages: Sequence[Message] = (),
    key: str | None = None,
) -> Reply:
    """The reply for a kind of ``KINDS``."""
    known = KINDS[kind]
    headers = [(b"retry-after", str(known.retry_after_s).encode())] if known.retry_after_s else []
    text = message or known.message
    if known.form == "text":
        headers.append((b"x-csrf-token", b"Required"))
        return Reply(known.status, text.encode(), headers, content_type=_PLAIN, error=kind, key=key)
    if known.form == "page":
        if known.status == 401:
            headers.append((b"www-authenticate", b'Basic realm="SAP NetWeaver Application Server [S4H/100]"'))
        if known.status == 301:
            headers.append((b"location", MOVED_TO))
        page = f"<html><head><title>{known.status} {known.message}</title></head><body></body></html>"
        return Reply(known.status, page.encode(), headers, content_type=_HTML, error=kind, key=key)
    first = Message(known.code, text, target=target)
    body = document_v2(known.code, text, **_inner(service, now, (first, *messages)))
    headers.append((b"dataserviceversion", b"1.0"))
    return Reply.json(known.status, body, headers, content_type=_JSON, error=kind, key=key)


def _inner(service: str, now: datetime.datetime | None, messages: Sequence[Message]) -> dict[str, Any]:
    moment = (now or datetime.datetime.now(datetime.UTC)).strftime("%Y%m%d%H%M%S.%f0")
    details = [_detail(each) for each in messages]
    details.append(_detail(Message(BUSINESS, "An exception was raised")))
    return {
        "application": {
            "component_id": "SD-SLS-API" if "SALES" in service else "",
            "service_namespace": "/SAP/",
            "service_id": service,
            "service_version": "0001",
        },
        "transactionid": secrets.token_hex(16).upper(),
        "timestamp": moment,
        "Error_Resolution": {"SAP_Transaction": "Run transaction /IWFND/ERROR_LOG on SAP Gateway hub system"},
        "errordetails": details,
    }


def _detail(each: Message) -> dict[str, Any]:
    return {
        "code": each.code,
        "message": each.text,
        "propertyref": "",
        "severity": each.severity,
        "transition": False,
        "target": each.target,
    }


def message_header(messages: Sequence[Message]) -> list[tuple[bytes, bytes]]:
    """The header ``sap-message`` of a reply that is a success all the same; none without messages."""
    if not messages:
        return []
    first, *others = ({"code": m.code, "message": m.text, "severity": m.severity, "target": m.target} for m in messages)
    return [(b"sap-message", msgspec.json.encode({**first, "details": others}))]
