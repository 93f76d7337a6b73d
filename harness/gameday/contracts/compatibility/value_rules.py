"""Rules for the values of a property: type, presence, enumeration, uniqueness, precision, unit, time and format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from gameday.contracts.compatibility.change import Change, as_number, on_field, rule, written
from gameday.contracts.compatibility.document import Element, Where

TYPE = rule("type-changed", "major", breaks="both", says="{path}: the type changed from {before} to {after}")
PHYSICAL_TYPE = rule(
    "physical-type-changed", "major", breaks="both", says="{path}: the physical type changed from {before} to {after}"
)
REQUIRED = rule("required-added", "major", breaks="old", says="{path} is now required")
DROPPED = rule("required-dropped", "major", breaks="new", at_sink="minor", says="{path} is now optional")
ENUM_ADDED = rule("enum-value-added", "major", breaks="new", at_sink="minor", says="{path} may now also be {after}")
ENUM_REMOVED = rule("enum-value-removed", "major", breaks="old", says="{path} may no longer be {before}")
ENUM_CLOSED = rule("enum-closed", "major", breaks="old", says="{path} could have any value and may now only be {after}")
ENUM_OPENED = rule(
    "enum-opened",
    "major",
    breaks="new",
    at_sink="minor",
    says="{path} could only be {before} and may now have any value",
)
UNIQUE = rule("unique-changed", "major", breaks="both", says="{path}: unique changed from {before} to {after}")
PRECISION = rule(
    "precision-changed", "major", breaks="both", says="{path}: the precision changed from {before} to {after}"
)
UNIT = rule("unit-changed", "major", breaks="both", says="{path}: the unit changed from {before} to {after}")
TIME_ZONE = rule(
    "time-zone-changed", "major", breaks="both", says="{path}: the time zone changed from {before} to {after}"
)
FORMAT = rule("format-changed", "major", breaks="both", says="{path}: the format changed from {before} to {after}")
CLASS_LOOSENED = rule(
    "classification-loosened", "major", breaks="none", says="{path} was classified as {before} and is now only {after}"
)
CLASS_TIGHTENED = rule(
    "classification-tightened", "minor", breaks="none", says="{path} was classified as {before} and is now {after}"
)

COMPARED = rule(
    "comparison-changed",
    "major",
    breaks="both",
    says="{path}: CRM and ERP were compared {before} and are now compared {after}",
)

#: Classifications from open to secret; the digits are the standard's own example.
_CLASSES = (("public", "1"), ("internal", "2"), ("confidential", "3"), ("restricted", "4"), ("secret", "5"))
_RANK = {word: rank for rank, names in enumerate(_CLASSES) for word in names}

_PHYSICAL = re.compile(r"([^(]*)(?:\(([^)]*)\))?(.*)", re.DOTALL)
#: The standard's default formats (its "i32" for a float can only be meant for integers).
_DEFAULT_FORMAT = {"integer": "i32"}
_UTC = frozenset({"etc/utc", "utc", "z", "gmt", "etc/gmt", "zulu", "+00:00"})


@on_field
def types(old: Element, new: Element) -> Iterator[Change]:
    """Reports another logical type. Every integer is a number, so old records pass if integer becomes number."""
    if old.type != new.type:
        breaks = {("integer", "number"): "new", ("number", "integer"): "old"}.get((old.type, new.type), "both")
        yield TYPE.change(new.where("logicalType"), old.type, new.type, breaks=breaks)  # type: ignore[arg-type]


@on_field
def physical_types(old: Element, new: Element) -> Iterator[Change]:
    """Reports another physical type, without what is in its brackets: rules for length and precision check that."""
    before, after = (physical_type(element)[0] for element in (old, new))
    if before and after and before != after:
        yield PHYSICAL_TYPE.change(new.where("physicalType"), old.raw["physicalType"], new.raw["physicalType"])


def physical_type(element: Element) -> tuple[str, tuple[int, ...]]:
    """The physical type's name in lower case, and the numbers in its brackets."""
    match = _PHYSICAL.fullmatch(str(element.raw.get("physicalType") or ""))
    if match is None:
        return "", ()
    numbers = tuple(int(number) for number in re.findall(r"\d{1,9}", match[2] or ""))
    return " ".join(f"{match[1]} {match[3]}".lower().split()), numbers


@on_field
def presence(old: Element, new: Element) -> Iterator[Change]:
    """Reports a property that became required or optional, also by its object's list of required properties."""
    before, after = (bool(element.raw.get("required")) for element in (old, new))
    if after and not before:
        yield REQUIRED.change(new.where("required"), False, True)
    elif before and not after:
        yield DROPPED.change(new.where("required"), True, False)
    listed, now = (set(element.options.get("required") or ()) for element in (old, new))
    where = new.where("logicalTypeOptions", "required")
    yield from (REQUIRED.change(where, None, name) for name in sorted(now - listed))
    yield from (DROPPED.change(where, name, None) for name in sorted(listed - now))


@on_field
def enumeration(old: Element, new: Element) -> Iterator[Change]:
    """Reports each added and removed value of an enumeration; order, labels and descriptions do not matter."""
    before, after = enum_values(old), enum_values(new)
    if before and not after:
        yield ENUM_OPENED.change(new.where("enum"), ", ".join(before), None)
    elif after and not before:
        yield ENUM_CLOSED.change(new.where("enum"), None, ", ".join(after))
    else:
        for value in before:
            if value not in after:
                yield ENUM_REMOVED.change(new.where("enum"), value, None)
        for value, index in after.items():
            if value not in before:
                yield ENUM_ADDED.change(new.where("enum", index, "value"), None, value)


