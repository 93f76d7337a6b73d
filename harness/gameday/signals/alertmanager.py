"""Alerts of Prometheus Alertmanager: posted to its API, or sent by its webhook.

``raw`` is ``{"alert": {"status", "labels", "annotations", "startsAt"}, "receiver", "received_s"}``. An alert is read
best with the labels ``flow`` and ``team`` (or ``owner``), and the annotations ``summary``, ``reason`` and ``orders``
(JSON).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from gameday.analysis.chat_text import facts_of
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

_ACTIONS: dict[str, Literal["trigger", "acknowledge", "resolve"]] = {
    "acknowledged": "acknowledge",
    "resolved": "resolve",
}
#: Labels that name what the alert is about, not which alert it is.
_ABOUT = ("deal", "order", "opportunity")


@signals.register("alertmanager")
def alertmanager(raw: dict[str, Any], known: Collection[str]) -> Signal:
    """The alert as a Signal; ``known`` are the deal ids that it may name. Never raises."""
    alert = mapping(mapping(raw).get("alert"))
    labels, written = mapping(alert.get("labels")), mapping(alert.get("annotations"))
    notes = {**facts_of("\n".join(each for each in written.values() if isinstance(each, str))), **written}
    content = {"labels": labels, "annotations": written}
    summary = line(notes.get("summary"), notes.get("title"), notes.get("description"), labels.get("alertname"))
    about = [labels.get(name) for name in _ABOUT if labels.get(name)]
    return Signal(
        kind="alert",
        source="alertmanager",
        action=_ACTIONS.get(line(alert.get("status")), "trigger"),
        key=line(" ".join([line(labels.get("alertname")), *(line(each) for each in about)]), longest=LONGEST_NAME),
        orders=find_deals(content, known),
        flow=line(labels.get("flow"), notes.get("flow"), longest=LONGEST_NAME),
        owner=line(
            labels.get("owner"),
            labels.get("team"),
            notes.get("owner"),
            mapping(raw).get("receiver"),
            longest=LONGEST_NAME,
        ),
        reason=line(notes.get("reason"), labels.get("reason"), summary),
        context=bounded(payloads_in(text_of(written), known)),
        first_seen=line(notes.get("first_seen"), alert.get("startsAt"), longest=LONGEST_NAME),
        severity=line(labels.get("severity"), longest=LONGEST_NAME),
        text=text_of(content),
        summary=summary,
        rule=line(labels.get("alertname"), longest=LONGEST_NAME),
        route=names_by_route(
            service=[mapping(raw).get("receiver"), labels.get("service")],
            label=[labels.get("owner"), labels.get("team")],
            source=[labels.get("job"), labels.get("instance")],
        ),
    )
