"""Access tokens that a fake has issued, and until when each is valid."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from gameday_fakes.http import Request


class BearerTokens:
    """Issues tokens of ``life_s`` by the clock ``wall_s`` (a Unix time), and remembers the valid ones."""

    def __init__(self, wall_s: Callable[[], float], life_s: float) -> None:
        self._wall_s = wall_s
        self._life_s = life_s
        self._expiry_s: dict[str, float] = {}

    def new_token(self, of_bytes: int) -> str:
        """A new token of so many random bytes."""
        token = secrets.token_urlsafe(of_bytes)
        self._expiry_s[token] = self._wall_s() + self._life_s
        return token

    def accepts(self, token: str) -> bool:
        """Whether a token is valid."""
        return self._expiry_s.get(token, 0.0) > self._wall_s()

    def revoke_all(self) -> None:
        """Forget every token."""
        self._expiry_s.clear()


def bearer_token(request: Request) -> str | None:
    """The bearer token that a request carries (RFC 6750, section 2.1); None where it proves itself otherwise."""
    scheme, _, token = request.headers.get(b"authorization", b"").partition(b" ")
    return token.decode("latin-1") if scheme.lower() == b"bearer" else None
