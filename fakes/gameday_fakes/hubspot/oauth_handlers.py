"""OAuth: the authorization code grant, refresh tokens, and what tokens say about themselves.

Source: developers.hubspot.com, "Working with OAuth"; RFC 6749.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from gameday_fakes.http import Reply, Request
from gameday_fakes.hubspot.errors import Refused
from gameday_fakes.hubspot.pipeline_handlers import PipelineHandlers
from gameday_fakes.hubspot.portal import HUBSPOT, PORTAL_ID, USER_ID
from gameday_fakes.hubspot.sessions import TOKEN_S
from gameday_fakes.hubspot.standard import OBJECTS

#: What an app has that asked for no scopes in particular.
_ALL_SCOPES = (
    "oauth",
    "e-commerce",
    *(f"{of.scope}.{access}" for of in OBJECTS.values() if of.scope.startswith("crm") for access in ("read", "write")),
)


class OAuthHandlers(PipelineHandlers):
    """Answers at ``/oauth``."""

    def authorize(self, request: Request) -> Reply:
        """``GET /oauth/authorize``: an administrator agrees at once, and is sent back with a code."""
        given = request.query
        back = given.get("redirect_uri", "")
        if given.get("client_id") != HUBSPOT["client_id"] or urlsplit(back).scheme not in ("http", "https"):
            raise Refused("missing or unknown client_id or redirect_uri", category="")
        if self.state.login_refused():
            more = {"error": "access_denied"}
        else:
            more = {"code": self.sessions.new_code(back, tuple(given.get("scope", "").split()))}
        if "state" in given:
            more["state"] = given["state"]
        joint = "&" if urlsplit(back).query else "?"
        return Reply(302, headers=[(b"location", f"{back}{joint}{urlencode(more)}".encode())])

    def token(self, request: Request) -> Reply:
        """``POST /oauth/v1/token``: for a code or a refresh token."""
        form = request.form
        if form.get("client_id") != HUBSPOT["client_id"] or form.get("client_secret") != HUBSPOT["client_secret"]:
            raise _bad("BAD_CLIENT_ID", "missing or unknown client id or client secret")
        if self.state.login_refused():
            raise _bad("BAD_REFRESH_TOKEN", "missing or unknown refresh token")
        match form.get("grant_type"):
            case "authorization_code":
                refresh = self.sessions.exchange(form.get("code", ""), form.get("redirect_uri", ""))
                if refresh is None:
                    raise _bad("BAD_AUTH_CODE", "missing or unknown auth code")
            case "refresh_token":
                refresh = form.get("refresh_token", "")
            case other:
                raise _bad("BAD_GRANT_TYPE", f"missing or unknown grant type {str(other)[:40]!r}")
        scopes = self.sessions.refresh_scopes(refresh)
        if scopes is None:
            raise _bad("BAD_REFRESH_TOKEN", "missing or unknown refresh token")
        body = {
            "token_type": "bearer",
            "access_token": self.sessions.open(scopes),
            "refresh_token": refresh,
            "expires_in": int(TOKEN_S),
        }
        return Reply.json(200, body)

    def access_token_info(self, request: Request) -> Reply:
        """``GET /oauth/v1/access-tokens/TOKEN``."""
        token = request.params["token"]
        if self.sessions.is_private(token) or self.sessions.state_of(token) != "good":
            raise Refused.of("not_found", "access token not found")
        shown = self._info(token, self.sessions.scopes(token), "access")
        return Reply.json(
            200, {**shown, "app_id": int(HUBSPOT["app_id"]), "expires_in": int(self.sessions.left_s(token))}
        )

    def refresh_token_info(self, request: Request) -> Reply:
        """``GET /oauth/v1/refresh-tokens/TOKEN``."""
        token = request.params["token"]
        scopes = self.sessions.refresh_scopes(token)
        if scopes is None:
            raise Refused.of("not_found", "refresh token not found")
        return Reply.json(200, {**self._info(token, scopes, "refresh"), "client_id": HUBSPOT["client_id"]})

    def delete_refresh_token(self, request: Request) -> Reply:
        """``DELETE /oauth/v1/refresh-tokens/TOKEN``: the app no longer gets access tokens."""
        self.sessions.forget(request.params["token"])
        return Reply(204)

    def _info(self, token: str, scopes: tuple[str, ...], kind: str) -> dict[str, Any]:
        return {
            "token": token,
            "user": "integration@example.com",
            "hub_domain": "gameday.example.com",
            "hub_id": PORTAL_ID,
            "user_id": USER_ID,
            "scopes": list(scopes or self.settings.scopes or _ALL_SCOPES),
            "token_type": kind,
        }


def _bad(status: str, message: str) -> Refused:
    """A refusal of the token endpoint, whose ``status`` is a code of its own."""
    return Refused(message, category="", kind="unauthorized", more={"status": status})
