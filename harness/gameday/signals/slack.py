"""Alerts posted to Slack: messages of its Web API and of incoming webhooks.

``raw`` is ``{"message", "first", "received_s"}``. A message has ``channel``, ``text``, ``blocks``, ``attachments`` and
the control plane's ``reaction``; ``first`` is the message that it updates or answers. It is read best if it has lines
``flow: ...``, ``owner: ...`` and ``reason: ...``, or fields of these names. Without an owner, the channel is.
Source: Slack's "Formatting text for app surfaces" and "Rich text block".
"""

from __future__ import annotations

import html
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
    names_by_route,
    payloads_in,
    text_of,
    texted,
)
from gameday.model.signal import Signal, signals

_REACTIONS = {"acknowledge", "resolve"}
_PARTS = ("text", "blocks", "attachments")
#: "<https://example.com|a text>" is shown as its text, "<!here>" and "<@U1>" call people.
_LINK = re.compile(r"<([^<>|\s]{1,4000})(?:\|([^<>]{0,2000}))?>")
#: What holds texts, or further parts, in blocks and attachments.
_SHOWN = ("pretext", "title", "text", "blocks", "fields", "elements", "rows", "value", "footer")
_MOST_NODES = 10_000


@signals.register("slack")
def slack(raw: dict[str, Any], known: Collection[str]) -> Signal:
    """The message as a Signal; ``known`` are the deal ids that it may name. Never raises."""
    message = mapping(mapping(raw).get("message"))
    first = mapping(mapping(raw).get("first")) or message
    content = {part: decoded(message[part]) for part in _PARTS if part in message}
    text = text_of(content)
    title = _title(message)
    facts = {**facts_of("\n".join(_texts(message))), **_fields(message)}
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
    """The title of the first attachment, a header block, or the first line that is shown."""
    attachments = _list(message.get("attachments"))
    titles = (line(mapping(each).get("title"), mapping(each).get("fallback")) for each in attachments)
    blocks = [
        *_list(message.get("blocks")),
        *(block for each in attachments for block in _list(mapping(each).get("blocks"))),
    ]
    headers = (
        mapping(mapping(block).get("text")).get("text") for block in blocks if mapping(block).get("type") == "header"
    )
    shown = [each for text in _texts(message) for each in text.splitlines()]
    shown = [*(each for each in shown if not facts_of(each)), *shown]
    return line(*(_shown(each) for each in (*titles, *headers) if isinstance(each, str)), *shown)


def _texts(message: Any) -> Iterator[str]:
    """The texts of a message as they are shown, in order: one for each paragraph, field or cell."""
    waiting = [decoded(message.get(part)) for part in reversed(_PARTS)]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        item = waiting.pop()
        if isinstance(item, str):
            yield _shown(item[:LONGEST_TEXT])
        elif isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, dict):
            kind = texted(item.get("type"))
            if kind.startswith("rich_text_") and kind != "rich_text_list":
                # Pieces of one text, each with its own style.
                pieces = map(mapping, _list(item.get("elements")))
                yield "".join(texted(each.get("text")) or texted(each.get("url")) for each in pieces)
            else:
                waiting.extend(item[part] for part in reversed(_SHOWN) if part in item)


def _shown(text: str) -> str:
    """A text of Slack's mark-up as it is shown."""
    return html.unescape(_LINK.sub(lambda link: link[2] or ("" if link[1][0] in "!@#" else link[1]), text))


def _fields(message: Any) -> dict[str, str]:
    """The fields of attachments, by their names in small letters."""
    found: dict[str, str] = {}
    for attachment in _list(message.get("attachments")):
        for field in _list(mapping(attachment).get("fields")):
            name = plain_name(line(mapping(field).get("title"), longest=LONGEST_NAME))
            found.setdefault(name, _shown(line(mapping(field).get("value"))))
    return found


def _list(value: object) -> list[Any]:
    value = decoded(value)
    return value[:1000] if isinstance(value, list) else []
