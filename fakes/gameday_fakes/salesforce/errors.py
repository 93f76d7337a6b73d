"""Salesforce's errors: a JSON array of ``{message, errorCode, fields}`` (REST), an object (OAuth), a fault (SOAP).

Codes and statuses follow the REST API developer guide ("Status Codes and Error Responses") and the bodies that
real clients keep as fixtures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

import msgspec

from gameday_fakes.catalogue import ErrorKind
from gameday_fakes.http import Reply

XML = b"text/xml; charset=utf-8"

#: Below these paths are the Bulk API 1.0 and the SOAP API.
ASYNC = "/services/async/"
SOAP = "/services/Soap/"

#: Where a moved address is now; nothing answers there.
MOVED_TO = b"https://moved.invalid/"

#: What no XML document can have, not even escaped.
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLACE = re.compile(r"ERROR at Row:(\d+):Column:(\d+)")
_FAULTS = {
    "INVALID_LOGIN": "LoginFault",
    "INVALID_FIELD": "InvalidFieldFault",
    "INVALID_TYPE": "InvalidSObjectFault",
    "MALFORMED_QUERY": "MalformedQueryFault",
    "INVALID_QUERY_LOCATOR": "InvalidQueryLocatorFault",
    "MALFORMED_ID": "InvalidIdFault",
}
_OF_QUERIES = ("InvalidFieldFault", "InvalidSObjectFault", "MalformedQueryFault")
ASYNC_NAMESPACE = "http://www.force.com/2009/06/asyncapi/dataload"
#: Its codes for the conditions that REST has other codes for ("Errors" of the Bulk API).
_ASYNC_CODES = {
    "INVALID_SESSION_ID": "InvalidSessionId",
    "REQUEST_LIMIT_EXCEEDED": "ExceededQuota",
    "API_DISABLED_FOR_ORG": "FeatureNotEnabled",
    "FEATURENOTENABLED": "FeatureNotEnabled",
    "INVALIDJOB": "InvalidJob",
    "INVALIDENTITY": "InvalidEntity",
    "INVALIDJOBSTATE": "InvalidJobState",
    "NOT_FOUND": "InvalidJob",
    "JSON_PARSER_ERROR": "ClientInputError",
    "GONE": "InvalidVersion",
    "UNKNOWN_EXCEPTION": "InternalServerError",
    "SERVER_UNAVAILABLE": "ServerBusy",
}


class Kind(msgspec.Struct, frozen=True):
    """One kind of error, for faults and handlers."""

    status: int
    code: str
    message: str
    #: Whether the body lists fields, as refused writes do.
    of_fields: bool = False


KINDS: dict[str, Kind] = {
    "unauthorized": Kind(401, "INVALID_SESSION_ID", "Session expired or invalid"),
    "forbidden": Kind(
        403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", of_fields=True
    ),
    "api_disabled": Kind(403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization."),
    "rate_limited": Kind(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    "not_found": Kind(404, "NOT_FOUND", "The requested resource does not exist"),
    "method_not_allowed": Kind(405, "METHOD_NOT_ALLOWED", "HTTP Method not allowed."),
    "bad_body": Kind(400, "JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no valid one"),
    "locked": Kind(
        400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record or 1 records", of_fields=True
    ),
    "approval_locked": Kind(
        400,
        "ENTITY_IS_LOCKED",
        "This record is locked. If you need to edit it, contact your admin.",
        of_fields=True,
    ),
    "validation": Kind(
        400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "The record does not satisfy a validation rule.", of_fields=True
    ),
    "duplicate_rule": Kind(400, "DUPLICATES_DETECTED", "Use one of these records?"),
    "query_timeout": Kind(400, "QUERY_TIMEOUT", "Your query request was running for too long."),
    "too_slow": Kind(400, "REQUEST_RUNNING_TOO_LONG", "Your request was running for too long, and has been stopped."),
    "maintenance": Kind(
        400,
        "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
        "Updates can't be made during maintenance. Try again when maintenance is complete.",
    ),
    "gone": Kind(410, "GONE", "The requested resource is no longer available"),
    "precondition_failed": Kind(412, "PRECONDITION_FAILED", "The record was changed after the given time."),
    "uri_too_long": Kind(414, "URI_TOO_LONG", "The URI is too long."),
    "server_error": Kind(
        500,
        "UNKNOWN_EXCEPTION",
        "An unexpected error occurred. Please include this ErrorId if you contact support: 1234567890-12345 (-123456)",
    ),
    "bad_gateway": Kind(502, "", ""),
    "unavailable": Kind(503, "SERVER_UNAVAILABLE", "Server is unavailable, please try again later."),
    # Salesforce Help, "My Domain URL Formats": requests to a former domain are redirected.
    "moved": Kind(301, "", ""),
    # Edge servers answer these without JSON, which breaks clients that parse every body.
    "not_acceptable": Kind(406, "", ""),
    "setting_things_up": Kind(420, "", "<html><body>We are setting things up for you. Please wait.</body></html>"),
}

#: The same for the catalogue of the fake.
ERRORS = tuple(ErrorKind(name, kind.status, kind.code) for name, kind in KINDS.items())

#: Codes whose status is not 400.
_STATUS = {kind.code: kind.status for kind in KINDS.values() if kind.code}


class Refused(Exception):
    """A request or a part of one that Salesforce refuses."""

    def __init__(
        self, code: str, message: str, fields: Sequence[str] | None = None, *, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        #: None where the body has no list of fields at all.
        self.fields = None if fields is None else list(fields)
        self.status = status or _STATUS.get(code, 400)
        #: What the same request is refused for besides: a record can break several rules.
        self.further: list[Refused] = []
        #: The rule of the organisation that refuses it.
        self.rule = ""
        #: How it is said by the APIs that do not read JSON, where that differs.
        self.of_record: Refused | None = None

    @classmethod
    def of(cls, kind: str, message: str = "") -> Refused:
        """The refusal of a kind of ``KINDS``. Raises KeyError."""
        known = KINDS[kind]
        return cls(known.code, message or known.message, [] if known.of_fields else None, status=known.status)

    def rest(self) -> dict[str, Any]:
        """As an element of a REST error array."""
        body: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            body["fields"] = self.fields
        return body

    def results(self) -> list[dict[str, Any]]:
        """As ``errors`` of a collection's result."""
        return [
            {"statusCode": each.code, "message": each.message, "fields": each.fields or []}
            for each in (self, *self.further)
        ]

    def text(self) -> str:
        """As the results of a bulk job have it: code, message and fields."""
        fields = ", ".join(self.fields or [])
        return f"{self.code}:{self.message}:{fields} --" if fields else f"{self.code}:{self.message}:--"

    def reply(self) -> Reply:
        """As a whole REST reply."""
        return Reply.json(self.status, [each.rest() for each in (self, *self.further)], error=self.code)


