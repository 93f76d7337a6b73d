"""Writes the table of events in docs/interfaces.md from their structs: ``make docs``. A test compares the two."""

from __future__ import annotations

import inspect
import sys
from decimal import Decimal
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

import msgspec

from gameday.model.events import KINDS, Event
from gameday.model.signal import Signal
from gameday.model.workload import DealLine

INTERFACES = Path(__file__).parents[2] / "docs" / "interfaces.md"
BEGIN = "<!-- events: generated from gameday.model.events by `make docs` -->"
END = "<!-- events: end -->"

_TYPES: dict[Any, str] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "true or false",
    Decimal: "decimal",
    Signal: "a `gameday.model.signal.Signal`",
    DealLine: "{sku, quantity, unit_price, amount}",
    Any: "any JSON",
    NoneType: "null",
}


def main() -> int:
    """Write the table."""
    INTERFACES.write_text(with_table(INTERFACES.read_text()))
    return 0


def with_table(text: str) -> str:
    """The document with the table between its markers."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n{END}{after}"


def table() -> str:
    """One row for each kind: its name, who reports it, its fields (`?` if they may be missing), what it means."""
    rows = ["| f | by | value | meaning |", "|---|---|---|---|"]
    for kind in KINDS:
        meaning = " ".join((inspect.getdoc(kind) or "").split()).replace("``", "`")
        rows.append(f"| `{kind.f}` | {kind.reported_by} | {_fields(kind)} | {meaning} |")
    return "\n".join(rows) + "\n"


def _fields(kind: type[Event]) -> str:
    return ", ".join(
        f"`{field.name}`{'' if field.required else '?'} {_words(field.type)}" for field in msgspec.structs.fields(kind)
    )


def _words(annotation: Any) -> str:
    """A type in the words of JSON."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is UnionType:
        return " or ".join(_words(each) for each in arguments)
    if origin is tuple:
        return f"list of {_words(arguments[0])}"
    if origin is dict:
        return f"object of {_words(arguments[1])}"
    return _TYPES[annotation]


if __name__ == "__main__":
    sys.exit(main())
