"""PagerDuty's requests, and what the control plane needs of a pager."""

from __future__ import annotations

from typing import Any

import msgspec

from gameday_fakes.business_operations import Acknowledge, BusinessOperation, ResolveAlert
from gameday_fakes.credentials import PAGERDUTY, fingerprint
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.pagerduty import errors as bodies
from gameday_fakes.pagerduty.errors import ERRORS
from gameday_fakes.pagerduty.models import SERVICES, Alerts, change_problems, problems
from gameday_fakes.pagerduty.routes import ROUTES

LARGEST_BYTES = 512 * 1024


class PagerDuty(Fake):
    """The fake PagerDuty: Events API v2."""

    name = "pagerduty"
    role = "pager"
    hosts = ("events.pagerduty.com",)
    host = "events.pagerduty.com"
    api_version = "Events API v2"
    routes = ROUTES
    errors = ERRORS
    credentials = PAGERDUTY
    business_operations = (
        BusinessOperation("acknowledge", Acknowledge, lambda fake, key, _: fake.act("acknowledge", key)),
        BusinessOperation("resolve", ResolveAlert, lambda fake, key, _: fake.act("resolve", key)),
    )

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        # The routing key in the body is the only credential.
        return None

    def error(self, kind: str, **context: Any) -> Reply:
        return bodies.error(kind, context.get("errors", ()))

    def key_of(self, request: Request, route: Route) -> str | None:
        body = request.json
        return str(body["dedup_key"]) if isinstance(body, dict) and body.get("dedup_key") else None

    def reset(self) -> None:
        self.alerts = Alerts(self.seed)
        self.changes: list[dict[str, Any]] = []

    def snapshot(self) -> dict[str, Any]:
        return {"alerts": self.alerts.all, "changes": self.changes}

    def act(self, action: str, key: str) -> dict[str, Any]:
        """Acknowledge or resolve an alert, as the person on call would."""
        for alert in self.alerts.all:
            if alert.dedup_key == key and alert.state != "resolved":
                self._take({"routing_key": alert.routing_key, "event_action": action, "dedup_key": key})
                return {"id": key}
        raise ControlError(f"no open alert with the key {key!r}")

    def enqueue(self, request: Request) -> Reply:
        """``POST /v2/enqueue``: 202 with the dedup key, whatever happens to the event later."""
        if len(request.body) > LARGEST_BYTES:
            return self.error("too_large")
        event = request.json
        mistakes = problems(event)
        if mistakes:
            return self.error("invalid_event", errors=mistakes)
        return _accepted(dedup_key=self._take(event))

    def enqueue_change(self, request: Request) -> Reply:
        """``POST /v2/change/enqueue``: 202."""
        if len(request.body) > LARGEST_BYTES:
            return self.error("too_large")
        change = request.json
        mistakes = change_problems(change)
        if mistakes:
            return self.error("invalid_event", errors=mistakes)
        self.changes.append(change)
        return _accepted()

    def _take(self, event: dict[str, Any]) -> str:
        key, changed = self.alerts.take(event)
        if changed:
            # The routing key is a credential, so it must not be in the history; where it led to must.
            shown = {name: value for name, value in event.items() if name != "routing_key"} | {"dedup_key": key}
            routing_key = event["routing_key"]
            raw: dict[str, Any] = {
                "event": msgspec.to_builtins(shown, builtin_types=()),
                "received_s": self.clock.now_s(),
                "routing_key": fingerprint(routing_key),
            }
            if routing_key in SERVICES:
                raw["service"] = msgspec.to_builtins(SERVICES[routing_key])
            self.events.append(self.name, "alert", "ok", {"raw": raw})
        return key


def _accepted(**more: str) -> Reply:
    return Reply.json(202, {"status": "success", "message": "Event processed", **more})