def error_reply(kind: str, *, path: str = "", detail: str = "", key: str | None = None) -> Reply:
    """The reply for a kind, in the form of the API that ``path`` belongs to. Raises KeyError for an unknown kind."""
    known = KINDS[kind]
    if known.status == 301:
        return Reply(known.status, headers=[(b"location", MOVED_TO)], error=kind)
    if not known.code:
        return Reply(known.status, known.message.encode(), content_type=b"text/html;charset=UTF-8", error=kind)
    message = known.message
    if kind == "locked" and key:
        message = f"{message}: {key}"
    elif kind == "bad_body" and detail:
        message = detail
    if path.startswith(ASYNC):
        return async_error(known.code, message)
    if path.startswith("/services/oauth2/"):
        error = "invalid_grant" if known.status < 500 else "server_error"
        return oauth_error(error, message, status=400 if known.status < 500 else known.status)
    if path.startswith(SOAP):
        reply = soap_fault(known.code, message, status=max(known.status, 500))
        reply.error = kind
        return reply
    reply = Refused.of(kind, message).reply()
    reply.error = kind
    return reply


def async_error(code: str, message: str) -> Reply:
    """An error of the Bulk API 1.0; its codes are its own."""
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><error xmlns="{ASYNC_NAMESPACE}"><exceptionCode>'
        f"{_ASYNC_CODES.get(code, code)}</exceptionCode><exceptionMessage>{escape(message)}</exceptionMessage></error>"
    )
    return Reply(400, text.encode(), content_type=b"application/xml", error=code)


def oauth_error(error: str, description: str, *, status: int = 400) -> Reply:
    """RFC 6749, section 5.2, as the token endpoint answers."""
    return Reply.json(status, {"error": error, "error_description": description}, error=error)


def no_such_column(field: str, sobject: str) -> str:
    """What the platform says of an unknown field in a query or in SOAP."""
    return (
        f"No such column '{field}' on entity '{sobject}'. If you are attempting to use a custom field, be sure to "
        "append the '__c' after the custom field name. Please reference your WSDL or the describe call for the "
        "appropriate names."
    )


def refused_reply(refused: Refused, path: str) -> Reply:
    """The reply to a refused request, in the form of the API that ``path`` belongs to."""
    if path.startswith(ASYNC):
        return async_error(refused.code, refused.message)
    if path.startswith(SOAP):
        return soap_fault(refused.code, refused.message)
    return refused.reply()


def soap_fault(code: str, message: str, *, status: int = 500) -> Reply:
    """A fault of the partner SOAP API: code and message twice, once for SOAP and once in ``sf:`` elements.

    A query's fault says where: row and column. Source: SOAP API Developer Guide, "API Fault Element".
    """
    text, kind = escape(NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", message)), _FAULTS.get(code, "UnexpectedErrorFault")
    place = _PLACE.search(message) if kind in _OF_QUERIES else None
    where = f"<sf:row>{place[1]}</sf:row><sf:column>{place[2]}</sf:column>" if place else ""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope'
        ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:sf="urn:fault.partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<soapenv:Body><soapenv:Fault><faultcode>{'' if kind == 'LoginFault' else 'sf:'}{code}</faultcode>"
        f"<faultstring>{code}: {text}</faultstring>"
        f'<detail><sf:{kind} xsi:type="sf:{kind}"><sf:exceptionCode>{code}</sf:exceptionCode>'
        f"<sf:exceptionMessage>{text}</sf:exceptionMessage>{where}</sf:{kind}></detail>"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    return Reply(status, body.encode(), content_type=XML, error=code)
