"""Jira's error bodies, by kind: ``{errorMessages, errors}``."""

from __future__ import annotations

from gameday_fakes.catalogue import ErrorKind
from gameday_fakes.http import Reply

_RETRY_AFTER = (b"retry-after", b"1")
_DENIED = (b"x-authentication-denied-reason", b"CAPTCHA_CHALLENGE")
_REMOVED = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)

# kind: status, message, headers
_CATALOGUE: dict[str, tuple[int, str, tuple[tuple[bytes, bytes], ...]]] = {
    "invalid": (400, "", ()),
    "bad_body": (400, "Unexpected character in the request's JSON", ()),
    "bad_query": (400, "Error in the JQL Query", ()),
    "unauthorized": (401, "Client must be authenticated to access this resource.", ()),
    "forbidden": (403, "You do not have permission to create issues in this project.", (_DENIED,)),
    "not_found": (404, "Issue Does Not Exist", ()),
    "no_project": (404, "No project could be found with key.", ()),
    "no_link_type": (404, "No issue link type with given name found.", ()),
    "no_link": (404, "No issue link with given id exists.", ()),
    "removed": (410, _REMOVED, ()),
    "method_not_allowed": (405, "Method Not Allowed", ()),
    "rate_limited": (429, "Rate limit exceeded.", (_RETRY_AFTER,)),
    "server_error": (500, "Internal server error", ()),
    "bad_gateway": (502, "Bad Gateway", ()),
    # Without Retry-After, so that the client gives up.
    "maintenance": (503, "Jira is being upgraded.", ()),
    "unavailable": (503, "Jira is being restarted.", (_RETRY_AFTER,)),
    "gateway_timeout": (504, "Gateway Timeout", ()),
}
ERRORS = tuple(ErrorKind(name, status) for name, (status, _, _) in _CATALOGUE.items())


def error(kind: str, message: str = "", fields: dict[str, str] | None = None) -> Reply:
    """Jira's reply for a kind of error; ``fields`` says what is wrong with which field."""
    status, default, headers = _CATALOGUE[kind]
    messages = [text for text in (message or default,) if text and not fields]
    return Reply.json(status, {"errorMessages": messages, "errors": fields or {}}, headers, error=kind)
