"""Sessions and refresh tokens: who is logged in, and for how long."""

from __future__ import annotations

import hashlib

from gameday_fakes.clock import Clock
from gameday_fakes.salesforce.manifest import MANIFEST

#: Two hours without a request, the default of "Session Settings"; scenario seconds.
SESSION_S = 7_200.0


class Sessions:
    """Valid access tokens and refresh tokens. Tokens are derived from the seed, so that runs repeat."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock = clock
        self._seed = seed
        self._issued = 0
        #: When each session was last used; keyed by the token as sent in the header.
        self._used_s: dict[bytes, float] = {}
        self._users: dict[bytes, str] = {}
        #: Whether a refresh token is valid; used ones stay, with False.
        self._refresh: dict[str, bool] = {MANIFEST.credentials["refresh_token"]: True}

    def open(self, organization_id: str, user_id: str = "") -> str:
        """The access token of a new session of a user; of the integration user without one."""
        token = f"{organization_id[:15]}!{self._token('session', 96)}"
        self._users[token.encode()] = user_id
        self._used_s[token.encode()] = self._clock.now_s()
        return token

    def user_of(self, token: bytes) -> str:
        """The user of a session, valid or not; empty for a token that was never one."""
        return self._users.get(token, "")

    def is_good(self, token: bytes) -> bool:
        """Whether a session is valid; using it prolongs it."""
        used_s = self._used_s.get(token)
        if used_s is None:
            return False
        now_s = self._clock.now_s()
        if now_s - used_s > SESSION_S:
            del self._used_s[token]
            return False
        self._used_s[token] = now_s
        return True

    def left_s(self, token: str) -> float | None:
        """How long a session lasts if it is not used, in scenario seconds; None if it is not valid."""
        used_s = self._used_s.get(token.encode())
        left_s = None if used_s is None else SESSION_S - (self._clock.now_s() - used_s)
        return left_s if left_s is not None and left_s > 0 else None

    def close(self, token: str) -> bool:
        """End a session, or a refresh token with its sessions; False if there was none."""
        if self._used_s.pop(token.encode(), None) is not None:
            return True
        if self._refresh.get(token):
            self._refresh[token] = False
            return True
        return False

    def rotate(self, token: str) -> str | None:
        """Replace a refresh token by the next one; None if it is not valid.

        A token that is used a second time ends the grant: somebody has a copy of it.
        """
        in_force = self._refresh.get(token)
        if in_force is None:
            return None
        if not in_force:
            self.revoke_all()
            return None
        self._refresh[token] = False
        return self.new_refresh_token()

    def new_refresh_token(self) -> str:
        """A refresh token of its own."""
        token = self.secret("5Aep")
        self._refresh[token] = True
        return token

    def secret(self, prefix: str) -> str:
        """A code or a token that nobody can guess and that runs with this seed repeat."""
        return f"{prefix}{self._token('refresh', 80)}"

    def is_refresh_token(self, token: str) -> bool:
        """Whether a refresh token is valid."""
        return self._refresh.get(token, False)

    def revoke_all(self) -> None:
        """End all sessions and refresh tokens."""
        self._used_s.clear()
        self._refresh = dict.fromkeys(self._refresh, False)

    def _token(self, kind: str, length: int) -> str:
        self._issued += 1
        digest = hashlib.blake2b(f"{self._seed}:{kind}:{self._issued}".encode(), digest_size=48).hexdigest()
        return f"AQ{digest}"[:length]
