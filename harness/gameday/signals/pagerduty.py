"""Alerts sent to PagerDuty by its Events API v2.

``raw`` is ``{"event": the body, "received_s", "routing_key": its fingerprint, "service"}``; the service, with ``name``
and ``escalation_policy``, is the one that the routing key belongs to, if the pager knows it. The body has
``event_action``, ``dedup_key`` and ``payload`` with ``summary``, ``source``, ``severity``, ``timestamp``,
``component``, ``group``, ``class`` and ``custom_details``. An alert is read best if ``custom_details`` is
``{flow, owner, reason, first_seen, orders: [{id, payload}]}``; without that, its text is searched.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from gameday.analysis.signal_text import LONGEST_NAME, find_deals, line, mapping, names_by_route, snapshots, text_of
from gameday.model.signal import Signal, signals

_ACTIONS: dict[str, Literal["trigger", "acknowledge", "resolve"]] = {
    "acknowledge": "acknowledge",
    "resolve": "resolve",
}


@signals.register("pagerduty")
def pagerduty(raw: dict[str, Any], known: Collection[str]) -> Signal:
    """The alert as a Signal; ``known`` are the deal ids that it may name. Never raises."""
    event = mapping(mapping(raw).get("event"))
    payload = mapping(event.get("payload"))
    details = mapping(payload.get("custom_details"))
    service = mapping(mapping(raw).get("service"))
    content = {key: event[key] for key in ("payload", "client", "client_url", "links", "dedup_key") if key in event}
    return Signal(
        kind="alert",
        source="pagerduty",
        action=_ACTIONS.get(line(event.get("event_action")), "trigger"),
        key=line(event.get("dedup_key"), longest=LONGEST_NAME),
        orders=find_deals(content, known),
        flow=line(details.get("flow"), longest=LONGEST_NAME),
        owner=line(details.get("owner"), details.get("team"), payload.get("group"), longest=LONGEST_NAME),
        reason=line(details.get("reason"), details.get("error"), payload.get("class"), payload.get("summary")),
        context=snapshots(details, known),
        first_seen=line(details.get("first_seen"), payload.get("timestamp"), longest=LONGEST_NAME),
        severity=line(payload.get("severity"), longest=LONGEST_NAME),
        text=text_of(content),
        summary=line(payload.get("summary")),
        rule=line(payload.get("class"), longest=LONGEST_NAME),
        route=names_by_route(
            assignee=details.get("assignee"),
            escalation_policy=[service.get("escalation_policy"), details.get("escalation_policy")],
            service=[service.get("name"), details.get("service")],
            routing_key=mapping(raw).get("routing_key"),
            label=[details.get("labels"), details.get("tags")],
            source=[payload.get("source"), payload.get("component")],
        ),
    )
