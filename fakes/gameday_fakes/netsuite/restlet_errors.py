"""The errors of RESTlets, which are not those of REST web services.

Source: Oracle's NetSuite help, "RESTlet Status Codes and Error Message Formats".
"""

from __future__ import annotations

from gameday_fakes.http import Reply
from gameday_fakes.netsuite.errors import KINDS

#: What RESTlets answer otherwise than REST web services.
_OF_RESTLETS = {
    "rate_limited": (400, "SSS_REQUEST_LIMIT_EXCEEDED"),
    "unauthorized": (401, "INVALID_LOGIN_ATTEMPT"),
}


def restlet_error(code: str, message: str, *, status: int = 400, error: str = "") -> Reply:
    """The reply of a RESTlet that fails ("RESTlet Status Codes and Error Message Formats")."""
    return Reply.json(status, {"error": {"code": code, "message": message}}, error=error or code)


def restlet_error_of(kind: str, detail: str = "") -> Reply:
    """The reply for a kind of ``KINDS`` where a RESTlet is called."""
    known = KINDS[kind]
    status, code = _OF_RESTLETS.get(kind, (known.status, known.code))
    return restlet_error(code, detail or known.detail, status=status, error=kind)
