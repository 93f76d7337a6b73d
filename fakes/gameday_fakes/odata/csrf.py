"""CSRF tokens as SAP's gateways ask for them: a token is fetched with a safe request, and belongs to its session.

Source: SAP Help Portal, "Cross-Site Request Forgery Protection" of SAP Gateway; SAP knowledge base article 3048103.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

#: How many sessions are remembered; the oldest is forgotten first.
_MOST_SESSIONS = 10_000


class CsrfTokens:
    """The tokens of all sessions. A session ends when it is not used for ``idle_s()``, by the clock ``now_s``."""

    def __init__(self, now_s: Callable[[], float] = lambda: 0.0, idle_s: Callable[[], float] = lambda: 1.0) -> None:
        self._now_s = now_s
        self._idle_s = idle_s
        #: The token of each session, and when the session was last used.
        self._sessions: dict[str, tuple[str, float]] = {}

    def fetch(self, session: str) -> tuple[str, str]:
        """The session, a new one unless it is known, and its token."""
        token = self._token_of(session)
        if token is None:
            if len(self._sessions) >= _MOST_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
            session, token = secrets.token_urlsafe(24), secrets.token_urlsafe(16)
        self._sessions[session] = token, self._now_s()
        return session, token

    def accepts(self, session: str, token: str) -> bool:
        """Whether a token belongs to a session, which is used by it."""
        known = self._token_of(session)
        if known is None or not secrets.compare_digest(known.encode(), token.encode("utf-8", "replace")):
            return False
        self._sessions[session] = known, self._now_s()
        return True

    def expire(self) -> None:
        """End all sessions."""
        self._sessions.clear()

    def _token_of(self, session: str) -> str | None:
        token, used_s = self._sessions.get(session, (None, 0.0))
        if token is not None and self._now_s() - used_s >= self._idle_s():
            del self._sessions[session]
            return None
        return token


def cookie_of(header: str, name: str) -> str:
    """The value of a cookie in the header ``Cookie``, empty without it.

    >>> cookie_of("a=1; SAP_SESSIONID=xyz", "SAP_SESSIONID")
    'xyz'
    """
    for part in header[:8000].split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""
