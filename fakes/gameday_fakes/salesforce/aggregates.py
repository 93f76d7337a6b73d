"""COUNT, SUM, MIN, MAX and AVG over rows, with or without GROUP BY."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gameday_fakes.salesforce.models import Record
from gameday_fakes.salesforce.paths import Path, Paths
from gameday_fakes.salesforce.soql_tree import Aggregate, Name, Query


def _average(values: list[Any]) -> Any:
    return sum(values, Decimal(0)) / len(values) if values else None


_FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "COUNT": len,
    "SUM": lambda values: sum(values, Decimal(0)) if values else None,
    "MIN": lambda values: min(values, default=None),
    "MAX": lambda values: max(values, default=None),
    "AVG": _average,
}


class AggregateQuery:
    """One aggregate statement on one object. Raises Refused."""

    def __init__(self, query: Query, paths: Paths, sobject: str) -> None:
        if query.order_by:
            raise paths.refused(
                query.order_by[0].name, "unexpected token: 'ORDER BY' with aggregates", "MALFORMED_QUERY"
            )
        self._groups: list[Path] = [paths.path(sobject, name) for name in query.group_by]
        self._columns: list[tuple[str, Path, str | None]] = []
        grouped = {(path.hops, path.field) for path in self._groups}
        unnamed = 0
        for field in query.fields:
            if isinstance(field, Aggregate) and field.argument is not None:
                path = paths.path(sobject, field.argument)
                if field.function in ("SUM", "AVG") and not path.field.is_number:
                    message = f"field {path.shown} does not support aggregate operator {field.function}"
                    raise paths.refused(field.argument, message, "MALFORMED_QUERY")
                self._columns.append((field.alias or f"expr{unnamed}", path, field.function))
                unnamed += not field.alias
            elif isinstance(field, Name):
                path = paths.path(sobject, field)
                if (path.hops, path.field) not in grouped:
                    message = f"Field must be grouped or aggregated: {'.'.join(field.path)}"
                    raise paths.refused(field, message, "MALFORMED_QUERY")
                self._columns.append((path.shown, path, None))

    def rows(self, records: list[Record]) -> list[dict[str, Any]]:
        """One row for each group, in the order in which groups appear; without GROUP BY exactly one."""
        groups: dict[tuple[Any, ...], list[Record]] = {} if self._groups else {(): []}
        for record in records:
            groups.setdefault(tuple(path.value(record) for path in self._groups), []).append(record)
        return [self._row(members) for members in groups.values()]

    def _row(self, members: list[Record]) -> dict[str, Any]:
        row: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
        for name, path, function in self._columns:
            values = [value for value in map(path.value, members) if value is not None]
            row[name] = _FUNCTIONS[function](values) if function else path.value(members[0])
        return row
