"""Reads an alert that is only a message: what it is about, and whether it raises or ends something.

A chat has no incidents. Messages of one title belong together, whatever numbers and ids they hold; one whose title
begins with a word such as "resolved" ends what the others raised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from gameday.analysis.signal_text import LONGEST_LINE, LONGEST_NAME, LONGEST_TEXT, line

Action = Literal["trigger", "acknowledge", "resolve"]

_ENDED = frozenset({"resolved", "recovered", "closed", "cleared", "fixed", "healed", "ok", "normal"})
_SEEN = frozenset({"acknowledged", "ack", "acked"})
_RAISED = frozenset({"firing", "triggered", "alert", "alerting", "problem", "open", "error", "critical", "warning"})
#: A status before the title: "[FIRING:2] x", "Resolved: x", ":white_check_mark: Recovered - x", "OK x".
_STATUS = re.compile(r"^(?:\s*:[\w+-]+:)*[^\w\[:]*[\[(*_]*\s*([A-Za-z]+)(?:\s*:\s*\d+)?\s*[\])*]*\s*[:|-]*\s*")
_WORD = re.compile(r"[\w-]+")
#: A fact begins a line, whatever marks a list, a quotation, bold letters or a cell: "*Flow:* x", "| Flow | x |".
_FACT = re.compile(
    r"[\s*_>#`|\u2022\u2023\u25aa\u00b7\u2013-]*(flow|owner|team|reason|first[ _-]seen)[\s*_`]*(?:[:=|]|$)",
    re.IGNORECASE,
)
#: A line that has a name of its own, such as "Dashboard: https://..."
_NAMED = re.compile(r"[\s*_>#`|-]*[A-Za-z]\w*(?: \w+)?[\s*_`]*[:=|]")
_MARKS = " \t*_`|:="


def action_of(title: str) -> Action:
    """What a message with this title does.

    >>> action_of("[RESOLVED] Orders stuck"), action_of("Orders stuck: OK to wait?"), action_of("ACK: orders stuck")
    ('resolve', 'trigger', 'acknowledge')
    """
    word = _status(title)
    return "resolve" if word in _ENDED else "acknowledge" if word in _SEEN else "trigger"


def topic_of(title: str) -> str:
    """The title without its status, and without what may differ from message to message.

    >>> topic_of("[FIRING:3] 3 orders stuck in the ERP") == topic_of("Resolved: 17 orders stuck in the ERP")
    True
    """
    plain = title[:LONGEST_LINE]
    if _status(plain) in _ENDED | _SEEN | _RAISED:
        plain = _STATUS.sub("", plain, count=1)
    words = (word for word in _WORD.findall(plain.casefold()) if not any(letter.isdigit() for letter in word))
    return line(" ".join(words), longest=LONGEST_NAME)


def facts_of(text: str) -> Mapping[str, str]:
    """The lines ``flow: ...``, ``owner: ...`` (or team), ``reason: ...`` and ``first seen: ...`` of a text.

    Where nothing follows a name in its line, the next line is the value, unless it has a name itself.

    >>> dict(facts_of("Orders wait\\n*Flow:*\\nclosed-won\\n| Reason | the record is locked |"))
    {'flow': 'closed-won', 'reason': 'the record is locked'}
    """
    found: dict[str, str] = {}
    lines = [each for each in text[:LONGEST_TEXT].splitlines() if each.strip()]
    for each, after in zip(lines, [*lines[1:], ""], strict=False):
        if fact := _FACT.match(each):
            name = plain_name(fact[1])
            value = each[fact.end() :].strip(_MARKS) or ("" if _NAMED.match(after) else after.strip(_MARKS))
            if value:
                found.setdefault("owner" if name == "team" else name, line(value))
    return found


def plain_name(name: str) -> str:
    """The name of a field as alerts write it, in one form: ``"First Seen:"`` is ``first_seen``."""
    return "_".join(name.casefold().strip(_MARKS).replace("-", " ").split())


def plain_names(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields by their names in one form; those that are written so already come first."""
    return {**{plain_name(str(name)): value for name, value in fields.items()}, **fields}


def _status(title: str) -> str:
    found = _STATUS.match(title[:LONGEST_LINE])
    return found[1].casefold() if found else ""
