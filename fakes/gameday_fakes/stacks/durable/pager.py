"""Alerts by PagerDuty's Events API v2. The same key again updates the alert and never pages twice."""

from __future__ import annotations

import datetime
from typing import Any

from gameday_fakes.stacks.durable.definition import Definition, Reason
from gameday_fakes.stacks.durable.store import Store

SEVERITIES = {"system": "critical", "record": "error"}


def iso(unix_s: float) -> str:
    """A Unix time as ISO 8601 in UTC."""
    return datetime.datetime.fromtimestamp(unix_s, datetime.UTC).isoformat(timespec="milliseconds")


class Pager:
    """Writes alerts into the outbox, which sends them until they arrive."""

    def __init__(self, definition: Definition, store: Store, flow: str) -> None:
        self.definition = definition
        self.store = store
        self.flow = flow

    def trigger(
        self, key: str, reason: Reason, *, summary: str, detail: str, orders: list[dict[str, Any]], first_seen: str
    ) -> None:
        """Alert the owner, or update the alert with that key."""
        said = {"summary": summary, "detail": detail, "orders": orders, "first_seen": first_seen}
        self._post(key, reason, self.owner_of(reason), said)

    def escalate(self, key: str, reason: Reason, owner: str, said: dict[str, Any]) -> None:
        """Alert somebody else too; ``said`` has what ``trigger`` is given."""
        self._post(key, reason, owner, said)

    def _post(self, key: str, reason: Reason, owner: str, said: dict[str, Any]) -> None:
        payload = {
            "summary": said["summary"][:1024],
            "source": f"sync/{self.flow}",
            "severity": SEVERITIES[reason.scope],
            "component": self.flow,
            "group": owner,
            "class": reason.code,
            "custom_details": {
                "flow": self.flow,
                "reason": f"{reason.code}: {reason.text}",
                "detail": said["detail"],
                "owner": owner,
                "orders": said["orders"],
                "first_seen": said["first_seen"],
            },
        }
        self.store.post("pager", key, {"event_action": "trigger", "dedup_key": key, "payload": payload})

    def owner_of(self, reason: Reason) -> str:
        """Who gets the alert."""
        return self.definition.owner_of(reason)

    def test(self) -> None:
        """Raise an alert that is marked as a test, and resolve it."""
        reason, key, now = self.definition.reasons["backlog"], f"{self.flow}/test", iso(self.store.now_s())
        self.trigger(key, reason, summary=f"{self.flow}: test alert", detail="test", orders=[], first_seen=now)
        self.resolve(key, reason)

    def resolve(self, key: str, reason: Reason) -> None:
        """Resolve the alert with that key."""
        self.store.post("pager", key, {"event_action": "resolve", "dedup_key": key})
