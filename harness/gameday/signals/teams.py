"""Alerts posted to Microsoft Teams by incoming webhooks: message cards and adaptive cards.

``raw`` is ``{"card": the body, "received_s"}``. An alert is read best if its facts, or lines of its text, are
named flow, owner, reason and first seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from gameday.analysis.chat_text import action_of, facts_of, topic_of
from gameday.analysis.signal_text import LONGEST_NAME, bounded, find_deals, line, mapping, payloads_in, text_of
from gameday.model.signal import Signal, signals

_MOST_NODES = 10_000


@signals.register("teams")
def teams(raw: dict[str, Any], known: Collection[str]) -> Signal:
    """The card as a Signal; ``known`` are the deal ids that it may name. Never raises."""
    card = mapping(mapping(raw).get("card"))
    nodes = list(_nodes(card))
    text = text_of(
        [node.get(part) for node in nodes for part in ("title", "summary", "activityTitle", "text", "value")]
    )
    title = line(card.get("title"), card.get("summary"), *(node.get("text") for node in nodes))
    facts = {**facts_of(text), **_facts(nodes)}
    return Signal(
        kind="alert",
        source="teams",
        action=action_of(title),
        key=topic_of(title),
        orders=find_deals(card, known),
        flow=line(facts.get("flow"), longest=LONGEST_NAME),
        owner=line(facts.get("owner"), facts.get("team"), longest=LONGEST_NAME),
        reason=line(facts.get("reason"), title),
        context=bounded(payloads_in(text, known)),
        first_seen=line(facts.get("first_seen"), longest=LONGEST_NAME),
        severity=line(facts.get("severity"), longest=LONGEST_NAME),
        text=text,
        summary=title,
    )


def _nodes(card: object) -> Iterator[Any]:
    """Every object in a card, the outer ones first, up to a bound. Not recursive, for it may be deeply nested."""
    waiting = [card]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
        inner = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        waiting.extend(reversed([each for each in inner if isinstance(each, dict | list)]))


def _facts(nodes: list[Any]) -> dict[str, str]:
    """The pairs of name (or title) and value, by their names in small letters."""
    found: dict[str, str] = {}
    for node in nodes:
        name = line(node.get("name"), node.get("title"), longest=LONGEST_NAME).casefold().strip(" :").replace(" ", "_")
        if name and "value" in node:
            found.setdefault(name, line(node.get("value")))
    return found
