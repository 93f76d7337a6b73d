"""Who may call a fake with users and access tokens: Basic authentication (RFC 7617), or a bearer token (RFC 6750)."""

from __future__ import annotations

import base64
import binascii
import functools
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

from gameday_fakes.bearer_tokens import BearerTokens
from gameday_fakes.http import Reply, Request

TOKEN_LIFE_S = 3600


class Logins(BearerTokens):
    """Checks passwords against ``credentials`` and issues access tokens.

    A subclass says with ``fold`` how names of users are compared, with ``spellings`` which pairs a header stands for,
    and with ``problem`` what is wrong with a request for a token.
    """

    credentials: ClassVar[Mapping[str, str]]
    fold: ClassVar[Callable[[str], str]]

    def __init__(self, wall_s: Callable[[], float]) -> None:
        super().__init__(wall_s, TOKEN_LIFE_S)
        # A user's header is the same in request after request.
        self._is_user = functools.lru_cache(maxsize=64)(functools.partial(self._is, name="user", secret="password"))  # noqa: S106

    def proves(self, authorization: str) -> bool:
        """Whether a header proves the right to call."""
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return self.accepts(given.strip())
        return scheme.lower() == "basic" and self._is_user(given)

    def proves_client(self, request: Request) -> bool:
        """Whether a request for a token is of the client, by its header or else by its form."""
        scheme, _, given = request.header("authorization").partition(" ")
        if scheme.lower() == "basic":
            return self._is(given, "client_id", "client_secret")
        named = request.form.get("client_id", ""), request.form.get("client_secret", "")
        return self._same(named, "client_id", "client_secret")

    def spellings(self, user: str, password: str) -> Iterator[tuple[str, str]]:
        """The users and passwords that those of a header may stand for."""
        yield user, password

    def _is(self, encoded: str, name: str, secret: str) -> bool:
        """Whether user and password of Basic authentication are those of the credentials."""
        try:
            user, _, password = base64.b64decode(encoded.strip()[:2000], validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return False
        return any(self._same(given, name, secret) for given in self.spellings(user, password))

    def _same(self, given: tuple[str, str], name: str, secret: str) -> bool:
        fold, known = type(self).fold, self.credentials
        is_named = fold(given[0]) == fold(known[name])
        return is_named and secrets.compare_digest(given[1].encode("utf-8", "replace"), known[secret].encode())


def token_reply(token: str) -> Reply:
    """The reply with an access token."""
    shown = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_LIFE_S}
    return Reply.json(200, shown, [(b"cache-control", b"no-store")])


def problem_reply(status: int, error: str, text: str) -> Reply:
    """The refusal of a request for a token."""
    return Reply.json(status, {"error": error, "error_description": text}, error="unauthorized")
