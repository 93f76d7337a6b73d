"""The authorization code grant and the introspection of tokens.

Sources: RFC 6749, section 4.1; RFC 7636 (a code's challenge); RFC 7662; Salesforce Help, "OAuth 2.0 Web Server Flow for
Web App Integration".
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from gameday_fakes.http import Reply, Request
from gameday_fakes.salesforce.errors import oauth_error
from gameday_fakes.salesforce.login_handlers import LoginHandlers
from gameday_fakes.salesforce.manifest import MANIFEST
from gameday_fakes.salesforce.sessions import SESSION_S

#: How long a code can be used, in scenario seconds ("Web Server Flow").
CODE_S = 900.0


class Code(NamedTuple):
    """A code that was given out: for which address, with which challenge, and when."""

    redirect_uri: str
    challenge: str
    given_s: float


class AuthorizationHandlers(LoginHandlers):
    """Answers at ``/services/oauth2/authorize`` and ``/services/oauth2/introspect``."""

    def authorize(self, request: Request) -> Reply:
        """``GET /services/oauth2/authorize``: the integration user agrees at once, and is sent back with a code."""
        given = request.query
        back = given.get("redirect_uri", "")
        if given.get("client_id") != MANIFEST.credentials["client_id"]:
            return oauth_error("invalid_client_id", "client identifier invalid")
        if urlsplit(back).scheme not in ("http", "https"):
            return oauth_error("redirect_uri_mismatch", "redirect_uri must match configuration")
        if given.get("response_type") != "code":
            return _sent_back(back, given, error="unsupported_response_type")
        if self.state.login_refused():
            return _sent_back(back, given, error="access_denied")
        code = self.sessions.secret("aPrx")
        self.codes[code] = Code(back, given.get("code_challenge", ""), self.clock.now_s())
        return _sent_back(back, given, code=code)

    def code_refusal(self, form: dict[str, str], request: Request) -> tuple[str, str] | None:
        code = self.codes.pop(form.get("code", ""), None)
        if code is None or self.clock.now_s() - code.given_s > CODE_S:
            return "invalid_grant", "expired authorization code"
        if form.get("redirect_uri") != code.redirect_uri:
            return "redirect_uri_mismatch", "redirect_uri must match configuration"
        if code.challenge and _challenge(form.get("code_verifier", "")) != code.challenge:
            return "invalid_grant", "invalid code verifier"
        return self.client_refusal(form, request, secret_needed=not code.challenge)

    def introspect(self, request: Request) -> Reply:
        """``POST /services/oauth2/introspect``: whether a token is valid, for the application it is of."""
        form = request.form
        refusal = self.client_refusal(form, request)
        if refusal is not None:
            return oauth_error(*refusal, status=401)
        token = form.get("token", "")
        left_s = self.sessions.left_s(token)
        if left_s is None and not self.sessions.is_refresh_token(token):
            return Reply.json(200, {"active": False})
        user = f"{self.seeded.organization_id}/{self.seeded.integration_user_id}"
        shown: dict[str, Any] = {
            "active": True,
            "scope": "api refresh_token",
            "client_id": MANIFEST.credentials["client_id"],
            "username": MANIFEST.credentials["username"],
            "sub": f"{self.instance(request)}/id/{user}",
            "token_type": "refresh_token" if left_s is None else "access_token",
        }
        if left_s is not None:
            ends_s = int(self.clock.wall_s() + left_s)
            shown |= {"exp": ends_s, "iat": ends_s - int(SESSION_S), "nbf": ends_s - int(SESSION_S)}
        return Reply.json(200, shown)


def _challenge(verifier: str) -> str:
    """The challenge of a verifier, always by SHA-256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _sent_back(address: str, given: dict[str, str], **more: str) -> Reply:
    if "state" in given:
        more["state"] = given["state"]
    joint = "&" if urlsplit(address).query else "?"
    return Reply(302, headers=[(b"location", f"{address}{joint}{urlencode(more)}".encode())])
