"""A description of something that a feature can name, as plain data."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import msgspec


class Described(msgspec.Struct, frozen=True, omit_defaults=True):
    """One parameter. ``unit`` is in words; ``allowed`` are the values that are possible, by vendor.

    A bound or a default of None is none.
    """

    name: str
    type: str
    required: bool = False
    default: Any = None
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    allowed: dict[str, tuple[str, ...]] = {}
    description: str = ""


class Description(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that a feature can name; ``example`` are the lines of a feature that use it."""

    name: str
    what: str
    example: tuple[str, ...]
    parameters: tuple[Described, ...] = ()
    layer: str = ""
    targets: tuple[str, ...] = ()


def table_lines(values: Mapping[str, str]) -> tuple[str, ...]:
    """A table of one row of names and one of values, as lines of a feature; none without values.

    >>> table_lines({"share": "1", "operation": "order.write"})
    ('  | share | operation   |', '  | 1     | order.write |')
    """
    if not values:
        return ()
    cells = [(name, value.replace("\\", "\\\\").replace("|", "\\|")) for name, value in values.items()]
    widths = [max(len(name), len(value)) for name, value in cells]
    rows = [[name for name, _ in cells], [value for _, value in cells]]
    return tuple("  | " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows)


def target_word(target: str) -> str:
    """A target as a feature writes it.

    >>> target_word("erp"), target_word("stack")
    ('ERP', 'stack')
    """
    return target.upper() if target in ("crm", "erp") else target


def first_line(documented: object) -> str:
    """The first line of a docstring."""
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def blanks(name: str) -> str:
    """A parameter as a feature's table names it."""
    return name.replace("_", " ")