def enum_values(element: Element) -> dict[str, int]:
    """The position of each value, by its JSON text, so that 1 is not "1"."""
    return {_json(item["value"]): index for index, item in enumerate(element.raw.get("enum") or ())}


def _json(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else written(value) or "null"


@on_field
def uniqueness(old: Element, new: Element) -> Iterator[Change]:
    """Reports a property that became unique or stopped being so."""
    before, after = (bool(element.raw.get("unique")) for element in (old, new))
    if before != after:
        breaks = "old" if after else "new"
        yield UNIQUE.change(new.where("unique"), before, after, breaks=breaks)  # type: ignore[arg-type]


@on_field
def precision(old: Element, new: Element) -> Iterator[Change]:
    """Reports a change of a number's smallest step or of its digits, however they are declared."""
    before, after = number_precision(old), number_precision(new)
    if old.type == new.type and before != after:
        yield PRECISION.change(_precision_place(new), _precision_words(before), _precision_words(after))


def number_precision(element: Element) -> tuple[Decimal | None, Decimal | None]:
    """A number's smallest step and its number of digits: by its options, its custom properties, or its physical type.

    ``multipleOf: 0.01``, a custom ``scale: 2`` and ``decimal(16, 2)`` all declare the same step.
    """
    if element.type not in ("number", "integer"):
        return None, None
    numbers = physical_type(element)[1]
    step = as_number(element.options.get("multipleOf"))
    digits = as_number(element.custom("precision"))
    scale = as_number(element.custom("scale"))
    if scale is None and len(numbers) == 2:
        scale = Decimal(numbers[1])
    if step is None and scale is not None and 0 <= scale < 1000:
        step = Decimal(1).scaleb(-int(scale))
    if digits is None and numbers:
        digits = Decimal(numbers[0])
    if element.type == "integer" and step == 1:
        step = None
    return step, digits


def _precision_words(precision: tuple[Decimal | None, Decimal | None]) -> str:
    step, digits = precision
    parts = [f"steps of {written(step)}" if step is not None else "", f"{digits} digits" if digits is not None else ""]
    return ", ".join(part for part in parts if part)


def _precision_place(new: Element) -> Where:
    if "multipleOf" in new.options:
        return new.where("logicalTypeOptions", "multipleOf")
    said = next((name for name in ("scale", "precision") if new.custom(name) is not None), None)
    return new.where_custom(said) if said else new.where("physicalType")


@on_field
def units(old: Element, new: Element) -> Iterator[Change]:
    """Reports another unit or currency of a number, given by a custom property because ODCS has no key for it."""
    for name in ("unit", "currency"):
        before, after = old.custom(name), new.custom(name)
        if before != after:
            yield UNIT.change(new.where_custom(name), before, after)


@on_field
def time_zones(old: Element, new: Element) -> Iterator[Change]:
    """Reports a change of a time's zone, or of whether values carry an offset."""
    before, after = _time_zone(old), _time_zone(new)
    if old.type == new.type and before != after:
        yield TIME_ZONE.change(new.where("logicalTypeOptions"), ", ".join(before), ", ".join(after))


def _time_zone(element: Element) -> tuple[str, ...]:
    zone = str(element.options.get("defaultTimezone") or element.custom("timeZone") or "UTC")
    offset = "with an offset" if element.options.get("timezone") else "without an offset"
    return "UTC" if zone.lower() in _UTC else zone, offset


@on_field
def formats(old: Element, new: Element) -> Iterator[Change]:
    """Reports another format of a value. The limit rules handle a text that gains or loses one."""
    if old.type != new.type:
        return
    before, after = (element.options.get("format", _DEFAULT_FORMAT.get(element.type)) for element in (old, new))
    if before != after and (new.type != "string" or (before and after)):
        yield FORMAT.change(new.where("logicalTypeOptions", "format"), before, after)


@on_field
def classification(old: Element, new: Element) -> Iterator[Change]:
    """Reports another classification. Redaction depends on it, so every owner must agree to a weaker one."""
    before, after = (str(element.raw.get("classification") or "").strip().lower() for element in (old, new))
    if before == after:
        return
    secret, open_ = len(_CLASSES), -1
    was, now = _RANK.get(before, secret if before else open_), _RANK.get(after, open_)
    # An unfamiliar class may mean anything, so a change to or from one counts as loosening; a first class does not.
    tightened = now > was or (not before and bool(after))
    found = CLASS_TIGHTENED if tightened else CLASS_LOOSENED
    yield found.change(new.where("classification"), before, after)


@on_field
def comparisons(old: Element, new: Element) -> Iterator[Change]:
    """Reports another rule by which the two systems are compared in the field: it decides what counts as wrong."""
    before, after = (_compared(element) for element in (old, new))
    if before != after:
        where = new.where_custom("compare" if new.custom("compare") is not None else "tolerance")
        yield COMPARED.change(where, before, after, finance=new.money)


def _compared(element: Element) -> str:
    if element.custom("compare") == "ignored":
        return "not at all"
    tolerance = element.custom("tolerance")
    if tolerance is not None:
        return f"with a tolerance of {written(tolerance)}"
    # Without a rule money has the contract's tolerance; only a stated "exact" is narrower than that.
    return "exactly" if element.custom("compare") == "exact" else "by default"
