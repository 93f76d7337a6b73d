"""Incidents, alerts, services and users as the REST API shows them."""

from __future__ import annotations

import datetime
from typing import Any

from gameday_fakes.http import Request
from gameday_fakes.pagerduty.manifest import MANIFEST
from gameday_fakes.pagerduty.models import SERVICES, Alert, Incident, Service


def _user(number: int, name: str, email: str) -> dict[str, Any]:
    return {"id": f"PUSER{number:02d}", "type": "user", "name": name, "summary": name, "email": email}


#: The first is the user of the token; the others are those on call for each role of owner.
USERS = (
    _user(0, "Integration", MANIFEST.credentials["from"]),
    *(_user(at, each.name, f"{each.name}@example.com") for at, each in enumerate(SERVICES.values(), start=1)),
)


def shown_incident(request: Request, incident: Incident) -> dict[str, Any]:
    """An incident."""
    still_open = sum(alert.state != "resolved" for alert in incident.alerts if not alert.of_incident)
    counted = sum(not alert.of_incident for alert in incident.alerts)
    pending = []
    if incident.snoozed_until_s is not None:
        pending = [{"type": "unacknowledge"}]
    merged = {"type": "merge_resolve_reason", "incident": _reference("incident", incident.merged_into)}
    return {
        **_reference("incident", incident.id, f"[#{incident.number}] {incident.title}"),
        "type": "incident",
        "incident_number": incident.number,
        "title": incident.title,
        "status": incident.status,
        "urgency": incident.urgency,
        "incident_key": incident.key,
        "created_at": incident.created_at,
        "service": _reference("service", incident.service.id, incident.service.name),
        "escalation_policy": _reference("escalation_policy", "", incident.service.escalation_policy),
        "assignments": [{"assignee": person(name)} for name in incident.assignees],
        "alert_counts": {"all": counted, "triggered": still_open, "resolved": counted - still_open},
        "pending_actions": pending,
        "resolve_reason": merged if incident.merged_into else None,
        "html_url": f"{request.base_url}/incidents/{incident.id}",
        "self": f"{request.base_url}/incidents/{incident.id}",
    }


def shown_alert(request: Request, incident: Incident, alert: Alert) -> dict[str, Any]:
    """An alert in its incident; it is open until it is resolved."""
    event = alert.events[-1]
    payload = event.get("payload") or {}
    summary = payload.get("summary") or event.get("description") or ""
    return {
        **_reference("alert", alert.id, summary),
        "type": "alert",
        "status": "resolved" if alert.state == "resolved" else "triggered",
        "alert_key": alert.dedup_key,
        "severity": payload.get("severity"),
        "created_at": alert.created_at,
        "service": _reference("service", incident.service.id, incident.service.name),
        "incident": _reference("incident", incident.id),
        "body": {"type": "alert_body", "details": payload.get("custom_details") or event.get("details") or {}},
        "self": f"{request.base_url}/incidents/{incident.id}/alerts/{alert.id}",
    }


def shown_note(number: int, content: str, sender: str) -> dict[str, Any]:
    """A note, which its author's address stands under."""
    now = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"
    return {"id": f"PNOTE{number:02d}", "content": content, "user": {"summary": sender}, "created_at": now}


def shown_service(request: Request, service: Service) -> dict[str, Any]:
    """A service."""
    policy = _reference("escalation_policy", "", service.escalation_policy)
    shown = {**_reference("service", service.id, service.name), "type": "service", "name": service.name}
    return {
        **shown,
        "status": "active",
        "escalation_policy": policy,
        "self": f"{request.base_url}/services/{service.id}",
    }


def person(name: str) -> dict[str, Any]:
    """A reference to a user by id, name or address; one whom the fake does not know keeps the name."""
    known = next((user for user in USERS if name in (user["id"], user["name"], user["email"])), None)
    return _reference("user", known["id"], known["name"]) if known else _reference("user", name, name)


def _reference(kind: str, named: str, summary: str = "") -> dict[str, Any]:
    return {"id": named, "type": f"{kind}_reference", "summary": summary}
