"""The page of the live board: one document that loads nothing."""

from __future__ import annotations

from markupsafe import Markup

from gameday_reports.environment import fill

__all__ = ["page"]


def page(nonce: str) -> str:
    """The document; its one style and its one script bear the nonce, so that a policy can forbid every other."""
    return fill("live/templates/live.html.jinja", {"nonce": Markup(nonce)})  # noqa: S704 - made by the server
