"""Finds a contract's key, money and line fields by the contract's own names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from gameday.records.tree import Node, Shape

#: The last part of a field's name in the contract (``opportunity.amount``), first choice first.
KEY_NAMES = ("id", "deal", "externalId", "key", "number")
AMOUNT_NAMES = ("amount", "total", "netAmount")
CURRENCY_NAMES = ("currency", "currencyCode")
LINE_TOTAL_NAMES = ("total", "amount", "netAmount")
LINE_KEY_NAMES = ("id", "key", "number")
#: Amounts that are paid have the decimals of their currency; a unit price may have more.
MONEY_NAMES = frozenset({*AMOUNT_NAMES, *LINE_TOTAL_NAMES, "tax", "net", "gross", "subtotal", "shipping", "discount"})

Get = Callable[[dict[str, Any]], Any]


class Meaning(msgspec.Struct, frozen=True):
    """The fields that rules use, each None or empty if the contract has no such field.

    Those of the record are direct children of ``main``; ``lines`` is the list of line items, and those of a line are
    direct children of its items.
    """

    main: Node
    key: Node | None
    amount: Node | None
    currency: Node | None
    lines: Node | None
    line_total: Node | None
    line_key: Node | None
    money: tuple[Node, ...] = ()
    line_money: tuple[Node, ...] = ()


def read_meaning(shape: Shape) -> Meaning:
    """The meaning of the fields of this shape."""
    main = shape.main
    lines = _lines(shape)
    below = list(lines.children.values()) if lines else []
    own = [node for node in main.children.values() if not node.children]
    return Meaning(
        main,
        key=_unique(own) or _named(own, KEY_NAMES, ("string", "integer")),
        amount=_named(own, AMOUNT_NAMES, ("number", "integer")),
        currency=_named(own, CURRENCY_NAMES, ("string", "object")),
        lines=lines,
        line_total=_named(below, LINE_TOTAL_NAMES, ("number", "integer")),
        line_key=_unique(below) or _named(below, LINE_KEY_NAMES, ("string", "integer")),
        money=_money(own),
        line_money=_money(below),
    )


def getter(node: Node) -> Get:
    """A function from a record to the value of this node, or None without one.

    >>> getter(Node("Id", "Opportunity.Id"))({"Opportunity": {"Id": "006"}})
    '006'
    """
    first, *rest = node.path.split(".")
    if not rest:
        return lambda record: record.get(first)

    def get(record: dict[str, Any]) -> Any:
        value = record.get(first)
        for name in rest:
            if value is None:
                return None
            value = value.get(name)
        return value

    return get


def _lines(shape: Shape) -> Node | None:
    """The list with a total for each item, else the first list; none within another list, which has no one value."""
    below = tuple(f"{node.path}." for node in shape.top.walk() if node.is_list and node.path)
    lists = [node for node in shape.top.walk() if node.is_list and node.children and node.path.count(".") <= 1]
    lists = [node for node in lists if not node.path.startswith(below)]
    priced = [node for node in lists if _named(node.children.values(), LINE_TOTAL_NAMES, ("number", "integer"))]
    return next(iter(priced or lists), None)


def _named(nodes: Iterable[Node], names: tuple[str, ...], kinds: tuple[str, ...]) -> Node | None:
    """The field with the first of these names that any field has."""
    by_name = {node.logical.rpartition(".")[2]: node for node in nodes if node.kind in kinds and not node.implied}
    return next((by_name[name] for name in names if name in by_name), None)


def _unique(nodes: Iterable[Node]) -> Node | None:
    """The field that the contract itself declares as the key."""
    scalars = (node for node in nodes if node.kind in ("string", "integer"))
    return next(
        (node for node in scalars if node.constraints.get("primaryKey") or node.constraints.get("unique")), None
    )


def _money(nodes: Iterable[Node]) -> tuple[Node, ...]:
    return tuple(n for n in nodes if n.kind == "number" and n.logical.rpartition(".")[2] in MONEY_NAMES)
