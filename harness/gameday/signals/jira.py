"""Tickets filed in Jira.

``raw`` is ``{"issue": {"key", "fields"}, "action"}``. A ticket is read best if its description has lines such as
``flow: ...``, ``owner: ...``, ``reason: ...`` and ``first seen: ...``, or if it has labels of that form, and if the
payload is anywhere in the description as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Literal

from gameday.analysis.chat_text import facts_of
from gameday.analysis.signal_text import (
    LONGEST_NAME,
    LONGEST_TEXT,
    bounded,
    find_deals,
    line,
    mapping,
    names_by_route,
    payloads_in,
    text_of,
    texted,
    words_of,
)
from gameday.model.signal import Signal, signals

_ACTIONS: dict[str, Literal["trigger", "acknowledge", "resolve"]] = {
    **dict.fromkeys(("acknowledge", "acknowledged", "assign", "assigned"), "acknowledge"),
    **dict.fromkeys(("resolve", "resolved", "close", "closed", "done"), "resolve"),
}
#: The nodes of a document that are pieces of a line, and those that are cells of one.
#: Source: Atlassian, "Atlassian Document Format".
_INLINE = ("text", "mention", "emoji", "inlineCard", "status", "date")
_CELLS = ("tableCell", "tableHeader")
_MOST_NODES = 100_000
# It matches within one line, so that a text of nothing but line feeds costs no more than any other.
_PAYLOAD = re.compile(r"^[ \t*#>-]*payload[ \t*]*[:=]", re.IGNORECASE | re.MULTILINE)


@signals.register("jira")
def jira(raw: dict[str, Any], known: Collection[str]) -> Signal:
    """The ticket as a Signal; ``known`` are the deal ids that it may name. Never raises."""
    issue = mapping(mapping(raw).get("issue"))
    fields = mapping(issue.get("fields"))
    description = _text(fields.get("description"))
    labels = fields.get("labels")
    labels = labels[:1000] if isinstance(labels, list) else []
    facts = facts_of(description)
    orders = find_deals(fields, known)
    return Signal(
        kind="ticket",
        source="jira",
        action=_action(mapping(raw).get("action"), fields),
        key=line(issue.get("key"), longest=LONGEST_NAME),
        orders=orders,
        flow=line(facts.get("flow"), words_of(labels, "flow"), longest=LONGEST_NAME),
        owner=line(facts.get("owner"), words_of(labels, "owner"), *_people(fields), longest=LONGEST_NAME),
        reason=line(facts.get("reason"), words_of(labels, "reason"), fields.get("summary")),
        context=_context(description, orders, known),
        first_seen=line(facts.get("first_seen"), longest=LONGEST_NAME),
        severity=line(mapping(fields.get("priority")).get("name"), longest=LONGEST_NAME),
        text=text_of({"summary": fields.get("summary"), "description": description} | _rest(fields)),
        summary=line(fields.get("summary")),
        route=names_by_route(
            assignee=fields.get("assignee"),
            component=fields.get("components"),
            label=[label for label in labels if isinstance(label, str)],
            source=mapping(fields.get("project")).get("key"),
        ),
    )


def _rest(fields: Any) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key not in ("summary", "description")}


def _action(action: object, fields: Any) -> Literal["trigger", "acknowledge", "resolve"]:
    if isinstance(action, str) and action:
        return _ACTIONS.get(action.casefold(), "trigger")
    return "resolve" if fields.get("resolution") else "trigger"


def _text(description: object) -> str:
    """The description as one text; newer versions of Jira send a document of nested nodes instead."""
    if isinstance(description, str):
        return description[:LONGEST_TEXT]
    pieces: list[str] = []
    waiting = [description]
    for _ in range(_MOST_NODES):
        if not waiting:
            break
        item = waiting.pop()
        if isinstance(item, str):
            pieces.append(item)
        elif isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, dict):
            # What is no piece of a line begins one; the cells of a table's row are one line.
            kind = texted(item.get("type"))
            before = "" if kind in _INLINE else " | " if kind in _CELLS else "\n"
            waiting += [part for part in (item.get("content"), item.get("text")) if isinstance(part, list | str)]
            waiting.append(before)
    lines = "".join(pieces).replace(" | \n", " | ").splitlines()
    return "\n".join(each for each in lines if each.strip())[:LONGEST_TEXT]


def _people(fields: Any) -> list[object]:
    """The assignee, else the first component, by any of their names."""
    assignee = mapping(fields.get("assignee"))
    components = fields.get("components")
    first = mapping(components[0]) if isinstance(components, list) and components else {}
    return [*(assignee.get(key) for key in ("name", "displayName", "emailAddress", "accountId")), first.get("name")]


def _context(description: str, orders: tuple[str, ...], known: Collection[str]) -> dict[str, Any]:
    """The payloads by deal: from JSON that names its deal, else for the one deal that the ticket names."""
    found = payloads_in(description, known, otherwise=orders if len(orders) == 1 else ())
    mark = _PAYLOAD.search(description)
    if not found and mark and len(orders) == 1 and description[mark.end() :].strip():
        found[orders[0]] = description[mark.end() :].strip()
    return bounded(found)
