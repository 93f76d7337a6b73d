"""Spans that failed, sent as OpenTelemetry traces.

``raw`` is ``{"span", "key", "received_s"}``; the key is what a later span of the same work has too. A span has
``name``, ``service``, ``failed``, ``message``, ``attributes`` (with those of its resource) and ``events``; one that has
not failed ends what an earlier one raised. It is read best with the attributes ``flow``, ``reason``, ``owner`` (or
``team``), ``deal`` and ``payload`` (JSON that names its deal).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gameday.analysis.signal_text import (
    LONGEST_NAME,
    bounded,
    find_deals,
    line,
    mapping,
    names_by_route,
    payloads_in,
    text_of,
)
from gameday.model.signal import Signal, signals


@signals.register("otlp")
def otlp(raw: dict[str, Any], known: Collection[str]) -> Signal:
    """The span as a Signal; ``known`` are the deal ids that it may name. Never raises."""
    span = mapping(mapping(raw).get("span"))
    said = mapping(span.get("attributes"))
    events = span.get("events")
    events = [mapping(each) for each in events[:1000]] if isinstance(events, list) else []
    raised = [mapping(each.get("attributes")) for each in events if each.get("name") == "exception"]
    first = raised[0] if raised else {}
    content = {"name": span.get("name"), "message": span.get("message"), "attributes": dict(said)}
    content["events"] = [dict(each) for each in events]
    name, service = line(span.get("name"), longest=LONGEST_NAME), line(span.get("service"), longest=80)
    key = mapping(raw).get("key")
    parts = [line(part, longest=80) for part in key[:20]] if isinstance(key, list) else []
    message = line(span.get("message"), first.get("exception.message"), first.get("exception.type"))
    text = text_of(content)
    return Signal(
        kind="alert",
        source="otlp",
        action="trigger" if span.get("failed") else "resolve",
        key=line(" ".join(parts), longest=LONGEST_NAME),
        orders=find_deals(content, known),
        flow=line(said.get("flow"), longest=LONGEST_NAME),
        owner=line(said.get("owner"), said.get("team"), longest=LONGEST_NAME),
        reason=line(said.get("reason"), message, said.get("error.type"), name),
        context=bounded(payloads_in(text, known)),
        first_seen=line(said.get("first_seen"), longest=LONGEST_NAME),
        text=text,
        summary=line(f"{name}: {message}" if message else name),
        rule=name,
        route=names_by_route(
            service=service,
            label=[said.get("owner"), said.get("team")],
            source=[said.get("service.namespace"), said.get("service.instance.id")],
        ),
    )
