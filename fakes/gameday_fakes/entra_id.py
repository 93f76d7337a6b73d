"""OAuth 2.0 client credentials of Microsoft Entra ID: a secret is exchanged for an access token of an hour.

Sources: learn.microsoft.com, "Microsoft identity platform and the OAuth 2.0 client credentials flow" and "Microsoft
Entra authentication and authorization error codes".
"""

from __future__ import annotations

import base64
import binascii
import functools
import hmac
import itertools
import secrets
import uuid
from collections.abc import Callable, Mapping
from urllib.parse import unquote

import msgspec

from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.manifests import manifests

HOST = "login.microsoftonline.com"
TOKEN_LIFE_S = 3599
#: The two endpoints; the older one names the resource in place of the scope.
TOKEN_ROUTES = (
    Route("POST", "/{tenant}/oauth2/v2.0/token", "login", "issue_token", public=True),
    Route("POST", "/{tenant}/oauth2/token", "login", "issue_token", public=True),
)
#: Error, number and text by what is wrong with a request for a token.
_PROBLEMS = {
    "grant": (400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type."),
    "client": (400, "unauthorized_client", 700016, "Application was not found in the directory."),
    "secret": (401, "invalid_client", 7000215, "Invalid client secret provided."),
    "scope": (400, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid."),
    "tenant": (400, "invalid_request", 90002, "Tenant was not found."),
    "revoked": (401, "invalid_client", 7000112, "Application is disabled."),
}


class AccessTokens:
    """The access tokens for one resource. Tokens are signed, so that each fake that speaks for Entra ID may issue them.

    ``credentials`` are those of the resource's app registration: ``tenant``, ``client_id``, ``client_secret`` and
    ``scope``, which is the resource with ``/.default``.
    """

    def __init__(self, wall_s: Callable[[], float], credentials: Mapping[str, str]) -> None:
        self._wall_s = wall_s
        self._resource = _resource(credentials["scope"])
        self._revoked = 0

    def problem(self, tenant: str, form: Mapping[str, str]) -> str:
        """What is wrong with a request for a token, by its key in the table above; empty if nothing is."""
        known = _registrations()
        if tenant not in (*(each["tenant"] for each in known), "common", "organizations"):
            return "tenant"
        if form.get("grant_type") != "client_credentials":
            return "grant"
        own = [each for each in known if form.get("client_id") == each["client_id"]]
        if not own:
            return "client"
        given = form.get("client_secret", "").encode("utf-8", "replace")
        if not any(secrets.compare_digest(given, each["client_secret"].encode()) for each in own):
            return "secret"
        return "" if asked_resource(form) in {_resource(each["scope"]) for each in own} else "scope"

    def issue(self, resource: str = "") -> str:
        """A new token for a resource, this one unless another is named."""
        claims = [resource or self._resource, self._wall_s() + TOKEN_LIFE_S, next(_NUMBERS)]
        body = base64.urlsafe_b64encode(msgspec.json.encode(claims)).decode()
        return f"{body}.{_signature(body)}"

    def accepts(self, token: str) -> bool:
        """Whether a token is one for this resource that is valid."""
        resource, expiry_s, number = _claims_of(token[:2000])
        return resource == self._resource and expiry_s > self._wall_s() and number > self._revoked

    def revoke_all(self) -> None:
        """Accept no token that was issued so far."""
        self._revoked = next(_NUMBERS)


#: Whoever knows it can issue tokens: no other process does.
_KEY = secrets.token_bytes(32)
_NUMBERS = itertools.count(1)


def _signature(body: str) -> str:
    return hmac.digest(_KEY, body.encode("utf-8", "replace"), "sha256").hex()


@functools.lru_cache(maxsize=64)
def _claims_of(token: str) -> tuple[str, float, int]:
    """For which resource a token is, its end (Unix time) and its number; of one that is not ours no resource."""
    body, _, signature = token.partition(".")
    if not secrets.compare_digest(_signature(body).encode(), signature.encode("utf-8", "replace")):
        return "", 0.0, 0
    resource, expiry_s, number = msgspec.json.decode(base64.urlsafe_b64decode(body))
    return resource, expiry_s, number


@functools.cache
def _registrations() -> tuple[Mapping[str, str], ...]:
    """The app registrations of the vendors whose logins are Entra ID's."""
    return tuple(each.credentials for each in manifests().values() if HOST in each.hosts)


def _resource(scope: str) -> str:
    return scope.removesuffix(".default").rstrip("/")


def asked_resource(form: Mapping[str, str]) -> str:
    """What a request for a token is about; the older endpoint names the resource instead of a scope."""
    return _resource(form.get("scope", form.get("resource", "")))


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
