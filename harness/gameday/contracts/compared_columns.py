"""Which field of a contract's records is which compared field: ``Opportunity.Amount`` is the total of a deal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gameday.contracts.compare_rules import LINE_OBJECTS, is_invoice, is_one_of, standard_field
from gameday.contracts.odcs_file import SchemaProperty
from gameday.model.contract import COMPARED_FIELDS
from gameday.records.deal_roles import plain
from gameday.records.deals_file import COLUMNS

SKU = "line.sku"
_FIELDS = (*COMPARED_FIELDS, SKU)


class _Leaf(NamedTuple):
    item: SchemaProperty
    prefix: str
    path: str


def compared_columns(schema: Iterable[SchemaProperty]) -> Mapping[str, str]:
    """By compared field (``COMPARED_FIELDS``, and ``line.sku``) the full physical name of the field that holds it.

    What ``comparedField`` names comes first, then the usual names in their order; a field that the contract does not
    have is left out.
    """
    found: dict[str, tuple[int, str]] = {}
    for leaf in _leaves(schema):
        for field, rank in _meant(leaf):
            if field in _FIELDS and (field not in found or rank < found[field][0]):
                found[field] = rank, leaf.path
    return {field: path for field, (_, path) in found.items()}


def _leaves(schema: Iterable[SchemaProperty]) -> Iterator[_Leaf]:
    for place, top in enumerate(schema):
        prefix = "invoice." if is_invoice(top) else "line." if is_one_of(top, LINE_OBJECTS) else ""
        if place == 0 or prefix:
            inner = top.items.properties if top.items else top.properties
            yield from _below(inner, prefix, top.physical_name or top.name)


def _below(items: Iterable[SchemaProperty], prefix: str, above: str) -> Iterator[_Leaf]:
    for item in items:
        path = f"{above}.{item.physical_name or item.name}"
        if item.items is not None or (item.properties and is_one_of(item, LINE_OBJECTS)):
            lines = prefix if prefix.endswith("line.") else f"{prefix}line."
            yield from _below(item.items.properties if item.items else item.properties, lines, path)
        elif item.properties:
            yield from _below(item.properties, prefix, path)
        else:
            yield _Leaf(item, prefix, path)


def _meant(leaf: _Leaf) -> Iterator[tuple[str, int]]:
    """The compared fields that a field may be, with the rank of its name: the smallest one is chosen."""
    named = [each.value for each in leaf.item.custom_properties if each.property == "comparedField"]
    if named:
        yield str(named[0]), -1
        return
    if any(each.property == "comparedWith" for each in leaf.item.custom_properties):
        return
    for rank, name in enumerate((leaf.item.physical_name, leaf.item.name)):
        if field := standard_field(leaf.prefix, name):
            yield field, rank
        if leaf.prefix == "line." and plain(name) in COLUMNS["sku"]:
            yield SKU, 10 + COLUMNS["sku"].index(plain(name))
