"""Reads any alert or ticket: its text, the deals that it names, the payloads that it carries.

Alerts come from unknown stacks, so nothing here raises, and everything is bounded in size.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from gameday_fakes.manifests import known_id

LONGEST_TEXT = 64 * 1024
LONGEST_LINE = 2000
LONGEST_NAME = 255
#: How much of a signal is searched for deal ids, in characters; vendors take half a megabyte.
LONGEST_SEARCH = 4 * 1024 * 1024
#: The largest total size of a signal's payload snapshots, in bytes of JSON.
LARGEST_CONTEXT = 512 * 1024

_MOST_LEAVES = 200_000
_MOST_BLOCKS = 32
_DEEPEST = 64

_WORD = re.compile(r"[A-Za-z0-9_-]+")
_PART = re.compile(r"[A-Za-z0-9]+")
_ESCAPE = re.compile(r"\\[nrtbf/\"]")
_ID_KEYS = ("id", "order", "deal", "order_id", "deal_id", "opportunity", "Id")
_PAYLOAD_KEYS = ("payload", "snapshot", "record", "payload_snapshot")
_LIST_KEYS = ("orders", "deals", "payloads", "records", "context", "payload", "snapshots")


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def line(*values: object, longest: int = LONGEST_LINE) -> str:
    """The first of the values that is not empty, on one line."""
    for value in values:
        text = " ".join(_printable(_scalar(value)[: 4 * longest]).split())[:longest]
        if text:
            return text
    return ""


def _scalar(value: object) -> str:
    """A text or number as a text; empty for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    # Python refuses to print an integer of too many digits.
    return str(value) if isinstance(value, float) or abs(value) < 10**30 else "a large number"


def texted(value: object) -> str:
    """The value if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def decoded(value: object) -> object:
    """A text of JSON as what it says, anything else as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value[: 1 << 20])
    except (ValueError, RecursionError):
        return value


def leaves(value: object) -> Iterator[tuple[str, str]]:
    """Every text and number in a JSON value with its key, in order; a key without one has an empty text.

    Not recursive, for the value may be deeply nested.
    """
    waiting: list[tuple[str, Any]] = [("", value)]
    for _ in range(_MOST_LEAVES):
        if not waiting:
            return
        key, item = waiting.pop()
        text = _scalar(item)
        if text or (key and not (isinstance(item, list | tuple) and item)):
            yield key, text
        if isinstance(item, dict):
            waiting.extend((str(name), inner) for name, inner in reversed(item.items()))
        elif isinstance(item, list | tuple):
            waiting.extend((key, inner) for inner in reversed(item))


def text_of(value: object) -> str:
    """All of a JSON value as lines of ``key: value``, up to LONGEST_TEXT."""
    parts: list[str] = []
    room = LONGEST_TEXT
    for key, leaf in leaves(value):
        part = f"{key}: {leaf[:room]}".rstrip() if key else leaf[:room]
        parts.append(_printable(part))
        room -= len(part) + 1
        if room <= 0:
            break
    return "\n".join(parts)[:LONGEST_TEXT]


def find_deals(value: object, known: Collection[str]) -> tuple[str, ...]:
    """The known deal ids that occur anywhere in a JSON value, in order of appearance.

    The ways in which a vendor writes an id are the same id.
    """
    if not known:
        return ()
    index = known if isinstance(known, set | frozenset | dict) else frozenset(known)
    found: dict[str, None] = {}
    # Names of fields come again with every deal.
    seen: set[str] = set()
    room = LONGEST_SEARCH
    for key, leaf in leaves(value):
        for text in (key, leaf[:room]):
            if text in seen:
                continue
            seen.add(text)
            if "\\" in text:
                # JSON inside a text: a new word begins after an escaped line feed.
                text = _ESCAPE.sub(" ", text)  # noqa: PLW2901
            if "%" in text:
                # An address may have escapes around an id: %7B0a1b...%7D.
                text = f"{text} {unquote(text)}"  # noqa: PLW2901
            for word in _WORD.findall(text):
                for token in (word,) if word.isalnum() else (word, *_PART.findall(word)):
                    deal = known_id(token, index)
                    if deal:
                        found[deal] = None
        room -= len(key) + len(leaf)
        if room <= 0:
            break
    return tuple(found)


