"""Who may call: the user of a communication arrangement, by Basic authentication or an OAuth 2.0 token.

Source: SAP Help Portal, SAP S/4HANA Cloud, "Communication Management": inbound communication users with user name and
password, or OAuth 2.0. That a client gets a token by client credentials at ``/sap/bc/sec/oauth2/token``, and how long
it lasts, is [R] general knowledge.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable
from urllib.parse import unquote

from gameday_fakes.bearer_tokens import BearerTokens
from gameday_fakes.http import Reply, Request
from gameday_fakes.s4hana.account import CREDENTIALS

TOKEN_LIFE_S = 3600
_PROBLEMS = {
    "grant": (400, "unsupported_grant_type", "The grant type is not supported."),
    "client": (401, "invalid_client", "Client authentication failed."),
}


class Logins(BearerTokens):
    """Checks passwords and issues access tokens."""

    def __init__(self, wall_s: Callable[[], float]) -> None:
        super().__init__(wall_s, TOKEN_LIFE_S)

    def proves(self, authorization: str) -> bool:
        """Whether a header proves the right to call."""
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return self.accepts(given.strip())
        return scheme.lower() == "basic" and _is(given, "user", "password")

    def problem(self, request: Request) -> str:
        """What is wrong with a request for a token, by its key in the table above; empty if nothing is."""
        form = request.form
        if form.get("grant_type") != "client_credentials":
            return "grant"
        scheme, _, given = request.header("authorization").partition(" ")
        if scheme.lower() == "basic":
            return "" if _is(given, "client_id", "client_secret") else "client"
        named = form.get("client_id", ""), form.get("client_secret", "")
        return "" if _same(named, "client_id", "client_secret") else "client"


def _is(encoded: str, name: str, secret: str) -> bool:
    """Whether user and password of Basic authentication are those of the credentials."""
    try:
        user, _, password = base64.b64decode(encoded.strip()[:2000], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return False
    return _same((user, password), name, secret) or _same((unquote(user), unquote(password)), name, secret)


def _same(given: tuple[str, str], name: str, secret: str) -> bool:
    # The names of users are kept in upper case.
    is_named = given[0].upper() == CREDENTIALS[name].upper()
    return is_named and secrets.compare_digest(given[1].encode("utf-8", "replace"), CREDENTIALS[secret].encode())


def token_reply(token: str) -> Reply:
    """The reply with an access token."""
    shown = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_LIFE_S}
    return Reply.json(200, shown, [(b"cache-control", b"no-store")])


def problem_reply(problem: str) -> Reply:
    """The refusal of a request for a token."""
    status, error, text = _PROBLEMS[problem]
    return Reply.json(status, {"error": error, "error_description": text}, error="unauthorized")
