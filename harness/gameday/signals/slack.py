"""Alerts posted to Slack: messages of its Web API and of incoming webhooks.

``raw`` is ``{"message", "first", "received_s"}``. A message has ``channel``, ``text``, ``blocks``, ``attachments`` and
the control plane's ``reaction``; ``first`` is the message that it updates or answers. It is read best if it has lines
``flow: ...``, ``owner: ...`` and ``reason: ...``, or fields of these names. Without an owner, the channel is.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gameday.analysis.chat_text import action_of, facts_of, topic_of
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

_REACTIONS = {"acknowledge", "resolve"}


@signals.register("slack")
def slack(raw: dict[str, Any], known: Collection[str]) -> Signal:
    """The message as a Signal; ``known`` are the deal ids that it may name. Never raises."""
    message = mapping(mapping(raw).get("message"))
    first = mapping(mapping(raw).get("first")) or message
    content = {part: message[part] for part in ("text", "blocks", "attachments") if part in message}
    text = text_of(content)
    title = _title(message)
    facts = {**facts_of(text), **_fields(message)}
    reaction = message.get("reaction")
    return Signal(
        kind="alert",
        source="slack",
        action=reaction if reaction in _REACTIONS else action_of(title),
        key=line(f"{line(message.get('channel'), longest=80)} {topic_of(_title(first))}", longest=LONGEST_NAME),
        orders=find_deals(content, known),
        flow=line(facts.get("flow"), longest=LONGEST_NAME),
        owner=line(facts.get("owner"), message.get("channel"), longest=LONGEST_NAME),
        reason=line(facts.get("reason"), title),
        context=bounded(payloads_in(text, known)),
        first_seen=line(facts.get("first_seen"), longest=LONGEST_NAME),
        text=text,
        summary=line(title),
        route=names_by_route(service=message.get("channel"), source=message.get("username")),
    )


def _title(message: Any) -> str:
    """The title of the first attachment, a header block, or the first line of the text."""
    for attachment in _list(message.get("attachments")):
        if title := line(mapping(attachment).get("title"), mapping(attachment).get("fallback")):
            return title
    for block in _list(message.get("blocks")):
        if mapping(block).get("type") == "header":
            return line(mapping(mapping(block).get("text")).get("text"))
    text = message.get("text")
    return line(*(text[:100_000].splitlines() if isinstance(text, str) else ()))


def _fields(message: Any) -> dict[str, str]:
    """The fields of attachments, by their names in small letters."""
    found: dict[str, str] = {}
    for attachment in _list(message.get("attachments")):
        for field in _list(mapping(attachment).get("fields")):
            name = line(mapping(field).get("title"), longest=LONGEST_NAME).casefold().replace(" ", "_")
            found.setdefault(name, line(mapping(field).get("value")))
    return found


def _list(value: object) -> list[Any]:
    return value[:1000] if isinstance(value, list) else []
