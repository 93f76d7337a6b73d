"""PagerDuty's requests that bring events, and what the control plane needs of a pager."""

from __future__ import annotations

from typing import Any

from gameday_fakes.business_operations import Acknowledge, BusinessOperation, ResolveAlert
from gameday_fakes.fake import ControlError
from gameday_fakes.http import Reply, Request
from gameday_fakes.pagerduty.incident_handlers import IncidentHandlers
from gameday_fakes.pagerduty.validation import change_problems, first_version_problems, problems

LARGEST_BYTES = 512 * 1024


class PagerDuty(IncidentHandlers):
    """The fake PagerDuty: Events API v2 and v1, and the REST API's incidents."""

    api_version = "Events API v2 and v1, REST API v2"
    business_operations = (
        BusinessOperation("acknowledge", Acknowledge, lambda fake, key, _: fake.act("acknowledge", key), "alert"),
        BusinessOperation("resolve", ResolveAlert, lambda fake, key, _: fake.act("resolve", key), "alert"),
    )

    def act(self, action: str, key: str) -> dict[str, Any]:
        """Acknowledge or resolve an alert, as the person on call would."""
        for alert in self.alerts.all:
            if alert.dedup_key == key and alert.state != "resolved":
                self._take(alert.routing_key, action, key, {"event_action": action}, "")
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
        title = event["payload"]["summary"] if event["event_action"] == "trigger" else ""
        key = self._take(event["routing_key"], event["event_action"], event.get("dedup_key") or "", event, title)
        return _accepted(202, dedup_key=key)

    def create_event(self, request: Request) -> Reply:
        """``POST /generic/2010-04-15/create_event.json``, version 1: 200 with the incident key."""
        if len(request.body) > LARGEST_BYTES:
            return self.error("too_large")
        event = request.json
        mistakes = first_version_problems(event)
        if mistakes:
            return self.error("invalid_event", errors=mistakes)
        key = event.get("incident_key") or ""
        taken = self._take(event["service_key"], event["event_type"], key, event, event.get("description") or "")
        return _accepted(200, incident_key=taken)

    def enqueue_change(self, request: Request) -> Reply:
        """``POST /v2/change/enqueue``: 202."""
        if len(request.body) > LARGEST_BYTES:
            return self.error("too_large")
        change = request.json
        mistakes = change_problems(change)
        if mistakes:
            return self.error("invalid_event", errors=mistakes)
        self.changes.append(change)
        return _accepted(202)

    def _take(self, routing_key: str, action: str, key: str, body: dict[str, Any], title: str) -> str:
        key, changed = self.alerts.take(routing_key, action, key, body, title)
        if changed:
            self.record(changed[0], body)
            # An incident is acknowledged as a whole: the other alerts that were merged into it, too.
            self.record_all(changed[1:], action)
        return key


def _accepted(status: int, **more: str) -> Reply:
    return Reply.json(status, {"status": "success", "message": "Event processed", **more})
