"""Alerts sent to PagerDuty by its Events API (v2 and v1), and incidents opened by its REST API.

``raw`` is ``{"event": the body, "received_s", "routing_key": its fingerprint, "service"}``; the service, with ``name``
and ``escalation_policy``, is the one whose incident the alert is in, if the pager knows it. The body has
``event_action``, ``dedup_key`` and ``payload`` with ``summary``, ``source``, ``severity``, ``timestamp``,
``component``, ``group``, ``class`` and ``custom_details``; of version 1 ``event_type``, ``incident_key``,
``description`` and ``details``; of an incident without an alert (``raw`` has ``incident``) ``title`` and ``body``. An
alert is read best if its details are ``{flow, owner, reason, first_seen, orders: [{id, payload}]}``; without that, its
text is searched. What people did with its incident is ``assignees``, or ``note`` and ``title``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from gameday.analysis.chat_text import facts_of, plain_names
from gameday.analysis.signal_text import (
    LONGEST_NAME,
    LONGEST_TEXT,
    bounded,
    decoded,
    find_deals,
    line,
    mapping,
    names_by_route,
    payloads_in,
    snapshots,
    text_of,
)
from gameday.model.signal import Signal, signals

_ACTIONS: dict[str, Literal["trigger", "acknowledge", "resolve"]] = {
    "acknowledge": "acknowledge",
    "resolve": "resolve",
}


_CONTENT = (
    *("payload", "client", "client_url", "links", "dedup_key"),
    *("description", "details", "contexts", "incident_key"),
)


@signals.register("pagerduty")
def pagerduty(raw: dict[str, Any], known: Collection[str]) -> Signal:
    """The alert as a Signal; ``known`` are the deal ids that it may name. Never raises."""
    raw = dict(mapping(raw))
    event = mapping(raw.get("event"))
    payload = mapping(event.get("payload"))
    service = mapping(raw.get("service"))
    content = {key: event[key] for key in _CONTENT if key in event}
    if raw.get("incident"):
        content |= {key: event[key] for key in ("title", "body") if key in event}
    if "note" in raw:
        content["note"] = raw["note"]
    written = mapping(event.get("body")).get("details") if raw.get("incident") else raw.get("note")
    details, text = _details(payload.get("custom_details"), event.get("details"), written)
    summary = line(payload.get("summary"), event.get("description"), event.get("title"), raw.get("title"))
    return Signal(
        kind="alert",
        source="pagerduty",
        action=_ACTIONS.get(line(event.get("event_action"), event.get("event_type")), "trigger"),
        key=line(event.get("dedup_key"), event.get("incident_key"), longest=LONGEST_NAME),
        orders=find_deals(content, known),
        flow=line(details.get("flow"), longest=LONGEST_NAME),
        owner=line(details.get("owner"), details.get("team"), payload.get("group"), longest=LONGEST_NAME),
        reason=line(details.get("reason"), details.get("error"), payload.get("class"), raw.get("note"), summary),
        context=snapshots(details, known) or bounded(payloads_in(text, known)),
        first_seen=line(details.get("first_seen"), payload.get("timestamp"), longest=LONGEST_NAME),
        severity=line(payload.get("severity"), longest=LONGEST_NAME),
        text=text_of(content),
        summary=summary,
        rule=line(payload.get("class"), longest=LONGEST_NAME),
        route=names_by_route(
            assignee=[details.get("assignee"), raw.get("assignees")],
            escalation_policy=[service.get("escalation_policy"), details.get("escalation_policy")],
            service=[service.get("name"), details.get("service")],
            routing_key=raw.get("routing_key"),
            label=[details.get("labels"), details.get("tags")],
            source=[payload.get("source"), payload.get("component"), event.get("client")],
        ),
    )


def _details(*given: object) -> tuple[Mapping[str, Any], str]:
    """What the first of these that is not empty says in fields, and the texts among them.

    A text may be JSON, or have lines ``flow: ...`` and ``reason: ...``; a list has one entry for each deal.
    """
    said = decoded(next((each for each in given if each), None))
    text = "\n".join(each[:LONGEST_TEXT] for each in given if isinstance(each, str))
    fields = {"orders": said} if isinstance(said, list) else mapping(said)
    return plain_names(fields) or facts_of(text), text
