"""Alerts that the rules of gameday.toml raise from the stack's metrics, as Prometheus would.

``raw`` is ``{"alert": {"status", "labels", "annotations", "since_s"}}``. A rule is read best with the labels ``flow``
and ``team`` (or ``owner``) and the annotations ``summary``, ``reason`` and ``orders`` (JSON); a series with the label
``deal`` names that deal.
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


@signals.register("prometheus")
def prometheus(raw: dict[str, Any], known: Collection[str]) -> Signal:
    """The alert as a Signal; ``known`` are the deal ids that it may name. Never raises."""
    alert = mapping(mapping(raw).get("alert"))
    labels, notes = mapping(alert.get("labels")), mapping(alert.get("annotations"))
    content = {"labels": labels, "annotations": notes}
    name = line(labels.get("alertname"), longest=LONGEST_NAME)
    summary = line(notes.get("summary"), notes.get("description"), name)
    series = [f"{label}={line(labels[label], longest=80)}" for label in sorted(labels) if label != "alertname"]
    return Signal(
        kind="alert",
        source="prometheus",
        action="resolve" if alert.get("status") == "resolved" else "trigger",
        key=line(" ".join([name, *series]), longest=LONGEST_NAME),
        orders=find_deals(content, known),
        flow=line(labels.get("flow"), notes.get("flow"), longest=LONGEST_NAME),
        owner=line(labels.get("owner"), labels.get("team"), notes.get("owner"), longest=LONGEST_NAME),
        reason=line(notes.get("reason"), labels.get("reason"), summary),
        context=bounded(payloads_in(text_of(notes), known)),
        first_seen=line(notes.get("first_seen"), longest=LONGEST_NAME),
        severity=line(labels.get("severity"), longest=LONGEST_NAME),
        text=text_of(content),
        summary=summary,
        rule=name,
        route=names_by_route(
            service=labels.get("service"),
            label=[labels.get("owner"), labels.get("team")],
            source=[labels.get("job"), labels.get("instance")],
        ),
    )
