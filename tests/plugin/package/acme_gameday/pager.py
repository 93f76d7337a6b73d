"""Acme's own pager: a page about a subject, which can be closed again."""

from __future__ import annotations

from typing import Any

from gameday.api import ErrorKind, Fake, Reply, Request, Route


class AcmePager(Fake):
    """Acme's pager."""

    name = "acme-pager"
    role = "pager"
    api_version = "1"
    hosts = ("pager.acme.example",)
    routes = (Route("POST", "/pages", "alert.write", "page"),)
    errors = (
        ErrorKind("bad_body", 400),
        ErrorKind("not_found", 404),
        ErrorKind("method_not_allowed", 405),
        ErrorKind("server_error", 500),
        ErrorKind("unavailable", 503),
    )

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        return None

    def error(self, kind: str, **context: Any) -> Reply:
        status = {error.name: error.status for error in self.errors}[kind]
        return Reply.json(status, {"error": kind}, error=kind)

    def key_of(self, request: Request, route: Route) -> str | None:
        return None

    def reset(self) -> None:
        self.pages: list[Any] = []

    def page(self, request: Request) -> Reply:
        """Take a page: {subject, closed, flow, team, problem, deals: {id: payload}}."""
        body = request.json
        if not isinstance(body, dict) or not body.get("subject"):
            return self.error("bad_body")
        self.pages.append(body)
        self.events.append(self.name, "alert", "ok", {"raw": body})
        return Reply.json(202, {"page": len(self.pages)})

    def snapshot(self) -> Any:
        return {"pages": self.pages}
