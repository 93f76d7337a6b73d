"""Alerts and incidents and their rules, without HTTP: de-duplication, acknowledging, resolving, merging.

Every new alert opens an incident of its own at the service of its routing key. Merging moves the alerts of one incident
to another; what is done to an incident is done to all its alerts.
"""

from __future__ import annotations

import datetime
import uuid
from typing import Any, Literal

import msgspec

from gameday_fakes.pagerduty.manifest import MANIFEST

State = Literal["triggered", "acknowledged", "resolved"]


class Service(msgspec.Struct, frozen=True):
    """What a routing key belongs to: whose escalation policy is followed."""

    name: str
    escalation_policy: str

    @property
    def id(self) -> str:
        """Its id, of PagerDuty's form."""
        return f"P{self.name.upper():0<6.6}"


#: The services by their routing keys, each named by the role of its owner. The first key has none: what it
#: receives is routed by its content, as by an event orchestration.
SERVICES = {
    key: Service(role, f"{role} on call")
    for name, key in MANIFEST.credentials.items()
    if name.startswith("routing_key_") and (role := name.removeprefix("routing_key_"))
}
#: Where incidents of any other routing key are listed.
DEFAULT_SERVICE = Service("default", "default on call")


class Alert(msgspec.Struct):
    """One alert. ``events`` are the bodies that were merged into it; a body of version 1 has an ``event_type``.

    ``of_incident`` is whether it stands for an incident that somebody opened without an alert.
    """

    id: str
    dedup_key: str
    routing_key: str
    state: State
    events: list[dict[str, Any]]
    created_at: str
    of_incident: bool = False


class Incident(msgspec.Struct):
    """One incident and its alerts. ``merged_into`` is the id of the incident that took its alerts over."""

    id: str
    number: int
    title: str
    service: Service
    key: str
    created_at: str
    alerts: list[Alert]
    urgency: str = "high"
    acknowledged: bool = False
    resolved: bool = False
    snoozed_until_s: float | None = None
    assignees: list[str] = []
    notes: list[dict[str, Any]] = []
    merged_into: str = ""

    @property
    def status(self) -> State:
        """Resolved, acknowledged, else triggered."""
        return "resolved" if self.resolved else "acknowledged" if self.acknowledged else "triggered"


class Alerts:
    """All alerts, the open one of each key and the resolved ones, and their incidents."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._created = 0
        self._open: dict[tuple[str, str], Alert] = {}
        self.all: list[Alert] = []
        self.incidents: dict[str, Incident] = {}

    def take(
        self, routing_key: str, action: str, key: str, body: dict[str, Any], title: str
    ) -> tuple[str, list[Alert]]:
        """Take a valid event: its key, and the alerts that it changed, its own first.

        A resolve or acknowledge without an open alert of its key and routing key is accepted and dropped.
        """
        key = key or self._new_key()
        alert = self._open.get((routing_key, key))
        match action:
            case "trigger" if alert is None:
                service = SERVICES.get(routing_key, DEFAULT_SERVICE)
                return key, self.open(service, routing_key, key, title, body).alerts[:]
            case "trigger":
                alert.events.append(body)  # type: ignore[union-attr]  # None is the case before
                return key, [alert]  # type: ignore[list-item]
            case _ if alert is None:
                return key, []
            case "acknowledge":
                others = self.acknowledge(self.incident_of(alert))
                return key, [alert, *(other for other in others if other is not alert)]
            case _:
                return key, self.resolve([alert])

    def open(
        self, service: Service, routing_key: str, key: str, title: str, body: dict[str, Any], *, by_hand: bool = False
    ) -> Incident:
        """Open an incident with one alert."""
        number, now = len(self.incidents) + 1, _now()
        alert = Alert(f"Q2ALERT{number:07d}", key, routing_key, "triggered", [body], now, of_incident=by_hand)
        incident = Incident(f"Q1INCID{number:07d}", number, title, service, key, now, [alert], assignees=[service.name])
        self._open[routing_key, key] = alert
        self.all.append(alert)
        self.incidents[incident.id] = incident
        return incident

    def is_open(self, routing_key: str, key: str) -> bool:
        """Whether a key has an open alert."""
        return (routing_key, key) in self._open

    def incident_of(self, alert: Alert) -> Incident:
        """The incident in which an alert is now."""
        return next(incident for incident in self.incidents.values() if alert in incident.alerts)

    def acknowledge(self, incident: Incident) -> list[Alert]:
        """Acknowledge an incident that is not resolved; its open alerts."""
        incident.acknowledged = True
        still_open = [alert for alert in incident.alerts if alert.state != "resolved"]
        for alert in still_open:
            alert.state = "acknowledged"
        return still_open

    def resolve(self, alerts: list[Alert]) -> list[Alert]:
        """Resolve alerts, and each incident whose last open alert this was; those that were open."""
        changed = [alert for alert in alerts if alert.state != "resolved"]
        for alert in changed:
            alert.state = "resolved"
            del self._open[alert.routing_key, alert.dedup_key]
            incident = self.incident_of(alert)
            incident.resolved = all(each.state == "resolved" for each in incident.alerts)
        return changed

    def merge(self, target: Incident, sources: list[Incident]) -> list[Alert]:
        """Move the alerts of open incidents to another one; those that it acknowledges because it was acknowledged."""
        taken: list[Alert] = []
        for source in sources:
            taken += [alert for alert in source.alerts if alert.state == "triggered"]
            target.alerts += source.alerts
            source.alerts = []
            source.resolved, source.merged_into = True, target.id
        if not target.acknowledged:
            return []
        self.acknowledge(target)
        return taken

    def wake(self, now_s: float) -> None:
        """Trigger the incidents again whose snooze has ended."""
        for incident in self.incidents.values():
            if incident.snoozed_until_s is not None and incident.snoozed_until_s <= now_s:
                incident.snoozed_until_s = None
                incident.acknowledged = False
                for alert in incident.alerts:
                    alert.state = "resolved" if alert.state == "resolved" else "triggered"

    def _new_key(self) -> str:
        self._created += 1
        return uuid.uuid5(uuid.NAMESPACE_OID, f"{self._seed}:{self._created}").hex


def _now() -> str:
    return f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"
