"""Opsgenie's requests, and what the control plane needs of a pager."""

from __future__ import annotations

import uuid
from typing import Any, Literal

from gameday_fakes.business_operations import Acknowledge, BusinessOperation, ResolveAlert
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.http import BadBody, Reply, Request, Route
from gameday_fakes.opsgenie import errors as bodies
from gameday_fakes.opsgenie.errors import ERRORS
from gameday_fakes.opsgenie.manifest import MANIFEST
from gameday_fakes.opsgenie.models import Alert, Alerts, problems
from gameday_fakes.opsgenie.routes import ROUTES

_KINDS = {"id": "id", "alias": "alias", "tiny": "id"}


class Opsgenie(Fake):
    """The fake Opsgenie: Alert API v2."""

    manifest = MANIFEST
    api_version = "Alert API v2"
    routes = ROUTES
    errors = ERRORS
    business_operations = (
        BusinessOperation("acknowledge", Acknowledge, lambda fake, key, _: fake.act("acknowledged", key), "alert"),
        BusinessOperation("resolve", ResolveAlert, lambda fake, key, _: fake.act("closed", key), "alert"),
    )

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        key = MANIFEST.credentials["api_key"]
        return None if request.header("authorization") == f"GenieKey {key}" else self.error("unauthorized")

    def error(self, kind: str, **context: Any) -> Reply:
        return bodies.error(kind, context.get("errors"))

    def key_of(self, request: Request, route: Route) -> str | None:
        if "id" in request.params:
            return request.params["id"]
        body = request.json
        return str(body["alias"]) if isinstance(body, dict) and body.get("alias") else None

    def reset(self) -> None:
        self.alerts = Alerts(self.seed)
        self._requests = 0

    def snapshot(self) -> dict[str, Any]:
        return {"alerts": self.alerts.all}

    def act(self, state: Literal["acknowledged", "closed"], alias: str) -> dict[str, Any]:
        """Acknowledge or close an alert, as the person on call would."""
        alert = self.alerts.change("alias", alias, state)
        if alert is None:
            raise ControlError(f"no open alert with the alias {alias!r}")
        self._tell("acknowledge" if state == "acknowledged" else "close", alert, {})
        return {"id": alias}

    def create_alert(self, request: Request) -> Reply:
        """``POST /v2/alerts``: 202; merged with an open alert of its alias."""
        body = _body(request)
        mistakes = problems(body)
        if mistakes:
            return self.error("invalid_alert", errors=mistakes)
        self._tell("create", self.alerts.create(body), body)
        return self._accepted()

    def close_alert(self, request: Request) -> Reply:
        """``POST /v2/alerts/ID/close?identifierType=``: 202, also for an alert that does not exist."""
        return self._change(request, "close", "closed")

    def acknowledge_alert(self, request: Request) -> Reply:
        """``POST /v2/alerts/ID/acknowledge?identifierType=``: 202, also for an alert that does not exist."""
        return self._change(request, "acknowledge", "acknowledged")

    def note_alert(self, request: Request) -> Reply:
        """``POST /v2/alerts/ID/notes``: a note raises an alert again, since it may name further deals."""
        body = _body(request)
        alert = self._named(request)
        if alert is not None and alert.state != "closed":
            self._tell("note", alert, body)
        return self._accepted()

    def read_alert(self, request: Request) -> Reply:
        """``GET /v2/alerts/ID?identifierType=``."""
        alert = self._named(request)
        if alert is None:
            return self.error("not_found")
        status = "closed" if alert.state == "closed" else "open"
        data = {**alert.body, "id": alert.id, "alias": alert.alias, "status": status, "count": alert.count}
        data["acknowledged"] = alert.state == "acknowledged"
        return Reply.json(200, {"data": data, "took": 0.0, "requestId": self._request_id()})

    def read_request(self, request: Request) -> Reply:
        """``GET /v2/alerts/requests/ID``: every accepted request has been processed."""
        data = {"success": True, "isSuccess": True, "status": "Created alert"}
        return Reply.json(200, {"data": data, "took": 0.0, "requestId": request.params["id"]})

    def _change(self, request: Request, action: str, state: Literal["acknowledged", "closed"]) -> Reply:
        body = _body(request)
        alert = self.alerts.change(_kind(request), request.params["id"], state)
        if alert is not None:
            self._tell(action, alert, body)
        return self._accepted()

    def _named(self, request: Request) -> Alert | None:
        return self.alerts.find(_kind(request), request.params["id"])

    def _tell(self, action: str, alert: Alert, body: dict[str, Any]) -> None:
        raw = {"action": action, "alert": {**body, "alias": alert.alias}, "received_s": self.clock.now_s()}
        self.events.append(self.name, "alert", "ok", {"raw": raw})

    def _request_id(self) -> str:
        self._requests += 1
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"request:{self.seed}:{self._requests}"))

    def _accepted(self) -> Reply:
        body = {"result": "Request will be processed", "took": 0.0, "requestId": self._request_id()}
        return Reply.json(202, body)


def _kind(request: Request) -> str:
    return _KINDS.get(request.query.get("identifierType", "id"), "id")


def _body(request: Request) -> dict[str, Any]:
    body = request.json
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise BadBody("not an object")
    return body
