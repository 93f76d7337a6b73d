"""PagerDuty's REST API: what people and syncs do with incidents.

Source: PagerDuty API reference, REST API v2, "Incidents", "Alerts", "Users", "Services".
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from gameday_fakes.http import BadBody, Reply, Request
from gameday_fakes.pagerduty.base import PagerDutyBase
from gameday_fakes.pagerduty.models import DEFAULT_SERVICE, SERVICES, Alert, Incident
from gameday_fakes.pagerduty.render import USERS, person, shown_alert, shown_incident, shown_note, shown_service

LARGEST_PAGE = 100
LONGEST_SNOOZE_S = 604_800
_STATUSES = ("acknowledged", "resolved", "triggered")


class IncidentHandlers(PagerDutyBase):
    """``/incidents``, ``/services``, ``/users``."""

    def list_incidents(self, request: Request) -> Reply:
        """``GET /incidents``: the newest first.

        By ``statuses[]``, ``service_ids[]``, ``urgencies[]``, ``user_ids[]`` and ``incident_key``.
        """
        self.alerts.wake(self.clock.now_s())
        found = list(reversed(self.alerts.incidents.values()))
        wanted = {name: set(_several(request, name)) for name in ("statuses", "service_ids", "urgencies", "user_ids")}
        key = request.query.get("incident_key")
        found = [
            incident
            for incident in found
            if (not wanted["statuses"] or incident.status in wanted["statuses"])
            and (not wanted["service_ids"] or incident.service.id in wanted["service_ids"])
            and (not wanted["urgencies"] or incident.urgency in wanted["urgencies"])
            and (not wanted["user_ids"] or wanted["user_ids"] & set(incident.assignees))
            and (key is None or incident.key == key)
        ]
        if request.query.get("sort_by", "").startswith("created_at:asc"):
            found.reverse()
        return self._page(request, "incidents", [shown_incident(request, incident) for incident in found])

    def read_incident(self, request: Request) -> Reply:
        """``GET /incidents/{incident}``, by its id or its number."""
        self.alerts.wake(self.clock.now_s())
        incident = self._incident(request)
        return self._shown(request, incident) if incident else self.error("no_incident")

    def create_incident(self, request: Request) -> Reply:
        """``POST /incidents``: 201. It pages as an alert does; a key that is open at the service is refused."""
        body = _part(request, "incident")
        title, service = body.get("title"), _named(body.get("service"))
        known = next((each for each in (*SERVICES.values(), DEFAULT_SERVICE) if each.id == service), None)
        if (refusal := self._without_sender(request)) is not None:
            return refusal
        if not isinstance(title, str) or not title.strip():
            return self.error("invalid_input", errors=("Title cannot be empty.",))
        if known is None:
            return self.error("invalid_input", errors=("Service Not Found",))
        routing_key = next((key for key, each in SERVICES.items() if each is known), "")
        incidents = self.alerts.incidents
        key = body.get("incident_key") or f"incident-{len(incidents) + 1}"
        if not isinstance(key, str) or self.alerts.is_open(routing_key, key):
            return self.error("invalid_input", errors=("Incident with this incident key already exists.",))
        incident = self.alerts.open(known, routing_key, key, title, body, by_hand=True)
        incident.urgency = "low" if body.get("urgency") == "low" else "high"
        incident.assignees = _assignees(body) or incident.assignees
        self._record_incident(incident)
        return self._shown(request, incident, 201)

    def update_incident(self, request: Request) -> Reply:
        """``PUT /incidents/{incident}``: its status, title, urgency and assignees."""
        if (refusal := self._without_sender(request)) is not None:
            return refusal
        incident = self._incident(request)
        if incident is None:
            return self.error("no_incident")
        return self._change(request, incident, _part(request, "incident")) or self._shown(request, incident)

    def update_incidents(self, request: Request) -> Reply:
        """``PUT /incidents``: the same for several."""
        if (refusal := self._without_sender(request)) is not None:
            return refusal
        body = request.json
        given = body.get("incidents") if isinstance(body, dict) else None
        changes = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
        incidents = [self.alerts.incidents.get(str(change.get("id"))) for change in changes]
        if not changes or not all(incidents):
            return self.error("no_incident")
        for incident, change in zip(incidents, changes, strict=True):
            if incident is not None and (refusal := self._change(request, incident, change)) is not None:
                return refusal
        shown = [shown_incident(request, incident) for incident in incidents if incident is not None]
        return Reply.json(200, {"incidents": shown})

    def merge_incidents(self, request: Request) -> Reply:
        """``PUT /incidents/{incident}/merge``: it takes the alerts of ``source_incidents`` over, which are resolved."""
        if (refusal := self._without_sender(request)) is not None:
            return refusal
        target = self._incident(request)
        body = request.json
        given = body.get("source_incidents") if isinstance(body, dict) else None
        names = [_named(each) for each in given] if isinstance(given, list) else []
        sources = [self.alerts.incidents.get(name) for name in dict.fromkeys(names)]
        if target is None or not sources or not all(sources):
            return self.error("no_incident")
        open_sources = [source for source in sources if source is not None and source is not target]
        if target.resolved or len(open_sources) < len(sources) or any(source.resolved for source in open_sources):
            return self.error("invalid_input", errors=("Only open incidents can be merged, each into another one.",))
        moved = [alert for source in open_sources if source.service != target.service for alert in source.alerts]
        taken = self.alerts.merge(target, open_sources)
        for alert in moved:
            # It has come to other people.
            if alert.state != "resolved":
                self._record_again(target, alert)
        self.record_all(taken, "acknowledge", by=request.header("from"))
        return self._shown(request, target)

    def snooze_incident(self, request: Request) -> Reply:
        """``POST /incidents/{incident}/snooze``: acknowledged for ``duration`` seconds; 201."""
        if (refusal := self._without_sender(request)) is not None:
            return refusal
        incident = self._incident(request)
        if incident is None:
            return self.error("no_incident")
        body = request.json
        duration = body.get("duration") if isinstance(body, dict) else None
        if not isinstance(duration, int) or isinstance(duration, bool) or not 0 < duration <= LONGEST_SNOOZE_S:
            return self.error("invalid_input", errors=(f"Duration must be between 1 and {LONGEST_SNOOZE_S}.",))
        if incident.resolved:
            return self.error("invalid_input", errors=("Incident Already Resolved",))
        self.acknowledge(incident, by=request.header("from"))
        incident.snoozed_until_s = self.clock.now_s() + duration
        return self._shown(request, incident, 201)

    def list_notes(self, request: Request) -> Reply:
        """``GET /incidents/{incident}/notes``."""
        incident = self._incident(request)
        return Reply.json(200, {"notes": incident.notes}) if incident else self.error("no_incident")

    def add_note(self, request: Request) -> Reply:
        """``POST /incidents/{incident}/notes``: it may name further deals, so it updates the open alerts."""
        if (refusal := self._without_sender(request)) is not None:
            return refusal
        incident = self._incident(request)
        if incident is None:
            return self.error("no_incident")
        content = _part(request, "note").get("content")
        if not isinstance(content, str) or not content.strip():
            return self.error("invalid_input", errors=("Content cannot be empty.",))
        note = shown_note(len(incident.notes) + 1, content, request.header("from"))
        incident.notes.append(note)
        first = next((alert for alert in incident.alerts if alert.state != "resolved"), None)
        if first is not None:
            self.record(first, {"event_action": "trigger"}, note=content, title=incident.title)
        return Reply.json(200, {"note": note})

    def list_alerts(self, request: Request) -> Reply:
        """``GET /incidents/{incident}/alerts``."""
        incident = self._incident(request)
        if incident is None:
            return self.error("no_incident")
        alerts = [shown_alert(request, incident, alert) for alert in incident.alerts if not alert.of_incident]
        return self._page(request, "alerts", alerts)

    def update_alerts(self, request: Request) -> Reply:
        """``PUT /incidents/{incident}/alerts``: resolve some of its alerts."""
        if (refusal := self._without_sender(request)) is not None:
            return refusal
        incident = self._incident(request)
        body = request.json
        given = body.get("alerts") if isinstance(body, dict) else None
        if incident is None or not isinstance(given, list):
            return self.error("no_incident")
        resolved = {_named(each) for each in given if isinstance(each, dict) and each.get("status") == "resolved"}
        chosen: list[Alert] = [alert for alert in incident.alerts if alert.id in resolved]
        self.record_all(self.alerts.resolve(chosen), "resolve", by=request.header("from"))
        return Reply.json(200, {"alerts": [shown_alert(request, incident, alert) for alert in chosen]})

    def list_services(self, request: Request) -> Reply:
        """``GET /services``: one for each role of owner."""
        services = [shown_service(request, each) for each in (*SERVICES.values(), DEFAULT_SERVICE)]
        return self._page(request, "services", services)

    def list_users(self, request: Request) -> Reply:
        """``GET /users?query=``: by a part of their name or address."""
        query = request.query.get("query", "").casefold()
        users = [user for user in USERS if query in user["name"].casefold() or query in user["email"].casefold()]
        return self._page(request, "users", users)

    def _change(self, request: Request, incident: Incident, change: dict[str, Any]) -> Reply | None:
        """Change an incident; the refusal, or None."""
        status, sender = change.get("status"), request.header("from")
        if status is not None and status not in _STATUSES:
            return self.error("invalid_input", errors=("Status is invalid.",))
        if incident.resolved and status != "resolved":
            return self.error("invalid_input", errors=("Incident Already Resolved",))
        if isinstance(change.get("title"), str) and change["title"].strip():
            incident.title = change["title"]
        if change.get("urgency") in ("high", "low"):
            incident.urgency = change["urgency"]
        assignees = _assignees(change)
        if assignees:
            incident.assignees = assignees
            for alert in incident.alerts:
                if alert.state != "resolved":
                    self._record_again(incident, alert)
        if status == "acknowledged":
            self.acknowledge(incident, by=sender)
        elif status == "resolved":
            self.resolve(incident, by=sender)
        return None

    def _record_incident(self, incident: Incident) -> None:
        for alert in incident.alerts:
            self._record_again(incident, alert)

    def _record_again(self, incident: Incident, alert: Alert) -> None:
        """Write an alert into the history as it reaches those whom its incident is assigned to."""
        event = alert.events[0]
        if "event_type" not in event:
            event = {**event, "event_action": "trigger"}
        by_hand = {"incident": True} if alert.of_incident else {}
        people = [person(name) for name in incident.assignees]
        assignees = [{"name": each["summary"], "key": each["id"]} for each in people]
        self.record(alert, event, assignees=assignees, **by_hand)

    def _incident(self, request: Request) -> Incident | None:
        named = request.params["incident"]
        found = self.alerts.incidents.get(named)
        return found or next((each for each in self.alerts.incidents.values() if str(each.number) == named), None)

    def _shown(self, request: Request, incident: Incident, status: int = 200) -> Reply:
        return Reply.json(status, {"incident": shown_incident(request, incident)}, key=incident.key)

    def _without_sender(self, request: Request) -> Reply | None:
        """The refusal of a change that does not say by ``From`` which user makes it."""
        return None if "@" in request.header("from") else self.error("no_sender")

    def _page(self, request: Request, name: str, values: list[Any]) -> Reply:
        limits = {part: request.query.get(part, default) for part, default in (("limit", "25"), ("offset", "0"))}
        if not all(text.isdecimal() and len(text) < 6 for text in limits.values()):
            return self.error("invalid_input", errors=("Limit and offset must be numbers.",))
        limit, offset = min(LARGEST_PAGE, int(limits["limit"])), int(limits["offset"])
        more = offset + limit < len(values)
        total = len(values) if request.query.get("total") == "true" else None
        page = {"limit": limit, "offset": offset, "more": more, "total": total}
        return Reply.json(200, {name: values[offset : offset + limit], **page})


def _part(request: Request, name: str) -> dict[str, Any]:
    """The object under a name in the body. Raises BadBody."""
    body = request.json
    part = body.get(name) if isinstance(body, dict) else None
    if not isinstance(part, dict):
        raise BadBody(f"no {name}")
    return part


def _named(given: Any) -> str:
    """The id of a reference."""
    return str(given.get("id", "")) if isinstance(given, dict) else ""


def _assignees(given: dict[str, Any]) -> list[str]:
    """The ids of the users whom an incident is assigned to."""
    assignments = given.get("assignments")
    people = assignments if isinstance(assignments, list) else []
    return [name for each in people if isinstance(each, dict) and (name := _named(each.get("assignee")))]


def _several(request: Request, name: str) -> list[str]:
    """All values of ``name[]``."""
    pairs = parse_qsl(request.query_string.decode("latin-1"))
    return [value for given, value in pairs if given in (f"{name}[]", name)]
