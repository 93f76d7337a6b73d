"""What an event must hold, in PagerDuty's words: of the Events API, versions 2 and 1, and of change events."""

from __future__ import annotations

from typing import Any

SEVERITIES = ("critical", "error", "warning", "info")
ACTIONS = ("trigger", "acknowledge", "resolve")
LONGEST_KEY = 255
LONGEST_SUMMARY = 1024
ROUTING_KEY_LENGTH = 32


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


def first_version_problems(event: Any) -> tuple[str, ...]:
    """What is wrong with an event of version 1, in PagerDuty's words; nothing if it is valid."""
    if not isinstance(event, dict):
        return ("Event object is invalid",)
    mistakes = []
    key = event.get("service_key")
    if not isinstance(key, str) or len(key) != ROUTING_KEY_LENGTH:
        mistakes.append("Service key is invalid")
    kind = event.get("event_type")
    if kind not in ACTIONS:
        mistakes.append("Event type is invalid")
    description = event.get("description")
    if kind == "trigger" and not (isinstance(description, str) and 0 < len(description) <= LONGEST_SUMMARY):
        mistakes.append(f"Description is missing or longer than {LONGEST_SUMMARY} characters")
    incident_key = event.get("incident_key")
    if incident_key is not None and not isinstance(incident_key, str):
        mistakes.append("Incident key is invalid")
    if kind in ("acknowledge", "resolve") and not incident_key:
        mistakes.append("Incident key is missing")
    if event.get("details") is not None and not isinstance(event["details"], dict):
        mistakes.append("Details is not an object")
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
