"""Converts one JSON object, as vendors write records, into the shape of a contract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from gameday.records.explain import decode
from gameday.records.meaning import getter
from gameday.records.names import is_identifier
from gameday.records.tree import Node, Shape

#: The deepest nesting of objects; vendors' records have about five levels.
DEEPEST = 32

#: Values by physical name, such as ``Opportunity.Amount``: one line item, and the fields of the whole record.
Row = dict[str, Any]

_decode_any = msgspec.json.Decoder().decode
_encode_any = msgspec.json.Encoder().encode
_encode_exact = msgspec.json.Encoder(decimal_format="number").encode


class NotARecord(Exception):
    """Why some JSON is not a record: a sentence that does not quote it."""


def encode_record(record: dict[str, Any]) -> bytes:
    """A record as one line of JSON. Numbers are int or Decimal, and are written as numbers to the last digit."""
    return _encode_exact(record)


class Normaliser:
    """Converts objects into the shape of a contract."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._main = shape.main.name
        self._lists = {name for name, node in shape.elements.items() if node is not shape.main}
        #: Lists within the record itself, such as the items of an order.
        self._inner_lists = [getter(node) for node in shape.main.walk() if node.is_list and node.children]
        #: Relationship names of a SOQL reply: the plural of the child's name.
        self._plurals = {name: name for name in self._lists} | {f"{name}s": name for name in self._lists}

    def read(self, line: bytes) -> bytes | Row:
        """The record of a line of JSON, or its row if it is a flat one. Raises NotARecord."""
        found = _read_json(line)
        main = found.get(self._main)
        if main.__class__ is dict:
            if self._is_normal(found):
                return line
            return encode_record(self._unwrapped(_read_exact(line)))
        if main is not None:
            raise NotARecord(f"{self._main} is not an object")
        exact = _read_exact(line)
        if any(name.partition(".")[0] in self._shape.elements and "." in name for name in exact):
            return exact
        return encode_record(self._from_reply(exact))

    def _is_normal(self, found: dict[str, Any]) -> bool:
        """Whether every list of the contract is one already. Additional keys of a vendor do not matter."""
        if not all(found.get(name, _EMPTY).__class__ is list for name in self._lists):
            return False
        return not self._inner_lists or all(get(found).__class__ in _LISTED for get in self._inner_lists)

    def _unwrapped(self, found: dict[str, Any]) -> dict[str, Any]:
        return {
            name: _unwrap(value, self._shape.elements[name]) if name in self._shape.elements else value
            for name, value in found.items()
        }

    def _from_reply(self, found: dict[str, Any]) -> dict[str, Any]:
        """A record from the answer to a query: its own fields, and its children under the relationship's name."""
        main: dict[str, Any] = {}
        record: dict[str, Any] = {self._main: main}
        for name, value in found.items():
            child = self._child_of(name, value)
            if child:
                record[child] = _unwrap([] if value is None else value, self._shape.elements[child])
            else:
                main[name] = value
        record[self._main] = unwrapped = _unwrap(main, self._shape.main)
        if not any(name in self._shape.main.children for name in unwrapped):
            if isinstance(found.get("records"), list):
                raise NotARecord("the whole reply of a query; each of its records has to be on a line of its own")
            raise NotARecord(f"it has no {self._main}, nor any of its fields")
        return record

    def _child_of(self, name: str, value: Any) -> str:
        if name in self._shape.main.children:
            return ""
        if isinstance(value, dict) and isinstance(records := value.get("records"), list) and records:
            attributes = records[0].get("attributes") if isinstance(records[0], dict) else None
            kind = attributes.get("type") if isinstance(attributes, dict) else None
            if isinstance(kind, str) and kind in self._lists:
                return kind
        return self._plurals.get(name, "")


_EMPTY: list[Any] = []
_LISTED = (list, type(None))


def _unwrap(value: Any, node: Node) -> Any:
    """A value without the vendor's wrappers, as deep as the contract knows it."""
    if node.is_list and isinstance(value, dict):
        value = _listed(value, node)
    if node.is_list and isinstance(value, list):
        return [_unwrap_fields(item, node) if isinstance(item, dict) else item for item in value]
    if node.children and isinstance(value, dict) and not node.is_list:
        return _unwrap_fields(value, node)
    return value


def _listed(value: dict[str, Any], node: Node) -> Any:
    for name in ("records", "items"):
        if isinstance(value.get(name), list):
            if value.get("done") is False or value.get("hasMore") is True:
                raise NotARecord(f"its {node.name} is only a part of the whole list")
            return value[name]
    return value


def _unwrap_fields(found: dict[str, Any], node: Node) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in found.items():
        if name == "attributes" and name not in node.children:
            continue
        head, dot, _ = name.partition(".")
        if dot and name not in node.children and head in node.children:
            put(fields, name.split("."), value)
        else:
            fields[name] = _unwrap(value, node.children[name]) if name in node.children else value
    return fields


def put(into: dict[str, Any], path: list[str], value: Any) -> None:
    """Put a value at a path, creating objects on the way. Raises NotARecord if there is another value."""
    for name in path[:-1]:
        into = into.setdefault(name, {})
        if not isinstance(into, dict):
            raise NotARecord(f"it has both {name if is_identifier(name) else 'a value'} and fields below it")
    into[path[-1]] = value


def _read_json(line: bytes) -> dict[str, Any]:
    """The object of a line, its numbers inexact. Raises NotARecord."""
    try:
        found = _decode_any(line)
    except RecursionError:
        raise NotARecord("nested too deep") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as problem:
        raise NotARecord(_reason(line, problem)) from None
    if found.__class__ is not dict:
        raise NotARecord("not a JSON object")
    if line.count(b"{") + line.count(b"[") > DEEPEST and _depth(found) > DEEPEST:
        raise NotARecord(f"nested deeper than {DEEPEST}")
    _check_keys(line, found)
    return found


def _read_exact(line: bytes) -> dict[str, Any]:
    """The same object with exact numbers; some are too small for Decimal, though a binary64 reads them as 0."""
    try:
        found: dict[str, Any] = decode(line)
    except ValueError as problem:
        raise NotARecord(str(problem)) from None
    return found


def _check_keys(line: bytes, found: dict[str, Any]) -> None:
    """Refuse duplicate keys. Decoding keeps one of each, so the object has fewer colons when written again.

    This works unless a text has an escaped colon; then every key is checked.
    """
    if (b"\\" in line and b"\\u" in line) or line.count(b":") != _encode_any(found).count(b":"):
        json.loads(line, object_pairs_hook=_refuse_duplicates)


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise NotARecord("an object has the same key twice")
    return made


def _reason(line: bytes, problem: Exception) -> str:
    if b"\x00" in line:
        return "has zero bytes; it may be UTF-16"
    try:
        line.decode()
    except UnicodeDecodeError:
        return "not UTF-8; it may be Latin-1 or Windows-1252"
    reason = str(problem).removeprefix("JSON is malformed: ").partition(" - at ")[0]
    return f"not JSON: {reason[:1].lower()}{reason[1:]}"


def _depth(value: Any) -> int:
    """How deep objects and lists are nested."""
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        one, depth = waiting.pop()
        deepest = max(deepest, depth)
        inner: Iterator[Any] = iter(one.values()) if isinstance(one, dict) else iter(one)
        waiting += [(item, depth + 1) for item in inner if isinstance(item, dict | list)]
    return deepest
