"""The requests of Teams' webhooks, and what the control plane needs of a pager."""

from __future__ import annotations

from typing import Any

from gameday_fakes.fake import Fake
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.teams import errors as bodies
from gameday_fakes.teams.errors import ERRORS
from gameday_fakes.teams.manifest import MANIFEST
from gameday_fakes.teams.routes import ROUTES

#: "Create Incoming Webhooks": the largest message.
LARGEST_BYTES = 28 * 1024


class Teams(Fake):
    """The fake Microsoft Teams: incoming webhooks."""

    manifest = MANIFEST
    api_version = "incoming webhooks"
    routes = ROUTES
    errors = ERRORS

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        # The path is the only credential.
        return None

    def error(self, kind: str, **context: Any) -> Reply:
        return bodies.error(kind)

    def reset(self) -> None:
        self.cards: list[dict[str, Any]] = []

    def snapshot(self) -> dict[str, Any]:
        return {"cards": self.cards}

    def post_card(self, request: Request) -> Reply:
        """A connector's webhook: 200 ``1``."""
        return self._post(request) or Reply(200, b"1", content_type=b"text/plain")

    def post_to_flow(self, request: Request) -> Reply:
        """A workflow's webhook: 202 without a body."""
        return self._post(request) or Reply(202)

    def _post(self, request: Request) -> Reply | None:
        """Take a card; the refusal, or None."""
        if len(request.body) > LARGEST_BYTES:
            return self.error("too_large")
        card = request.json
        if not isinstance(card, dict):
            return self.error("bad_body")
        if not any(card.get(part) for part in ("text", "title", "summary", "sections", "attachments", "body")):
            return self.error("no_text")
        self.cards.append(card)
        raw = {"card": card, "received_s": self.clock.now_s()}
        self.events.append(self.name, "alert", "ok", {"raw": raw})
        return None
