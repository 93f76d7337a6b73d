"""What all of PagerDuty's handlers share: the alerts, and what the history gets of them."""

from __future__ import annotations

from typing import Any

import msgspec

from gameday_fakes.credentials import fingerprint
from gameday_fakes.fake import Fake
from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.pagerduty import errors as bodies
from gameday_fakes.pagerduty.errors import ERRORS
from gameday_fakes.pagerduty.manifest import MANIFEST
from gameday_fakes.pagerduty.models import DEFAULT_SERVICE, Alert, Alerts, Incident
from gameday_fakes.pagerduty.routes import ROUTES

#: The credentials in the body of an event, which must not be in the history.
_SECRETS = ("routing_key", "service_key")


class PagerDutyBase(Fake):
    """Authentication, alerts and their records in the history."""

    manifest = MANIFEST
    routes = ROUTES
    errors = ERRORS

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        # Only the REST API comes here: the routing key in its body is an event's only credential.
        given = request.header("authorization")
        scheme, _, token = given.partition(" ")
        token = token.strip().removeprefix("token=")
        known = scheme.lower() in ("token", "bearer") and token == MANIFEST.credentials["api_token"]
        return None if known else self.error("unauthorized")

    def error(self, kind: str, **context: Any) -> Reply:
        return bodies.error(kind, context.get("errors", ()))

    def key_of(self, request: Request, route: Route) -> str | None:
        if "incident" in request.params:
            incident = self.alerts.incidents.get(request.params["incident"])
            return incident.key if incident else request.params["incident"]
        body = request.json
        named = body.get("dedup_key") or body.get("incident_key") if isinstance(body, dict) else None
        return str(named) if named else None

    def reset(self) -> None:
        self.alerts = Alerts(self.seed)
        self.changes: list[dict[str, Any]] = []

    def snapshot(self) -> dict[str, Any]:
        incidents = [
            {**msgspec.structs.asdict(incident), "alerts": [alert.dedup_key for alert in incident.alerts]}
            for incident in self.alerts.incidents.values()
        ]
        return {"alerts": self.alerts.all, "incidents": incidents, "changes": self.changes}

    def record(self, alert: Alert, event: dict[str, Any], **more: Any) -> None:
        """Write what became of an alert into the history, with where it was sent."""
        # The routing key is a credential, so it must not be in the history; where it led to must.
        shown = {name: value for name, value in event.items() if name not in _SECRETS}
        key = "incident_key" if "event_type" in event else "dedup_key"
        raw: dict[str, Any] = {
            "event": msgspec.to_builtins(shown | {key: alert.dedup_key}, builtin_types=()),
            "received_s": self.clock.now_s(),
            "routing_key": fingerprint(alert.routing_key),
            **more,
        }
        service = self.alerts.incident_of(alert).service
        if service is not DEFAULT_SERVICE:
            raw["service"] = msgspec.to_builtins(service)
        self.events.append(self.name, "alert", "ok", {"raw": raw})

    def record_all(self, alerts: list[Alert], action: str, **more: Any) -> None:
        """Write into the history that alerts were acknowledged or resolved, each under its own key."""
        for alert in alerts:
            self.record(alert, {"event_action": action}, **more)

    def acknowledge(self, incident: Incident, **more: Any) -> None:
        """Acknowledge an incident, once."""
        if not incident.acknowledged:
            self.record_all(self.alerts.acknowledge(incident), "acknowledge", **more)

    def resolve(self, incident: Incident, **more: Any) -> None:
        """Resolve an incident with all its alerts."""
        self.record_all(self.alerts.resolve(incident.alerts), "resolve", **more)
