"""CSRF tokens as SAP's gateways ask for them: a token is fetched with a safe request, and belongs to its session.

Source: SAP Help Portal, "Cross-Site Request Forgery Protection" of SAP Gateway; SAP knowledge base article 3048103.
"""

from __future__ import annotations

import secrets

#: How many sessions are remembered; the oldest is forgotten first.
_MOST_SESSIONS = 10_000


class CsrfTokens:
    """The tokens of all sessions."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}

    def fetch(self, session: str) -> tuple[str, str]:
        """The session, a new one unless it is known, and its token."""
        if session not in self._tokens:
            if len(self._tokens) >= _MOST_SESSIONS:
                del self._tokens[next(iter(self._tokens))]
            session = secrets.token_urlsafe(24)
            self._tokens[session] = secrets.token_urlsafe(16)
        return session, self._tokens[session]

    def accepts(self, session: str, token: str) -> bool:
        """Whether a token belongs to a session."""
        known = self._tokens.get(session)
        return known is not None and secrets.compare_digest(known.encode(), token.encode("utf-8", "replace"))

    def expire(self) -> None:
        """End all sessions."""
        self._tokens.clear()


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
