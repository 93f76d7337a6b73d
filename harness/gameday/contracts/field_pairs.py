"""Reads which further fields the two contracts map to each other, and how each is compared.

A field of the ERP's contract is mapped to the one of the CRM's that its custom property ``comparedWith`` names (by its
name or the vendor's, with or without the object), else to the one of the same name, if either of the two is a custom
field or has a rule. Rules are those of ``gameday.contracts.compare_rules``, in either file; ``trim`` and ``ignoreCase``
(true) say which differences of texts mean nothing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import shown
from gameday.contracts.compare_rules import (
    KEYS,
    LINE_OBJECTS,
    is_invoice,
    is_one_of,
    read_days,
    read_rule,
    standard_field,
)
from gameday.contracts.odcs_file import SchemaProperty
from gameday.contracts.values import read_number, read_share
from gameday.model.contract import CompareRule, FieldPair, Unmapped
from gameday_fakes.manifests import manifests

Part = Literal["order", "line", "invoice", "invoice.line", "customer"]

_OWN_KEYS = ("comparedWith", "trim", "ignoreCase")
_CUSTOMER_OBJECTS = ("customer", "customers", "account", "accounts")
#: The part of the CRM's contract that a part of the ERP's is compared with.
_SOURCE: dict[Part, Part] = {"invoice": "order", "invoice.line": "line"}
_PREFIX: dict[Part, str] = {
    "order": "",
    "line": "line.",
    "invoice": "invoice.",
    "invoice.line": "invoice.line.",
    "customer": "customer.",
}
_WORDS: dict[Part, str] = {"order": "the deal", "line": "its lines", "customer": "the customer"}


@functools.cache
def _custom_fields() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(each.custom_fields, re.DOTALL) for each in manifests().values() if each.custom_fields)


class Property(NamedTuple):
    """A field of a schema: what it is a field of, its vendor's name below that, its place and custom properties."""

    item: SchemaProperty
    part: Part
    path: str
    object: str
    place: str
    custom: dict[str, Any]

    @property
    def is_custom(self) -> bool:
        """Whether it is a field of an organisation's own."""
        return any(pattern.match(self.path) for pattern in _custom_fields())

    @property
    def has_rule(self) -> bool:
        """Whether the contract says how it is compared."""
        return bool(self.custom.keys() & {"compare", "tolerance", *_OWN_KEYS})

    @property
    def standard(self) -> str:
        """The compared field that every flow has and that this one is by its vendor's name; empty if it is none."""
        return standard_field(_PREFIX[self.part], self.path)


class Mapped(NamedTuple):
    """The pairs, the fields without a counterpart, and the places of the properties whose rule is a pair's."""

    pairs: tuple[FieldPair, ...]
    unmapped: tuple[Unmapped, ...]
    places: frozenset[str]


def map_fields(
    crm: Sequence[SchemaProperty], erp: Sequence[SchemaProperty], where: Sequence[str], referring: Collection[str]
) -> Mapped:
    """The mapped fields of two schemas; ``where`` are their files.

    ``referring`` are the ERP's fields that refer to records of the CRM. Raises GamedayError with the place for a
    counterpart that does not exist and a rule that cannot be.
    """
    sources = list(_properties(crm, f"{where[0]}: schema"))
    pairs: list[FieldPair] = []
    places: set[str] = set()
    used: set[str] = set()
    unmapped: list[Unmapped] = []
    for target in _properties(erp, f"{where[1]}: schema"):
        source = _counterpart(target, sources)
        if source is not None:
            pairs.append(_pair(source, target))
            places |= {source.place, target.place}
        elif target.is_custom and not target.standard and target.path not in referring:
            reason = f"no field of the CRM's contract is named {target.item.name!r} or compared with it"
            unmapped.append(Unmapped(f"{_PREFIX[target.part]}{target.path}", reason))
        used |= {source.place} if source is not None else set()
    for source in sources:
        if source.place not in used and source.is_custom and not source.standard:
            reason = f"no field of the ERP's contract is named {source.item.name!r} or compared with it"
            unmapped.append(Unmapped(f"{_PREFIX[source.part]}{source.path}", reason))
    return Mapped(tuple(pairs), tuple(unmapped), frozenset(places))


# -- the fields of a schema --------------------------------------------------------------------------