def snapshots(details: object, known: Collection[str]) -> dict[str, Any]:
    """The payload snapshots by deal id in the details of an alert.

    Accepted: ``{"orders": [{"id": ..., "payload": ...}]}``, ``{"orders": {id: payload}}``, the same under ``deals``,
    ``payloads``, ``records`` or ``context``, and a single payload that contains its deal's id.
    """
    found: dict[str, Any] = {}
    for name in _LIST_KEYS:
        part = mapping(details).get(name)
        if isinstance(part, list):
            for item in part[:10_000]:
                _take(found, item, known)
        elif isinstance(part, dict):
            by_id = [(deal, payload) for key, payload in part.items() for deal in find_deals(key, known)]
            for deal, payload in by_id:
                if payload:
                    found.setdefault(deal, payload)
            if not by_id:
                _take(found, part, known)
    return bounded(found)


def _take(found: dict[str, Any], item: object, known: Collection[str]) -> None:
    """Add one payload, or an object that says which deal its payload belongs to."""
    if not isinstance(item, dict):
        return
    named = [item[key] for key in _ID_KEYS if item.get(key)]
    deals = find_deals(named, known) or find_deals(item, known)
    payload: Any = next((item[key] for key in _PAYLOAD_KEYS if item.get(key)), None)
    if payload is None:
        payload = {key: value for key, value in item.items() if key not in _ID_KEYS and key not in _PAYLOAD_KEYS}
    for deal in deals if payload else ():
        found.setdefault(deal, payload)


def bounded(context: Mapping[str, Any]) -> dict[str, Any]:
    """As many of the snapshots as fit into LARGEST_CONTEXT and can be encoded."""
    kept: dict[str, Any] = {}
    room = LARGEST_CONTEXT
    for deal, payload in context.items():
        try:
            room -= len(msgspec.json.encode(payload))
        except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
            continue
        if room < 0:
            break
        if not _deeper(payload, _DEEPEST):
            kept[deal] = payload
    return kept


def _deeper(value: object, levels: int) -> bool:
    """Whether a JSON value is nested too deeply for the history."""
    layer = [value]
    for _ in range(levels):
        layer = [
            inner
            for item in layer
            for inner in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        ]
        if not layer:
            return False
    return True


def json_blocks(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a text; at most so many opening braces are tried."""
    decoder = json.JSONDecoder()
    start = text.find("{")
    for _ in range(_MOST_BLOCKS):
        if start < 0:
            return
        try:
            block, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            yield block
        start = text.find("{", end)


#: The fields of a person, a component or a service that name it.
_NAMES = ("name", "displayName", "emailAddress", "accountId", "key", "summary")
_MOST_NAMES = 100


def names_by_route(**given: object) -> dict[str, tuple[str, ...]]:
    """A signal's ``route``: the names of each kind, from texts, objects with a name, and lists of these."""
    found = {kind: tuple(dict.fromkeys(_names(value)))[:_MOST_NAMES] for kind, value in given.items()}
    return {kind: names for kind, names in found.items() if names}


def _names(value: object) -> Iterator[str]:
    for item in value[:_MOST_NAMES] if isinstance(value, list) else (value,):
        inner = item if isinstance(item, list) else (item,)
        for each in inner[:_MOST_NAMES]:
            parts = [each.get(name) for name in _NAMES] if isinstance(each, dict) else [each]
            yield from (name for part in parts if (name := line(part, longest=LONGEST_NAME)))


def payloads_in(text: str, known: Collection[str], otherwise: Collection[str] = ()) -> dict[str, Any]:
    """The payloads by deal, not bounded: JSON in a text that names its deal, or else is about ``otherwise``."""
    found: dict[str, Any] = {}
    for block in json_blocks(text):
        about = snapshots(block, known) or dict.fromkeys(find_deals(block, known) or otherwise, block)
        for deal, payload in about.items():
            if payload:
                found.setdefault(deal, payload)
    return found


def words_of(values: Iterable[object], prefix: str) -> str:
    """The text after ``prefix:`` in the first value that starts with it, in any case; for labels and tags."""
    for value in values:
        if isinstance(value, str):
            name, mark, rest = value[:LONGEST_LINE].partition(":")
            if mark and name.strip().casefold() == prefix:
                return line(rest, longest=LONGEST_NAME)
    return ""


def _printable(text: str) -> str:
    """The text without unpaired surrogates, which cannot be written to a file."""
    return text.encode("utf-8", "replace").decode()
