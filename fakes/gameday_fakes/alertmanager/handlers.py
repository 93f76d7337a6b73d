"""Alertmanager's requests, and what the control plane needs of a pager."""

from __future__ import annotations

import contextlib
import datetime
import functools
from typing import Any

from gameday_fakes.alertmanager import errors as bodies
from gameday_fakes.alertmanager.errors import ERRORS
from gameday_fakes.alertmanager.manifest import MANIFEST
from gameday_fakes.alertmanager.routes import ROUTES
from gameday_fakes.business_operations import Acknowledge, BusinessOperation, ResolveAlert
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.http import Reply, Request, Route

Labels = tuple[tuple[str, str], ...]

#: How long an alert without an end lasts after it was posted last (seconds): the default of ``resolve_timeout``.
RESOLVE_AFTER_S = 300.0
#: No end is waited for that is further away (seconds).
LONGEST_S = 7 * 86_400.0


class Alertmanager(Fake):
    """The fake Alertmanager: alerts by its API v2, and groups of alerts as its webhook sends them."""

    manifest = MANIFEST
    api_version = "API v2"
    routes = ROUTES
    errors = ERRORS
    business_operations = (
        BusinessOperation("acknowledge", Acknowledge, lambda fake, key, _: fake.act("acknowledged", key), "alert"),
        BusinessOperation("resolve", ResolveAlert, lambda fake, key, _: fake.act("resolved", key), "alert"),
    )

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        # It has no authentication of its own.
        return None

    def error(self, kind: str, **context: Any) -> Reply:
        return bodies.error(kind)

    def reset(self) -> None:
        #: The newest state of each alert, by its labels.
        self.alerts: dict[Labels, dict[str, Any]] = {}

    def snapshot(self) -> dict[str, Any]:
        return {"alerts": list(self.alerts.values())}

    def act(self, status: str, name: str) -> dict[str, Any]:
        """Acknowledge or resolve an alert by its name, as the person on call would."""
        for alert in self.alerts.values():
            if alert["labels"].get("alertname") == name and alert["status"] != "resolved":
                self._take({**alert, "status": status}, "")
                return {"id": name}
        raise ControlError(f"no firing alert with the name {name!r}")

    def healthy(self, _: Request) -> Reply:
        """``GET /-/healthy``."""
        return Reply(200, b"OK", content_type=b"text/plain")

    def list_alerts(self, _: Request) -> Reply:
        """``GET /api/v2/alerts``: those that fire."""
        return Reply.json(200, [alert for alert in self.alerts.values() if alert["status"] != "resolved"])

    def post_alerts(self, request: Request) -> Reply:
        """``POST /api/v2/alerts``: a list of ``{labels, annotations, startsAt, endsAt, generatorURL}``."""
        alerts = request.json
        if not isinstance(alerts, list):
            return self.error("bad_body")
        if not all(_is_alert(alert) for alert in alerts):
            return self.error("invalid_alert")
        for alert in alerts:
            now_s = self.clock.wall_s()
            ends_at, ends_s = _end_of(alert.get("endsAt"), now_s)
            self._take({**alert, "endsAt": ends_at, "status": "firing" if ends_s > now_s else "resolved"}, "")
            if now_s < ends_s < now_s + LONGEST_S:
                self.clock.call_later(ends_s - now_s, functools.partial(self._end, _labels(alert), ends_at))
        return Reply(200)

    def receive(self, request: Request) -> Reply:
        """``POST /webhook``: a group of alerts, as ``webhook_config`` sends it."""
        group = request.json
        alerts = group.get("alerts") if isinstance(group, dict) else None
        if not isinstance(alerts, list):
            return self.error("bad_body")
        if not all(_is_alert(alert) for alert in alerts):
            return self.error("invalid_alert")
        for alert in alerts:
            self._take({"status": group.get("status", "firing"), **alert}, str(group.get("receiver", "")))
        return Reply(200)

    def _end(self, labels: Labels, ends_at: str) -> None:
        """Resolve an alert, unless it was posted again with another end."""
        alert = self.alerts.get(labels, {})
        if alert.get("endsAt") == ends_at and alert["status"] != "resolved":
            self._take({**alert, "status": "resolved"}, "")

    def _take(self, alert: dict[str, Any], receiver: str) -> None:
        self.alerts[_labels(alert)] = alert
        raw = {"alert": alert, "receiver": receiver, "received_s": self.clock.now_s()}
        self.events.append(self.name, "alert", "ok", {"raw": raw})


def _is_alert(alert: Any) -> bool:
    labels = alert.get("labels") if isinstance(alert, dict) else None
    return (
        isinstance(labels, dict)
        and bool(labels)
        and all(isinstance(value, str) for value in labels.values())
        and isinstance(alert.get("annotations", {}), dict)
    )


def _labels(alert: dict[str, Any]) -> Labels:
    return tuple(sorted(alert["labels"].items()))


def _end_of(given: Any, now_s: float) -> tuple[str, float]:
    """When an alert ends, as written (RFC 3339) and as Unix time for the stack; without an end, after a while."""
    with contextlib.suppress(ValueError):
        moment = datetime.datetime.fromisoformat(str(given).replace("Z", "+00:00"))
        if moment.tzinfo is not None and moment.year > 1:  # 0001-01-01T00:00:00Z means: no end yet
            return str(given), moment.timestamp()
    ends_s = now_s + RESOLVE_AFTER_S
    return datetime.datetime.fromtimestamp(ends_s, datetime.UTC).isoformat(), ends_s
