"""Who may call: the private app's token, the OAuth tokens of a public app, and what each may do.

An OAuth token lasts 30 minutes, a refresh token until it is revoked ("Working with OAuth").
"""

from __future__ import annotations

import hashlib
from typing import Literal, NamedTuple

from gameday_fakes.clock import Clock
from gameday_fakes.hubspot.portal import HUBSPOT

#: How long an access token and a code can be used, in scenario seconds.
TOKEN_S = 1_800.0
CODE_S = 600.0

TokenState = Literal["good", "expired", "unknown"]


class Code(NamedTuple):
    """A code that was given out."""

    redirect_uri: str
    scopes: tuple[str, ...]
    given_s: float


class Sessions:
    """All tokens. Those that are given out are derived from the seed, so that runs repeat."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock = clock
        self._seed = seed
        self._issued = 0
        self._private = {HUBSPOT["access_token"]}
        #: When each token was given out, and its scopes (none: all).
        self._tokens: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._refresh: dict[str, tuple[str, ...]] = {HUBSPOT["refresh_token"]: ()}
        self._codes: dict[str, Code] = {}

    def state_of(self, token: str) -> TokenState:
        """Whether a token is good."""
        if token in self._private:
            return "good"
        if token not in self._tokens:
            return "unknown"
        return "good" if self.left_s(token) > 0 else "expired"

    def left_s(self, token: str) -> float:
        """How long an OAuth token lasts yet, in scenario seconds; negative since it has expired."""
        given_s = self._tokens[token][0] if token in self._tokens else self._clock.now_s() - TOKEN_S
        return TOKEN_S - (self._clock.now_s() - given_s)

    def is_private(self, token: str) -> bool:
        """Whether a token is that of the private app."""
        return token in self._private

    def scopes(self, token: str) -> tuple[str, ...]:
        """The scopes that were asked for; empty for all of the app's."""
        return self._tokens[token][1] if token in self._tokens else ()

    def open(self, scopes: tuple[str, ...]) -> str:
        """A new access token."""
        token = self._secret("access")
        self._tokens[token] = (self._clock.now_s(), scopes)
        return token

    def new_code(self, redirect_uri: str, scopes: tuple[str, ...]) -> str:
        """A code that can be exchanged once."""
        code = self._secret("code")
        self._codes[code] = Code(redirect_uri, scopes, self._clock.now_s())
        return code

    def exchange(self, code: str, redirect_uri: str) -> str | None:
        """The refresh token for a code; None for one that cannot be used."""
        given = self._codes.pop(code, None)
        if given is None or self._clock.now_s() - given.given_s > CODE_S or given.redirect_uri != redirect_uri:
            return None
        token = self._secret("refresh")
        self._refresh[token] = given.scopes
        return token

    def refresh_scopes(self, token: str) -> tuple[str, ...] | None:
        """The scopes of a refresh token; None if there is none."""
        return self._refresh.get(token)

    def forget(self, refresh_token: str) -> bool:
        """Delete a refresh token, as uninstalling an app does; its access tokens last."""
        return self._refresh.pop(refresh_token, None) is not None

    def revoke_all(self) -> None:
        """End every token, that of the private app too."""
        self._private.clear()
        self._tokens.clear()
        self._refresh.clear()
        self._codes.clear()

    def allow_login(self) -> None:
        """Let the app's refresh token work, while access tokens are revoked."""
        self._refresh.setdefault(HUBSPOT["refresh_token"], ())

    def allow_again(self) -> None:
        """Let the app's own token and refresh token work again, as after it has been installed anew."""
        self._private = {HUBSPOT["access_token"]}
        self.allow_login()

    def _secret(self, kind: str) -> str:
        self._issued += 1
        digest = hashlib.blake2b(f"{self._seed}:{kind}:{self._issued}".encode(), digest_size=24).hexdigest()
        return f"na1-gameday-{kind}-{digest}"
