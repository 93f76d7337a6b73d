"""Checks the bodies of writes against a JSON Schema, as an ERP whose form demands the same would refuse them. No HTTP.

A body is checked without what is null or empty. Its lists are lists of objects, also where a vendor writes them as an
object with ``items`` or ``results``. No error quotes a value.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jsonschema_rs
import msgspec

from gameday_fakes.rules import CheckWrites

_encode = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode
_LISTS = ("items", "results")


class Written(msgspec.Struct, frozen=True):
    """A body without what is null or empty, and with its lines as a list.

    ``supplied`` are the required fields that need not be there: the record has them already, or takes them from
    another one. Those of lines have their path (``item.rate``).
    """

    body: dict[str, Any]
    supplied: frozenset[str]

    def event(self, record: str, deal: str | None) -> dict[str, Any]:
        """The write as an event. The body is a text, so that its numbers stay as they are."""
        return {"record": record, "deal": deal, "body": _encode(self.body).decode(), "supplied": sorted(self.supplied)}


class Broken(msgspec.Struct, frozen=True):
    """What breaks the schema: the places of required fields that are ``absent``, else the place of a bad value.

    ``longest`` is the most characters that it may have, where it is too long.
    """

    path: tuple[str | int, ...]
    absent: tuple[tuple[str | int, ...], ...] = ()
    longest: int | None = None


class WriteCheck:
    """One rule, compiled. Raises ValueError for a schema that makes no sense."""

    def __init__(self, rule: CheckWrites) -> None:
        self.record = rule.record
        self.report = rule.report
        self._schema = {key: value for key, value in rule.schema.items() if key != "allOf"}
        #: Rules between fields: approval gates, tax jurisdictions.
        self._conditions = tuple(rule.schema.get("allOf", ()))
        properties = rule.schema.get("properties", {})
        #: The lists of a record, each with the schema of its items.
        self._lists = {name: each["items"] for name, each in properties.items() if isinstance(each.get("items"), dict)}
        self._required = frozenset(
            {
                *rule.schema.get("required", ()),
                *(f"{name}.{inner}" for name, each in self._lists.items() for inner in each.get("required", ())),
                *(name for each in self._conditions for name in _demanded(each.get("then", {}))),
            }
        )
        self._validators: dict[frozenset[str], Any] = {}
        self._compiled_conditions: dict[frozenset[str], Any] = {}
        self._validator(frozenset())
        if self._conditions:
            self._conditions_of(frozenset())

    @property
    def lists(self) -> frozenset[str]:
        """The names of a record's lists."""
        return frozenset(self._lists)

    def written(self, body: Mapping[str, Any], present: frozenset[str]) -> Written:
        """A body as it is checked, for a record that has the fields ``present`` (``*`` and ``item.*``: all).

        A field that the body empties is not present any more.
        """
        emptied = {name for name, value in body.items() if _is_empty(value)}
        kept = {name: value for name, value in body.items() if name not in emptied}
        for name in self._lists.keys() & kept.keys():
            items = _items_of(kept[name])
            if isinstance(items, list):
                kept[name] = [
                    {k: v for k, v in line.items() if not _is_empty(v)} if isinstance(line, dict) else line
                    for line in items
                ]
        supplied = {name for name in self._required if name in present or self._all_like(name) in present}
        return Written(kept, frozenset(supplied - emptied))

    def broken(self, write: Written) -> Broken | None:
        """What of a body breaks the schema; None for a body that keeps it."""
        errors = list(self._validator(write.supplied).iter_errors(write.body))
        if self._conditions:
            errors += list(self._conditions_of(write.supplied).iter_errors(self.with_total(write.body)))
        if not errors:
            return None
        absent = tuple((*error.instance_path, error.kind.property) for error in errors if _is_absence(error))
        if absent:
            return Broken(absent[0], absent)
        too_long = errors[0].schema_path[-1] == "maxLength"
        return Broken(tuple(errors[0].instance_path), longest=errors[0].kind.limit if too_long else None)

    def with_total(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A body with what the ERP computes of it, by which conditions are checked."""
        return dict(body)

    def _conditions_of(self, supplied: frozenset[str]) -> Any:
        if supplied not in self._compiled_conditions:
            rules = [{**each, "then": _not_demanding(each.get("then", {}), supplied)} for each in self._conditions]
            self._compiled_conditions[supplied] = jsonschema_rs.validator_for({"allOf": rules})
        return self._compiled_conditions[supplied]

    def _validator(self, supplied: frozenset[str]) -> Any:
        if supplied not in self._validators:
            schema = copy.deepcopy(self._schema)
            schema["required"] = [name for name in schema.get("required", ()) if name not in supplied]
            for name in self._lists:
                items = schema["properties"][name]["items"]
                if items.get("required"):
                    items["required"] = [inner for inner in items["required"] if f"{name}.{inner}" not in supplied]
            self._validators[supplied] = jsonschema_rs.validator_for(schema)
        return self._validators[supplied]

    def _all_like(self, name: str) -> str:
        first, _, rest = name.partition(".")
        return f"{first}.*" if rest and first in self._lists else "*"


def _is_empty(value: Any) -> bool:
    return value is None or value == ""


def _items_of(value: Any) -> Any:
    """The items of a list, which some vendors write within an object."""
    if isinstance(value, dict):
        return next((value[name] for name in _LISTS if name in value), value)
    return value


def _demanded(then: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """The fields that a condition demands, those of lines with their path."""
    for part in (then, *then.get("allOf", ())):
        yield from (f"{above}{name}" for name in part.get("required", ()))
        for name, inner in part.get("properties", {}).items():
            if inner.get("items"):
                yield from _demanded(inner["items"], f"{name}.")


def _not_demanding(then: Mapping[str, Any], supplied: frozenset[str], above: str = "") -> dict[str, Any]:
    """The consequence of a condition, without demanding what the record has already."""
    rest = dict(then)
    if "required" in then:
        rest["required"] = [name for name in then["required"] if f"{above}{name}" not in supplied]
    if "allOf" in then:
        rest["allOf"] = [_not_demanding(part, supplied, above) for part in then["allOf"]]
    if "properties" in then:
        rest["properties"] = {
            name: {**inner, "items": _not_demanding(inner["items"], supplied, f"{name}.")}
            if "items" in inner
            else inner
            for name, inner in then["properties"].items()
        }
    return rest


def _is_absence(error: Any) -> bool:
    return hasattr(error.kind, "property")


def place(parts: Sequence[str | int], index: str = "[{}]") -> str:
    """A place in a body; ``index`` is how the place in a list is written.

    >>> place(["item", 0, "rate"], ".items[{}]")
    'item.items[0].rate'
    """
    text = "".join(index.format(part) if isinstance(part, int) else f".{part}" for part in parts)
    return text.removeprefix(".")
