"""Reads a table of a settings file into a frozen struct, key by key, so that an error names the key and the value."""

from __future__ import annotations

import functools
import re
from typing import Any, TypeVar

import msgspec

from gameday.base.errors import GamedayError, unknown

T = TypeVar("T", bound=msgspec.Struct)

#: How much of a bad value an error shows.
SHOWN = 80


def shown(value: object) -> str:
    """A value as an error shows it: on one line, shortened if it is long.

    >>> shown("a" * 200)[-6:]
    "aa...'"
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer with more digits than Python prints, or nesting that is too deep
        return f"a {type(value).__name__}"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 4]}...{text[-1]}"


def shown_path(path: str) -> str:
    """A path as an error shows it: of a long one the end, by which it is known.

    >>> shown_path("/a" * 200 + "/gone")[:6], shown_path("/a" * 200 + "/gone")[-6:]
    ("'.../a", "/gone'")
    """
    text = repr(path)
    return text if len(text) <= SHOWN else f"{text[0]}...{text[4 - SHOWN :]}"


def read_table(kind: type[T], table: object, *, where: str, strict: bool = True) -> T:
    """Read ``table`` as a ``kind``; unless ``strict``, numbers may be written as text.

    Raises GamedayError for an unknown or missing key and for a bad value.
    """
    if not isinstance(table, dict):
        raise GamedayError(f"{where} is {shown(table)}, which is not a table")
    fields = _fields(kind)
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in fields:
            raise unknown("key", key[:SHOWN], fields, where=where)
        values[key] = _read_value(value, fields[key].type, f"{key!r} in {where}", strict)
    missing = [name for name, field in fields.items() if field.required and name not in values]
    if missing:
        raise GamedayError(f"{where} has no {missing[0]!r}")
    return kind(**values)


@functools.lru_cache(maxsize=256)
def _fields(kind: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    """The fields of a kind by name; to resolve their annotations takes longer than to read a table."""
    return {field.name: field for field in msgspec.structs.fields(kind)}


def _read_value(value: object, kind: Any, where: str, strict: bool) -> Any:
    try:
        return msgspec.convert(value, kind, strict=strict)
    except (msgspec.ValidationError, ValueError, OverflowError, RecursionError) as problem:
        reason = re.sub(r" - at `\$(.*)`$", r" at \1", str(problem)).removesuffix(" at ")
        raise GamedayError(f"bad value {shown(value)} for {where}: {reason}") from None
