"""Judges records that were written to the ERP by the conditions between their fields: approval gates, tax rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import jsonschema_rs

from gameday.gate.erp_schema import condition_schema
from gameday.model.contract import Condition, Field
from gameday.records.meaning import read_meaning
from gameday.records.problems import Problem
from gameday.records.tree import read_shape

RULE = "record.condition-broken"


class Conditions:
    """The conditions of one type of record, compiled. Raises GamedayError for a constraint that makes no sense."""

    def __init__(self, fields: Sequence[Field], conditions: Sequence[Condition]) -> None:
        self._meaning = read_meaning(read_shape(fields))
        schemas = [(each, condition_schema(self._meaning.main, each)) for each in conditions]
        self._compiled = [
            (each, jsonschema_rs.validator_for({"if": schema["if"], "then": False}), schema["then"])
            for each, schema in schemas
        ]

    def problems(self, body: dict[str, Any], supplied: Sequence[str]) -> Iterator[Problem]:
        """What a written record breaks, by its body; the fields ``supplied`` it has without the body."""
        record = self._with_total(body)
        for condition, unmet, then in self._compiled:
            if unmet.is_valid(record):
                continue
            for (path, _), consequence in zip(condition.then.items(), then["allOf"], strict=True):
                if path in supplied and _is_absent(record, path):
                    continue
                if not jsonschema_rs.is_valid(consequence, record):
                    field = f"{condition.record}.{path}"
                    when = " and ".join(condition.when)
                    message = f"{field} is not as {condition.name!r} demands, by its {when}"
                    yield Problem(RULE, field, message)

    def _with_total(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body with the total that the ERP computes of its lines, where each line says its own."""
        amount, lines, own = self._meaning.amount, self._meaning.lines, self._meaning.line_total
        if amount is None or lines is None or own is None or amount.name in body:
            return body
        totals = [line.get(own.name) if isinstance(line, dict) else None for line in body.get(lines.name) or ()]
        if not totals or not all(isinstance(each, int | Decimal) and not isinstance(each, bool) for each in totals):
            return body
        return {**body, amount.name: sum(totals)}


def _is_absent(record: Any, path: str) -> bool:
    """Whether a field is missing: in the record, or in any of its lines."""
    name, _, rest = path.partition(".")
    if isinstance(record, list):
        return any(_is_absent(each, path) for each in record)
    if not isinstance(record, dict) or name not in record:
        return True
    return bool(rest) and _is_absent(record[name], rest)
