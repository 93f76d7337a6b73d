"""Alerts and their rules, without HTTP: merging by dedup key, acknowledging, resolving."""

from __future__ import annotations

import uuid
from typing import Any, Literal

import msgspec

from gameday_fakes.credentials import PAGERDUTY

SEVERITIES = ("critical", "error", "warning", "info")
ACTIONS = ("trigger", "acknowledge", "resolve")
LONGEST_KEY = 255
LONGEST_SUMMARY = 1024
ROUTING_KEY_LENGTH = 32


class Service(msgspec.Struct, frozen=True):
    """What a routing key belongs to: whose escalation policy is followed."""

    name: str
    escalation_policy: str


#: The services by their routing keys, each named by the role of its owner. The first key has none: what it
#: receives is routed by its content, as by an event orchestration.
SERVICES = {
    key: Service(role, f"{role} on call")
    for name, key in PAGERDUTY.items()
    if (role := name.removeprefix("routing_key").lstrip("_"))
}


class Alert(msgspec.Struct):
    """One alert. ``events`` are the bodies that were merged into it."""

    dedup_key: str
    routing_key: str
    state: Literal["triggered", "acknowledged", "resolved"]
    events: list[dict[str, Any]]


class Alerts:
    """All alerts: the open one of each key, and the resolved ones."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._created = 0
        self._open: dict[tuple[str, str], Alert] = {}
        self.all: list[Alert] = []

    def take(self, event: dict[str, Any]) -> tuple[str, bool]:
        """Take a valid event: its dedup key, and whether it changed anything.

        A resolve or acknowledge without an open alert of its key and routing key is accepted and dropped.
        """
        key = event.get("dedup_key") or self._new_key()
        place = (event["routing_key"], key)
        alert = self._open.get(place)
        match event["event_action"]:
            case "trigger" if alert is None:
                self._open[place] = alert = Alert(key, event["routing_key"], "triggered", [event])
                self.all.append(alert)
            case "trigger":
                alert.events.append(event)  # type: ignore[union-attr]  # None is the case before
            case _ if alert is None:
                return key, False
            case "acknowledge":
                alert.state = "acknowledged"
            case "resolve":
                alert.state = "resolved"
                del self._open[place]
        return key, True

    def _new_key(self) -> str:
        self._created += 1
        return uuid.uuid5(uuid.NAMESPACE_OID, f"{self._seed}:{self._created}").hex


def problems(event: Any) -> tuple[str, ...]:
    """What is wrong with an event, in PagerDuty's words; nothing if it is valid."""
    if not isinstance(event, dict):
        return ("Event object is invalid",)
    mistakes = _routing_key_problems(event)
    action = event.get("event_action")
    if action not in ACTIONS:
        mistakes.append(f"'event_action' is missing or invalid (should be one of {', '.join(ACTIONS)})")
    key = event.get("dedup_key")
    if key is not None and (not isinstance(key, str) or len(key) > LONGEST_KEY):
        mistakes.append(f"'dedup_key' is invalid (max length is {LONGEST_KEY} characters)")
    if action in ("acknowledge", "resolve") and not key:
        mistakes.append(f"'dedup_key' is missing (required for {action})")
    if action == "trigger":
        mistakes += _payload_problems(event.get("payload"))
    return tuple(mistakes)


def change_problems(change: Any) -> tuple[str, ...]:
    """What is wrong with a change event, in PagerDuty's words; nothing if it is valid."""
    if not isinstance(change, dict):
        return ("Event object is invalid",)
    return (*_routing_key_problems(change), *_text_problems(change.get("payload"), ("summary",)))


def _routing_key_problems(event: dict[str, Any]) -> list[str]:
    routing_key = event.get("routing_key")
    if not isinstance(routing_key, str) or not routing_key:
        return ["'routing_key' is missing or blank"]
    if len(routing_key) != ROUTING_KEY_LENGTH:
        return [f"Length of 'routing_key' is incorrect (should be {ROUTING_KEY_LENGTH} characters)"]
    return []


def _payload_problems(payload: Any) -> list[str]:
    mistakes = _text_problems(payload, ("summary", "source"))
    if isinstance(payload, dict) and payload.get("severity") not in SEVERITIES:
        mistakes.append(f"'payload.severity' is invalid (should be one of {', '.join(SEVERITIES)})")
    return mistakes


def _text_problems(payload: Any, required: tuple[str, ...]) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing or blank"]
    mistakes = [
        f"'payload.{name}' is missing or blank"
        for name in required
        if not isinstance(payload.get(name), str) or not payload[name]
    ]
    if isinstance(payload.get("summary"), str) and len(payload["summary"]) > LONGEST_SUMMARY:
        mistakes.append(f"'payload.summary' is too long (max length is {LONGEST_SUMMARY} characters)")
    return mistakes
