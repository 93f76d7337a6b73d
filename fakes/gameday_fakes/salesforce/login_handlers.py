"""Logging in: the OAuth grants."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Any
from urllib.parse import unquote_plus

from gameday_fakes.http import Reply, Request
from gameday_fakes.salesforce.elsewhere import Elsewhere
from gameday_fakes.salesforce.errors import oauth_error
from gameday_fakes.salesforce.jwt import BadAssertion, check_assertion
from gameday_fakes.salesforce.manifest import MANIFEST
from gameday_fakes.salesforce.served_versions import ServedVersions

_LOGIN_HOSTS = ("login.salesforce.com", "test.salesforce.com")
#: The instance of organisations whose users log in at one of the common hosts.
_MY_DOMAIN = "https://gameday.my.salesforce.com"


class LoginHandlers(Elsewhere, ServedVersions):
    """Answers at ``/services/oauth2``."""

    def token(self, request: Request) -> Reply:
        """``POST /services/oauth2/token`` for all grants."""
        form = request.form
        grant = form.get("grant_type", "")
        refusal = self._refusal(grant, form, request)
        value = {"grant": grant}
        if refusal is not None:
            error, description = refusal
            reply = oauth_error(error, description)
            reply.event = ("login", {**value, "error": description})
            return reply
        body = self._token_body(request, self._user_of(grant, form))
        if grant == "refresh_token":
            used = form["refresh_token"]
            if self.settings.refresh_token_rotation:
                body["refresh_token"] = self.sessions.rotate(used)
        if grant == "authorization_code":
            body["refresh_token"] = self.sessions.new_refresh_token()
        return Reply.json(200, body, [(b"cache-control", b"no-store")], event=("login", value))

    def _refusal(self, grant: str, form: dict[str, str], request: Request) -> tuple[str, str] | None:
        """OAuth's error and its description if the login is refused."""
        if self.state.login_refused():
            return "invalid_grant", "authentication failure"
        match grant:
            case "client_credentials":
                return self.client_refusal(form, request)
            case "password":
                if not is_password(form.get("username", ""), form.get("password", "")):
                    return "invalid_grant", "authentication failure"
                return self.client_refusal(form, request)
            case "authorization_code":
                return self.code_refusal(form, request)
            case "refresh_token":
                token = form.get("refresh_token", "")
                if not self.sessions.is_refresh_token(token):
                    # Using a token a second time ends the whole grant.
                    self.sessions.rotate(token)
                    return "invalid_grant", "expired access/refresh token"
                return self.client_refusal(form, request, secret_needed=False)
            case "urn:ietf:params:oauth:grant-type:jwt-bearer":
                try:
                    check_assertion(
                        form.get("assertion", ""),
                        public_key=self.settings.jwt_public_key,
                        audiences=(*(f"https://{host}" for host in _LOGIN_HOSTS), request.base_url),
                        now_s=self.clock.wall_s(),
                    )
                except BadAssertion as problem:
                    return "invalid_grant", str(problem)
                return None
        return "unsupported_grant_type", "grant type not supported"

    def code_refusal(self, form: dict[str, str], request: Request) -> tuple[str, str] | None:
        """OAuth's error and its description if a code is refused."""
        raise NotImplementedError

    def client_refusal(
        self, form: dict[str, str], request: Request, *, secret_needed: bool = True
    ) -> tuple[str, str] | None:
        """OAuth's error and its description if the application is refused."""
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        if not client_id:
            client_id, secret = _basic(request.header("authorization"))
        if not (_same(client_id, MANIFEST.credentials["client_id"]) or self._is_admin(client_id)):
            return "invalid_client_id", "client identifier invalid"
        if (secret_needed or secret) and not _same(secret, MANIFEST.credentials["client_secret"]):
            return "invalid_client", "invalid client credentials"
        return None

    def _user_of(self, grant: str, form: dict[str, str]) -> str:
        """The user as whom an application runs."""
        is_admin = grant == "client_credentials" and self._is_admin(form.get("client_id", ""))
        return self.seeded.sales_user_id if is_admin else self.seeded.integration_user_id

    def _is_admin(self, client_id: str) -> bool:
        return bool(self.settings.admin_client) and _same(client_id, self.settings.admin_client)

    def _token_body(self, request: Request, user_id: str) -> dict[str, Any]:
        instance = self.instance(request)
        issued_at = str(int(self.clock.wall_s() * 1000))
        id_ = f"{instance}/id/{self.seeded.organization_id}/{user_id}"
        signature = hmac.digest(MANIFEST.credentials["client_secret"].encode(), f"{id_}{issued_at}".encode(), "sha256")
        return {
            "access_token": self.sessions.open(self.seeded.organization_id, user_id),
            "signature": base64.b64encode(signature).decode(),
            "scope": "api refresh_token",
            "instance_url": instance,
            "id": id_,
            "token_type": "Bearer",
            "issued_at": issued_at,
        }

    @staticmethod
    def instance(request: Request) -> str:
        """The URL for further requests: the current host, so that proxies stay in between; not a login host."""
        host = request.header("host").partition(":")[0]
        return _MY_DOMAIN if host in _LOGIN_HOSTS else request.base_url

    def revoke(self, request: Request) -> Reply:
        """``POST /services/oauth2/revoke``, or ``GET`` with the token in the query."""
        if self.sessions.close(request.form.get("token") or request.query.get("token", "")):
            return Reply(200)
        return oauth_error("unsupported_token_type", "this token type is not supported")

    def user_info(self, request: Request) -> Reply:
        """The user of the session."""
        user = self.store.tables["User"][self.store.user_id].fields
        return Reply.json(
            200,
            {
                "sub": f"{self.instance(request)}/id/{self.seeded.organization_id}/{user['Id']}",
                "user_id": user["Id"],
                "organization_id": self.seeded.organization_id,
                "username": user["Username"],
                "preferred_username": user["Username"],
                "display_name": user["Name"],
                "email": user["Email"],
                "active": True,
                "urls": {"rest": f"{request.base_url}/services/data/v{{version}}/"},
            },
        )


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return unquote_plus(user), unquote_plus(secret)


def is_password(username: str, password: str) -> bool:
    """Whether they are the integration user's, with or without the security token after the password."""
    plain = MANIFEST.credentials["password"]
    return _same(username, MANIFEST.credentials["username"]) and (
        _same(password, plain) or _same(password, plain + MANIFEST.credentials["security_token"])
    )


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
