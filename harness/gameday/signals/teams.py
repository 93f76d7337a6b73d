"""Alerts posted to Microsoft Teams by incoming webhooks: message cards and adaptive cards.

``raw`` is ``{"card": the body, "received_s"}``. An alert is read best if its facts, or lines of its text, are
named flow, owner, reason and first seen.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Collection, Iterator
from typing import Any

from gameday.analysis.chat_text import action_of, facts_of, plain_name, topic_of
from gameday.analysis.signal_text import (
    LONGEST_NAME,
    LONGEST_TEXT,
    bounded,
    decoded,
    find_deals,
    line,
    mapping,
    payloads_in,
    text_of,
    texted,
)
from gameday.model.signal import Signal, signals

_MOST_NODES = 10_000
#: How many objects of a cell are looked at for its text.
_NEAR = 20
_BREAK = re.compile(r"<(?:br|/p|/li|/tr|/div)\s*/?>", re.IGNORECASE)
_MARK = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")


@signals.register("teams")
def teams(raw: dict[str, Any], known: Collection[str]) -> Signal:
    """The card as a Signal; ``known`` are the deal ids that it may name. Never raises."""
    card = mapping(mapping(raw).get("card"))
    nodes = list(_nodes(card))
    shown = [text for node in nodes for text in _texts(node)]
    title = line(card.get("title"), card.get("summary"), *(text for node in nodes for text in _titles(node)))
    text = text_of(shown)
    facts = {**facts_of(text), **_facts(nodes)}
    return Signal(
        kind="alert",
        source="teams",
        action=action_of(title),
        key=topic_of(title),
        orders=find_deals([card, shown], known),
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
        inner = [decoded(each) if name == "content" else each for name, each in _named(item)]
        waiting.extend(reversed([each for each in inner if isinstance(each, dict | list)]))


def _named(item: object) -> list[tuple[str, Any]]:
    if isinstance(item, dict):
        return list(item.items())
    return [("", each) for each in item] if isinstance(item, list) else []


def _titles(node: Any) -> Iterator[str]:
    """What a part of a card shows as a text of its own."""
    for part in ("activityTitle", "text"):
        if isinstance(node.get(part), str):
            yield from _plain(node[part]).splitlines()
    yield _joined(node, "inlines", "")


def _texts(node: Any) -> Iterator[str]:
    """What a part of a card shows, as lines: the pieces of a rich text and the cells of a row are one line."""
    for part in ("title", "summary", "activityTitle", "activitySubtitle", "text", "value"):
        yield _plain(texted(node.get(part)) or line(node.get(part)))
    yield _joined(node, "inlines", "")
    for part in ("columns", "cells"):
        yield _joined(node, part, " | ")


def _joined(node: Any, part: str, between: str) -> str:
    """The texts of a list within a part, as one line."""
    given = node.get(part)
    pieces = (
        [each if isinstance(each, str) else _first_text(each) for each in given[:1000]]
        if isinstance(given, list)
        else []
    )
    return between.join(piece for piece in pieces if piece)


def _first_text(item: object) -> str:
    near = itertools.islice(_nodes(item), _NEAR)
    return next((text for node in near if (text := texted(node.get("text")))), "")


def _plain(text: str) -> str:
    """A text without the marks of HTML, which cards of the older kind may have."""
    return html.unescape(_MARK.sub("", _BREAK.sub("\n", text[:LONGEST_TEXT])))


def _facts(nodes: list[Any]) -> dict[str, str]:
    """The pairs of name (or title) and value, by their names in one form."""
    found: dict[str, str] = {}
    for node in nodes:
        name = plain_name(line(node.get("name"), node.get("title"), longest=LONGEST_NAME))
        if name and "value" in node:
            found.setdefault(name, line(node.get("value")))
    return found
