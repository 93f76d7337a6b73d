"""Checks the bodies of writes against a JSON Schema, as an account's form would refuse them. No HTTP here.

Texts of errors: Oracle's NetSuite help, "Error Handling in REST Web Services"; none of them quotes a value.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import jsonschema_rs
import msgspec

from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.standard import LINES
from gameday_fakes.rules import CheckWrites

TOTAL = "total"
#: All that a record and its lines have already.
KEPT = ("*", f"{LINES}.*")

_encode = msgspec.json.Encoder(decimal_format="number").encode


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


def _is_empty(value: Any) -> bool:
    return value is None or value == ""


class WriteCheck:
    """One rule, compiled. Raises ValueError for a schema that makes no sense."""

    def __init__(self, rule: CheckWrites) -> None:
        self.record = rule.record
        self.report = rule.report
        self._schema = {key: value for key, value in rule.schema.items() if key != "allOf"}
        #: Rules between fields: approval gates, tax jurisdictions.
        self._conditions = tuple(rule.schema.get("allOf", ()))
        lines = rule.schema.get("properties", {}).get(LINES, {}).get("items", {})
        self._required = frozenset(
            {
                *rule.schema.get("required", ()),
                *(f"{LINES}.{name}" for name in lines.get("required", ())),
                *(name for each in self._conditions for name in _demanded(each.get("then", {}))),
            }
        )
        self._validators: dict[frozenset[str], Any] = {}
        self._compiled_conditions: dict[frozenset[str], Any] = {}
        self._validator(frozenset())
        if self._conditions:
            self._conditions_of(frozenset())

    def written(self, body: Mapping[str, Any], present: frozenset[str]) -> Written:
        """A body as it is checked, for a record that has the fields ``present`` (``*`` and ``item.*``: all).

        A field that the body empties is not present any more.
        """
        emptied = {name for name, value in body.items() if _is_empty(value)}
        kept = {name: value for name, value in body.items() if name not in emptied}
        lines = kept.get(LINES)
        items = lines.get("items") if isinstance(lines, dict) else lines
        if isinstance(items, list):
            kept[LINES] = [
                {k: v for k, v in line.items() if not _is_empty(v)} if isinstance(line, dict) else line
                for line in items
            ]
        supplied = {name for name in self._required if name in present or _all_like(name) in present}
        return Written(kept, frozenset(supplied - emptied))

    def check(self, write: Written) -> None:
        """Raise Refused for a body that breaks the schema."""
        errors = list(self._validator(write.supplied).iter_errors(write.body))
        if self._conditions:
            errors += list(self._conditions_of(write.supplied).iter_errors(with_total(write.body)))
        if not errors:
            return
        absent = [_path([*error.instance_path, error.kind.property]) for error in errors if _is_absence(error)]
        if absent:
            need = ", ".join(absent)
            detail = f"Error while accessing a resource. Please enter value(s) for: {need}."
            raise Refused("missing_field", detail, path=absent[0])
        path = _path(errors[0].instance_path)
        raise Refused("invalid_content", f"Error while accessing a resource. {_detail(errors[0], path)}", path=path)

    def _conditions_of(self, supplied: frozenset[str]) -> Any:
        if supplied not in self._compiled_conditions:
            rules = [{**each, "then": _not_demanding(each.get("then", {}), supplied)} for each in self._conditions]
            self._compiled_conditions[supplied] = jsonschema_rs.validator_for({"allOf": rules})
        return self._compiled_conditions[supplied]

    def _validator(self, supplied: frozenset[str]) -> Any:
        if supplied not in self._validators:
            schema = copy.deepcopy(self._schema)
            schema["required"] = [name for name in schema.get("required", ()) if name not in supplied]
            lines = schema.get("properties", {}).get(LINES, {}).get("items", {})
            if lines.get("required"):
                lines["required"] = [name for name in lines["required"] if f"{LINES}.{name}" not in supplied]
            self._validators[supplied] = jsonschema_rs.validator_for(schema)
        return self._validators[supplied]


def with_total(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body with the total that the account computes of its lines, where each line says its amount."""
    lines = body.get(LINES)
    amounts = [line.get("amount") if isinstance(line, dict) else None for line in lines or ()]
    if TOTAL in body or not amounts or not all(isinstance(each, int | float | Decimal) for each in amounts):
        return dict(body)
    return {**body, TOTAL: sum(Decimal(str(each)) for each in amounts)}


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


def _all_like(name: str) -> str:
    return f"{LINES}.*" if name.startswith(f"{LINES}.") else "*"


def _is_absence(error: Any) -> bool:
    return hasattr(error.kind, "property")


def _detail(error: Any, path: str) -> str:
    limit = getattr(error.kind, "limit", None)
    if error.schema_path[-1] == "maxLength":
        return f"The field {path} contained more than the maximum number ( {limit} ) of characters allowed."
    return f"Invalid Field Value for the following field: {path}."


def _path(parts: Sequence[str | int]) -> str:
    """A place in a body as NetSuite names it.

    >>> _path(["item", 0, "rate"])
    'item.items[0].rate'
    """
    text = ""
    for part in parts:
        text += f".items[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")
