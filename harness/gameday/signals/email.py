"""Alerts sent as e-mail.

``raw`` is ``{"message", "first", "received_s"}``. A message has ``from``, ``recipients``, ``to``, ``subject``,
``text``, ``attachments`` (with their texts) and the control plane's ``answer``; ``first`` is the subject and the sender
of the mail that its thread began with. It is read best if the text has lines ``flow: ...`` and ``reason: ...``, and
the payloads are in it, or in an attachment, as JSON. Whoever receives it is the owner.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Literal

from gameday.analysis.chat_text import action_of, facts_of, topic_of
from gameday.analysis.signal_text import (
    LONGEST_NAME,
    LONGEST_SEARCH,
    bounded,
    find_deals,
    line,
    mapping,
    names_by_route,
    payloads_in,
    text_of,
)
from gameday.model.signal import Signal, signals

_ANSWERS: dict[str, Literal["acknowledge", "resolve"]] = {"acknowledge": "acknowledge", "resolve": "resolve"}
#: What mail programs put before the subject of an answer, and tags of systems such as "[prod]".
_PREFIX = re.compile(
    r"\s*(?:(?:re|aw|fw|fwd|wg|antw|sv|vs|rv|tr)\s*(?:\[\d+\])?\s*:|\[[^\[\]]{0,80}\]\s*[:|-]?)\s*", re.IGNORECASE
)
_MOST = 1000


@signals.register("email")
def email(raw: dict[str, Any], known: Collection[str]) -> Signal:
    """The mail as a Signal; ``known`` are the deal ids that it may name. Never raises."""
    message = mapping(mapping(raw).get("message"))
    first = mapping(mapping(raw).get("first")) or message
    subject = line(message.get("subject"))
    body = message.get("text")
    body = body[:LONGEST_SEARCH] if isinstance(body, str) else ""
    attachments = [mapping(each) for each in _list(message.get("attachments"))]
    texts = [each["text"] for each in attachments if isinstance(each.get("text"), str)]
    content = {"subject": subject, "text": body, "attachments": [dict(each) for each in attachments]}
    facts = facts_of(body)
    people = [name for each in _list(message.get("recipients")) for name in _names(each, message)]
    sender = line(mapping(first.get("from")).get("address"), longest=80)
    action = _ANSWERS.get(line(message.get("answer"))) or action_of(_without_prefixes(subject))
    topic = topic_of(_without_prefixes(line(first.get("subject")), keep_status=False))
    payloads: dict[str, Any] = {}
    for text in (body, *texts):
        payloads = {**payloads_in(text, known), **payloads}
    return Signal(
        kind="alert",
        source="email",
        action=action,
        key=line(f"{sender} {topic}", longest=LONGEST_NAME),
        orders=find_deals(content, known),
        flow=line(facts.get("flow"), longest=LONGEST_NAME),
        owner=line(facts.get("owner"), *people, longest=LONGEST_NAME),
        reason=line(facts.get("reason"), subject),
        context=bounded(payloads),
        first_seen=line(facts.get("first_seen"), longest=LONGEST_NAME),
        text=text_of(content),
        summary=subject,
        route=names_by_route(assignee=people, source=[mapping(message.get("from")).get("address")]),
    )


def _without_prefixes(subject: str, *, keep_status: bool = True) -> str:
    """A subject without "Re:" and tags before it; a tag that is a status stays."""
    rest = subject
    while found := _PREFIX.match(rest):
        is_status = found[0].lstrip().startswith("[") and _is_status(found[0])
        if is_status and keep_status:
            break
        rest = rest[found.end() :]
    return rest


def _is_status(tag: str) -> bool:
    """Whether a tag says what a message does: it makes a difference to a title."""
    return action_of(f"{tag} x") != "trigger" or topic_of(f"{tag} x") == "x"


def _names(recipient: object, message: Any) -> list[str]:
    """A recipient's address, the part before the @, and the name that the mail gives to it."""
    address = line(recipient, longest=LONGEST_NAME)
    named = [mapping(each) for field in ("to", "cc") for each in _list(message.get(field))]
    shown = [line(each.get("name")) for each in named if line(each.get("address")).casefold() == address.casefold()]
    return [name for name in (address, address.partition("@")[0], *shown) if name]


def _list(value: object) -> list[Any]:
    return value[:_MOST] if isinstance(value, list) else []
