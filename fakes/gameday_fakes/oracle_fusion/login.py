"""Who may call: a user by Basic authentication, or an access token of the identity domain.

Source: docs.oracle.com, "Configure OAuth to Access Oracle Fusion Cloud Applications REST APIs" and "Retrieve Bearer
Token Using Oracle Identity Cloud Service (IDCS) OAuth 2.0 REST API": client credentials or the assertion of a user at
``/oauth2/v1/token``. How long a token lasts is configured; the hour here is [R].
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable

from gameday_fakes.bearer_tokens import BearerTokens
from gameday_fakes.http import Reply, Request
from gameday_fakes.oracle_fusion.account import CREDENTIALS

TOKEN_LIFE_S = 3600
_GRANTS = ("client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer")
_PROBLEMS = {
    "grant": (400, "unsupported_grant_type", "The grant type isn't supported."),
    "client": (401, "invalid_client", "Client authentication failed."),
    "scope": (400, "invalid_scope", "The scope isn't valid."),
    "assertion": (400, "invalid_grant", "The assertion is missing."),
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
        if form.get("grant_type") not in _GRANTS:
            return "grant"
        scheme, _, given = request.header("authorization").partition(" ")
        named = form.get("client_id", ""), form.get("client_secret", "")
        if not (_is(given, "client_id", "client_secret") if scheme.lower() == "basic" else _same(named)):
            return "client"
        if form["grant_type"] != _GRANTS[0] and not form.get("assertion"):
            return "assertion"
        return "" if form.get("scope") == CREDENTIALS["scope"] else "scope"


def _is(encoded: str, name: str, secret: str) -> bool:
    """Whether user and password of Basic authentication are those of the credentials."""
    try:
        user, _, password = base64.b64decode(encoded.strip()[:2000], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return False
    return _same((user, password), name, secret)


def _same(given: tuple[str, str], name: str = "client_id", secret: str = "client_secret") -> bool:  # noqa: S107 - a name
    is_named = given[0].lower() == CREDENTIALS[name].lower()
    return is_named and secrets.compare_digest(given[1].encode("utf-8", "replace"), CREDENTIALS[secret].encode())


def token_reply(token: str) -> Reply:
    """The reply with an access token."""
    shown = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_LIFE_S}
    return Reply.json(200, shown, [(b"cache-control", b"no-store")])


def problem_reply(problem: str) -> Reply:
    """The refusal of a request for a token."""
    status, error, text = _PROBLEMS[problem]
    return Reply.json(status, {"error": error, "error_description": text}, error="unauthorized")
