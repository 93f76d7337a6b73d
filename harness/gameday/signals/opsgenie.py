"""Alerts sent to Opsgenie by its Alert API.

``raw`` is ``{"action", "alert", "received_s"}``: the action is create, note, acknowledge or close, the alert the body
with its alias. It is read best if ``details`` has ``flow``, ``reason`` and ``first_seen``, and ``orders`` with the
payloads, as JSON or as a text of JSON, for details are texts in Opsgenie. Its responders receive it.
"""

from __future__ import annotations

from collections.abc import Collection
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
    texted,
    words_of,
)
from gameday.model.signal import Signal, signals

_ACTIONS: dict[str, Literal["trigger", "acknowledge", "resolve"]] = {"acknowledge": "acknowledge", "close": "resolve"}
_CONTENT = ("message", "description", "details", "note", "entity", "tags", "alias")


@signals.register("opsgenie")
def opsgenie(raw: dict[str, Any], known: Collection[str]) -> Signal:
    """The alert as a Signal; ``known`` are the deal ids that it may name. Never raises."""
    alert = mapping(mapping(raw).get("alert"))
    fields = {name: decoded(value) for name, value in list(mapping(alert.get("details")).items())[:1000]}
    text = "\n".join(texted(alert.get(name))[:LONGEST_TEXT] for name in ("description", "note"))
    details = {**facts_of(text), **plain_names(fields)}
    content = {name: alert[name] for name in _CONTENT if name in alert}
    tags = alert.get("tags")
    tags = tags[:1000] if isinstance(tags, list) else []
    responders = alert.get("responders")
    responders = responders[:100] if isinstance(responders, list) else []
    people = [mapping(each).get(name) for each in responders for name in ("name", "username", "id")]
    return Signal(
        kind="alert",
        source="opsgenie",
        action=_ACTIONS.get(line(mapping(raw).get("action")), "trigger"),
        key=line(alert.get("alias"), longest=LONGEST_NAME),
        orders=find_deals(content, known),
        flow=line(details.get("flow"), words_of(tags, "flow"), longest=LONGEST_NAME),
        owner=line(details.get("owner"), *people, words_of(tags, "owner"), longest=LONGEST_NAME),
        reason=line(details.get("reason"), details.get("error"), alert.get("message")),
        context=snapshots(details, known) or bounded(payloads_in(text, known)),
        first_seen=line(details.get("first_seen"), longest=LONGEST_NAME),
        severity=line(alert.get("priority"), longest=LONGEST_NAME),
        text=text_of(content),
        summary=line(alert.get("message")),
        rule=line(words_of(tags, "rule"), longest=LONGEST_NAME),
        route=names_by_route(
            assignee=people, label=tags, source=[alert.get("source"), alert.get("entity"), alert.get("user")]
        ),
    )
