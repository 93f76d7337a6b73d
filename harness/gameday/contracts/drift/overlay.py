"""The contract as the organisation of today would fulfil it: the same file, with what the metadata says now.

Contracts are narrower than metadata, as a flow uses some stages of a deal and no empty amounts. So without a snapshot
only what contradicts the contract is taken over: a missing or renamed field, another type, a text that the CRM may now
emit longer or the ERP takes shorter, a value that is gone, a field that the ERP demands. With a snapshot of an earlier
day, everything that has changed since then is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from gameday.contracts.compatibility.document import Document, make_document
from gameday.contracts.compatibility.pairing import VERY_LIKE, name_likeness
from gameday.contracts.drafting.draft import Draft, Property

Raw = dict[str, Any]
_NUMBERS = frozenset({"integer", "number"})
_LENGTH = "maxLength"


class Overlay(msgspec.Struct, frozen=True):
    """The contract of today, and the physical names of what the metadata does not describe."""

    document: Document
    unchecked: tuple[str, ...]


def as_of_today(document: Document, today: Draft, before: Draft | None) -> Overlay:
    """The contract's document with the facts of today's metadata; ``before`` is the last snapshot's."""
    view = _View(today, before)
    schema = [view.object_of_today(item) for item in document.raw.get("schema") or ()]
    return Overlay(make_document({**document.raw, "schema": schema}, document.source), tuple(view.unchecked))


class _View:
    """The fields of today and of the last snapshot."""

    def __init__(self, today: Draft, before: Draft | None) -> None:
        self._erp = today.side == "erp"
        self._today = {element.physical_name: element.properties for element in today.elements}
        self._before = {element.physical_name: element.properties for element in before.elements} if before else None
        self.unchecked: list[str] = []

    def object_of_today(self, raw: Raw) -> Raw:
        """One object of the schema."""
        name = str(raw.get("physicalName") or raw.get("name", ""))
        if name not in self._today:
            self.unchecked.append(name)
            return raw
        before = self._before.get(name) if self._before is not None else None
        return {**raw, "properties": self._properties(raw.get("properties") or (), self._today[name], before, name)}

    def _properties(
        self, raws: Iterable[Raw], today: Sequence[Property], before: Sequence[Property] | None, above: str
    ) -> list[Raw]:
        now, was = _by_name(today), None if before is None else _by_name(before)
        raws = list(raws)
        used = {_wire(raw) for raw in raws}
        missing = [raw for raw in raws if "." not in _wire(raw) and _wire(raw) not in now]
        new = [each for each in today if each.physical_name not in used]
        heirs = _renames(missing, [each for each in new if was is None or each.physical_name not in was], was)
        found = []
        for raw in raws:
            wire = _wire(raw)
            if "." in wire:
                found += self._referenced(raw, wire, above)
            elif wire in now:
                found.append(self._field(raw, now[wire], was.get(wire) if was else None, f"{above}.{wire}"))
            elif wire in heirs:
                renamed = self._field(raw, heirs[wire], was.get(wire) if was else None, f"{above}.{wire}")
                found.append({**renamed, "physicalName": heirs[wire].physical_name})
        if self._erp:
            taken = {heir.physical_name for heir in heirs.values()}
            found += (_demanded(each) for each in new if each.physical_name not in taken and _is_new_demand(each, was))
        return found

    def _referenced(self, raw: Raw, wire: str, above: str) -> list[Raw]:
        """A field of another object, such as ``PricebookEntry.ProductCode``, where that is described too."""
        owner, _, leaf = wire.rpartition(".")
        name = owner.rpartition(".")[2]
        if name not in self._today:
            self.unchecked.append(f"{above}.{wire}")
            return [raw]
        today = _by_name(self._today[name]).get(leaf)
        before = _by_name(self._before[name]).get(leaf) if self._before and name in self._before else None
        return [self._field(raw, today, before, f"{above}.{wire}")] if today else []

    def _field(self, raw: Raw, today: Property, was: Property | None, path: str) -> Raw:
        field = dict(raw)
        kind = str(raw.get("logicalType", ""))
        if (
            today.logical_type
            and kind
            and _differ(kind, today.logical_type)
            and _has_changed(today, was, "logical_type")
        ):
            # The options are those of the other type.
            return {
                **{key: value for key, value in field.items() if key != "logicalTypeOptions"},
                "logicalType": today.logical_type,
            }
        if options := self._options(dict(raw.get("logicalTypeOptions") or {}), today, was):
            field["logicalTypeOptions"] = options
        else:
            field.pop("logicalTypeOptions", None)
        if was is not None and was.required != today.required:
            field["required"] = today.required
        elif was is None and self._erp and today.required:
            field["required"] = True
        if raw.get("enum"):
            field["enum"] = _values(raw["enum"], today, was)
        inner = raw.get("items") or {}
        if today.properties and inner.get("properties"):
            before = was.properties if was else None
            field["items"] = {
                **inner,
                "properties": self._properties(inner["properties"], today.properties, before, path),
            }
        return field

    def _options(self, options: Raw, today: Property, was: Property | None) -> Raw:
        if was is None:
            if _LENGTH in options and _LENGTH in today.options:
                choose = min if self._erp else max
                options[_LENGTH] = choose(options[_LENGTH], today.options[_LENGTH])
            return options
        for name in {*was.options, *today.options}:
            if was.options.get(name) == today.options.get(name) or not (name in options or self._erp):
                continue
            if name in today.options:
                options[name] = today.options[name]
            else:
                options.pop(name, None)
        return options


