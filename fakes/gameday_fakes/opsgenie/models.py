"""Alerts and their rules, without HTTP: one open alert for each alias."""

from __future__ import annotations

import uuid
from typing import Any, Literal

import msgspec

PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
LONGEST = {
    "message": 130,
    "alias": 512,
    "description": 15_000,
    "entity": 512,
    "source": 100,
    "user": 100,
    "note": 25_000,
}


class Alert(msgspec.Struct):
    """One alert. ``count`` is how often it was raised while it was open."""

    id: str
    alias: str
    state: Literal["open", "acknowledged", "closed"]
    body: dict[str, Any]
    count: int = 1


class Alerts:
    """All alerts, closed ones too."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._named = 0
        self.all: list[Alert] = []

    def create(self, body: dict[str, Any]) -> Alert:
        """Raise an alert, or count it again while one with its alias is open."""
        self._named += 1
        identifier = str(uuid.uuid5(uuid.NAMESPACE_OID, f"opsgenie:{self._seed}:{self._named}"))
        alias = str(body.get("alias") or identifier)
        known = self._open("alias", alias)
        if known is None:
            known = Alert(identifier, alias, "open", body)
            self.all.append(known)
        else:
            known.count += 1
        return known

    def change(self, kind: str, identifier: str, state: Literal["acknowledged", "closed"]) -> Alert | None:
        """Acknowledge or close an open alert; None if there is none."""
        alert = self._open(kind, identifier)
        if alert is not None:
            alert.state = state
        return alert

    def find(self, kind: str, identifier: str) -> Alert | None:
        """The newest alert with this id or alias."""
        return next((each for each in reversed(self.all) if getattr(each, kind) == identifier), None)

    def _open(self, kind: str, identifier: str) -> Alert | None:
        alert = self.find(kind, identifier)
        return alert if alert is not None and alert.state != "closed" else None


def problems(body: dict[str, Any]) -> dict[str, str]:
    """What is wrong with an alert, by field, in Opsgenie's words; nothing if it is valid."""
    found: dict[str, str] = {}
    message = body.get("message")
    if not isinstance(message, str) or not message.strip():
        found["message"] = "Message can not be empty."
    for name, longest in LONGEST.items():
        text = body.get(name)
        if text is not None and (not isinstance(text, str) or len(text) > longest):
            found[name] = f"{name.capitalize()} should be a text of at most {longest} characters."
    if body.get("priority", "P3") not in PRIORITIES:
        found["priority"] = f"Priority should be one of {', '.join(PRIORITIES)}."
    for name, kind in (("responders", list), ("tags", list), ("details", dict)):
        if body.get(name) is not None and not isinstance(body[name], kind):
            found[name] = f"{name.capitalize()} is not valid."
    return found