def _properties(schema: Iterable[SchemaProperty], place: str) -> Iterator[Property]:
    for top in schema:
        part: Part = "order"
        if is_invoice(top):
            part = "invoice"
        elif is_one_of(top, LINE_OBJECTS):
            part = "line"
        elif is_one_of(top, _CUSTOMER_OBJECTS):
            part = "customer"
        name = top.physical_name or top.name
        inner = top.items.properties if top.items else top.properties
        yield from _inner(inner, part, "", name, f"{place}.{top.name or top.physical_name}")


def _inner(items: Iterable[SchemaProperty], part: Part, above: str, of: str, place: str) -> Iterator[Property]:
    for item in items:
        at = f"{place}.{item.name or item.physical_name}"
        path = f"{above}{item.physical_name or item.name}"
        if item.items is not None or (item.properties and is_one_of(item, LINE_OBJECTS)):
            lines: Part = {"order": "line", "invoice": "invoice.line"}.get(part, part)  # type: ignore[assignment]
            yield from _inner(item.items.properties if item.items else item.properties, lines, "", path, at)
        elif item.properties:
            yield from _inner(item.properties, part, f"{path}.", of, at)
        else:
            custom = {p.property: p.value for p in item.custom_properties if p.property in (*KEYS, *_OWN_KEYS)}
            yield Property(item, part, path, of, at, custom)


# -- which belongs to which ---------------------------------------------------------------------------


def _counterpart(target: Property, sources: Sequence[Property]) -> Property | None:
    """The field of the CRM's contract that one of the ERP's is mapped to. Raises GamedayError."""
    part = _SOURCE.get(target.part, target.part)
    named = target.custom.get("comparedWith")
    if named is not None:
        found = next((s for s in sources if s.part == part and named in _names_of(s)), None)
        if found is None:
            known = [f"{source.object}.{source.path}" for source in sources if source.part == part]
            where = f"{target.place}: a field of {_WORDS[part]}"
            raise unknown("comparedWith", str(named)[:80], known, where=where)
        return found
    if "comparedField" in target.custom or target.standard:
        return None
    for source in sources:
        if source.part != part or source.item.name != target.item.name or "comparedField" in source.custom:
            continue
        if source.is_custom or target.is_custom or source.has_rule or target.has_rule:
            return source
    return None


def _names_of(source: Property) -> tuple[str, ...]:
    return source.path, f"{source.object}.{source.path}", source.item.name


def _pair(source: Property, target: Property) -> FieldPair:
    kind = _kind(source.item.logical_type, target.item.logical_type)
    rules = [_rule(each, kind) for each in (source, target) if each.custom.keys() - {"comparedWith"}]
    if len(rules) == 2 and rules[0] != rules[1]:
        raise GamedayError(f"{target.place}: the CRM's contract has another rule for {source.path}")
    rule, trim, ignore_case = rules[0] if rules else (CompareRule(), False, False)
    return FieldPair(target.part, source.path, target.path, kind, rule, trim, ignore_case)


def _kind(crm: str, erp: str) -> Literal["text", "number", "boolean", "date", "timestamp", "reference"]:
    """What the values of two fields of these logical types are."""
    types = {crm, erp}
    if "boolean" in types:
        return "boolean"
    if types & {"number", "integer"}:
        return "number"
    if "date" in types:
        return "date"
    if "timestamp" in types:
        return "timestamp"
    return "reference" if "object" in types else "text"


# -- rules --------------------------------------------------------------------------------------------


def _rule(each: Property, kind: str) -> tuple[CompareRule, bool, bool]:
    """How a field is compared, whether texts are trimmed, and whether their case means nothing."""
    flags = []
    for name in ("trim", "ignoreCase"):
        value = each.custom.get(name, False)
        if not isinstance(value, bool):
            raise GamedayError(f"{each.place}: {name}: {shown(value)} is neither true nor false")
        if value and kind not in ("text", "reference"):
            raise GamedayError(f"{each.place}: {name} is for texts, and the values are of the type {kind}")
        flags.append(value)

    def tolerance(value: Any, place: str) -> CompareRule:
        if kind in ("date", "number"):
            if kind == "date":
                return read_days(value, place)
            if isinstance(value, str) and value.endswith("%"):
                return CompareRule("tolerance", share=read_share(value, "", place))
            return CompareRule("tolerance", amount=read_number(value, place))
        raise GamedayError(f"{place}: {kind} has no tolerance", hint="numbers and dates have one")

    return read_rule(each.path, each.custom, each.place, tolerance), flags[0], flags[1]