def _by_name(properties: Iterable[Property]) -> dict[str, Property]:
    return {each.physical_name: each for each in properties}


def _wire(raw: Mapping[str, Any]) -> str:
    return str(raw.get("physicalName") or raw.get("name", ""))


def _differ(kind: str, other: str) -> bool:
    return kind != other and {kind, other} != _NUMBERS


def _has_changed(today: Property, was: Property | None, what: str) -> bool:
    return was is None or getattr(was, what) != getattr(today, what)


def _renames(
    missing: Sequence[Raw], new: Sequence[Property], was: Mapping[str, Property] | None
) -> dict[str, Property]:
    """By the physical name of a missing field, the new field that it most likely is now; each is one only.

    The likest names first; a field that is new since the snapshot may also have any name, if it is the only one with
    the facts that the missing one had.
    """
    scored = [
        (name_likeness(_wire(raw), field.physical_name), number, place)
        for number, raw in enumerate(missing)
        for place, field in enumerate(new)
        if not _differ(str(raw.get("logicalType", "")), field.logical_type)
    ]
    heirs: dict[str, Property] = {}
    for like, number, place in sorted(scored, key=lambda each: (-each[0], each[1], each[2])):
        wire, field = _wire(missing[number]), new[place]
        if like >= VERY_LIKE and wire not in heirs and field not in heirs.values():
            heirs[wire] = field
    for raw in missing:
        old = was.get(_wire(raw)) if was else None
        if old is None or _wire(raw) in heirs:
            continue
        same = [each for each in new if each not in heirs.values() and _facts(each) == _facts(old)]
        if len(same) == 1:
            heirs[_wire(raw)] = same[0]
    return heirs


def _facts(field: Property) -> tuple[Any, ...]:
    return field.logical_type, field.physical_type, field.required, field.options, field.enum


def _is_new_demand(field: Property, was: Mapping[str, Property] | None) -> bool:
    """Whether the ERP demands a field that the contract does not have."""
    if not field.required or not field.logical_type:
        return False
    old = was.get(field.physical_name) if was is not None else None
    return old is None or not old.required


def _demanded(field: Property) -> Raw:
    return {
        # Named as the vendor does, so that it is no name of the contract's.
        "name": f"{field.name} (new)",
        "physicalName": field.physical_name,
        "logicalType": field.logical_type,
        "required": True,
    }


def _values(enum: Sequence[Any], today: Property, was: Property | None) -> list[Any]:
    """The values of the contract that there still are, and those that are new since the snapshot."""
    if not today.enum and not (was and was.enum):
        return list(enum)
    stated = {_value(each): each for each in enum}
    gone = set(was.enum) - set(today.enum) if was else (set(stated) - set(today.enum) if today.enum else set())
    come = [value for value in today.enum if was is not None and was.enum and value not in was.enum]
    return [
        *(each for value, each in stated.items() if value not in gone),
        *({"value": value} for value in come if value not in stated),
    ]


def _value(each: Any) -> Any:
    return each.get("value") if isinstance(each, dict) else each
