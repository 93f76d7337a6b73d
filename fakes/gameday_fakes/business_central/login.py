"""OAuth 2.0 client credentials of Microsoft Entra ID: a secret is exchanged for an access token of an hour.

Sources: learn.microsoft.com, "Microsoft identity platform and the OAuth 2.0 client credentials flow" and "Microsoft
Entra authentication and authorization error codes"; for Business Central "Using Service-to-Service (S2S)
Authentication".
"""

from __future__ import annotations

import base64
import binascii
import secrets
import uuid
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from gameday_fakes.bearer_tokens import BearerTokens
from gameday_fakes.business_central.account import CREDENTIALS
from gameday_fakes.http import Reply, Request

TOKEN_LIFE_S = 3599
#: Error, number and text by what is wrong with a request for a token.
_PROBLEMS = {
    "grant": (400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type."),
    "client": (400, "unauthorized_client", 700016, "Application was not found in the directory."),
    "secret": (401, "invalid_client", 7000215, "Invalid client secret provided."),
    "scope": (400, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid."),
    "tenant": (400, "invalid_request", 90002, "Tenant was not found."),
    "revoked": (401, "invalid_client", 7000112, "Application is disabled."),
}


class AccessTokens(BearerTokens):
    """Issues access tokens and remembers the valid ones."""

    def __init__(self, wall_s: Callable[[], float]) -> None:
        super().__init__(wall_s, TOKEN_LIFE_S)

    def problem(self, tenant: str, form: Mapping[str, str]) -> str:
        """What is wrong with a request for a token, by its key in the table above; empty if nothing is."""
        if tenant not in (CREDENTIALS["tenant"], "common", "organizations"):
            return "tenant"
        if form.get("grant_type") != "client_credentials":
            return "grant"
        if form.get("client_id") != CREDENTIALS["client_id"]:
            return "client"
        given = form.get("client_secret", "").encode("utf-8", "replace")
        if not secrets.compare_digest(given, CREDENTIALS["client_secret"].encode()):
            return "secret"
        return "" if form.get("scope", form.get("resource", "")) in _SCOPES else "scope"

    def issue(self) -> str:
        """A new token."""
        return self.new_token(32)


#: The older endpoint names the resource instead.
_SCOPES = (CREDENTIALS["scope"], CREDENTIALS["scope"].removesuffix("/.default"))


def token_reply(token: str) -> Reply:
    """The reply with an access token."""
    shown = {"token_type": "Bearer", "expires_in": TOKEN_LIFE_S, "ext_expires_in": TOKEN_LIFE_S, "access_token": token}
    return Reply.json(200, shown, [(b"cache-control", b"no-store")])


def problem_reply(problem: str) -> Reply:
    """The refusal of a request for a token."""
    status, error, number, text = _PROBLEMS[problem]
    trace = str(uuid.uuid4())
    shown = {
        "error": error,
        "error_description": f"AADSTS{number}: {text} Trace ID: {trace}",
        "error_codes": [number],
        "trace_id": trace,
    }
    return Reply.json(status, shown, error="unauthorized")


def secret_of(request: Request) -> Mapping[str, str]:
    """The form of a request for a token; the client may prove itself by the header too."""
    form, header = request.form, request.header("authorization")
    if header.lower().startswith("basic ") and "client_secret" not in form:
        try:
            name, _, secret = base64.b64decode(header[6:2000], validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return form
        return {**form, "client_id": unquote(name), "client_secret": unquote(secret)}
    return form
