"""Reads what becomes of each kind of error of a flow, and who is called next: two keys of a registry of flows in YAML.

exceptions:
  - {flow: deals, error: rate limit, path: retry, to: sync, within: 10 min}
  - {flow: deals, error: price, path: approve, to: finance, within: 4 h}
escalation:
  - {flow: deals, after: 0 min, who: operations-on-call}
  - {flow: deals, after: 15 min, who: revenue-operations}
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from gameday.base.bounded_yaml import read_yaml_nodes
from gameday.base.durations import parse_duration
from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import SHOWN, shown
from gameday.model.handling import PATHS, ExceptionPath, Rung

#: The keys of the registry, and the columns of their rows.
COLUMNS = {"exceptions": ("flow", "error", "path", "to", "within"), "escalation": ("flow", "after", "who")}
KEYS = tuple(COLUMNS)
_RULES = {"exceptions": "bad-exception", "escalation": "bad-escalation"}
ROLES = ("sync", "source", "sink", "platform", "finance")


class Problem(NamedTuple):
    """What is wrong in a row, with its line."""

    rule: str
    message: str
    line: int


class Exceptions(NamedTuple):
    """Paths and rungs by flow, in the order of the file, and what is wrong in its rows."""

    paths: dict[str, tuple[ExceptionPath, ...]]
    ladders: dict[str, tuple[Rung, ...]]
    problems: tuple[Problem, ...]


class _Row(NamedTuple):
    values: dict[str, str]
    line: int


def read_exceptions(path: Path, flows: Collection[str]) -> Exceptions:
    """Those of a registry that has been read; a CSV file has none.

    A bad value is a problem with its line, as in the rows of flows. Raises GamedayError for what is not a row at all.
    """
    if path.suffix == ".csv":
        return Exceptions({}, {}, ())
    root: Any = read_yaml_nodes(path.read_bytes(), where=str(path), what="a registry of flows")
    nodes = {key.value: value for key, value in root.value if key.value in KEYS}
    problems: list[Problem] = []
    paths: dict[str, dict[str, ExceptionPath]] = {}
    ladders: dict[str, list[Rung]] = {}
    for key, node in nodes.items():
        for row in _rows(key, node, str(path)):
            flow = row.values["flow"]
            try:
                if flow not in flows:
                    raise unknown("flow", flow, flows)
                if key == "exceptions":
                    _add_path(paths.setdefault(flow, {}), row)
                else:
                    _add_rung(ladders.setdefault(flow, []), row)
            except GamedayError as problem:
                problems.append(Problem(_RULES[key], str(problem), row.line))
    return Exceptions(
        {flow: tuple(found.values()) for flow, found in paths.items()},
        {flow: tuple(rungs) for flow, rungs in ladders.items()},
        tuple(problems),
    )


def _add_path(known: dict[str, ExceptionPath], row: _Row) -> None:
    error = row.values["error"]
    if error in known:
        raise GamedayError(f"{shown(error)} has a path already, on line {known[error].line}", hint="one for each error")
    for column, allowed in (("path", tuple(PATHS)), ("to", ROLES)):
        if row.values[column] not in allowed:
            raise unknown(column if column == "path" else "role", row.values[column], allowed)
    within_s = parse_duration(row.values["within"])
    if within_s <= 0:
        raise GamedayError(f"within: {shown(row.values['within'])} must be greater than 0")
    known[error] = ExceptionPath(error, row.values["path"], row.values["to"], within_s, row.line)


def _add_rung(rungs: list[Rung], row: _Row) -> None:
    after_s = parse_duration(row.values["after"])
    if rungs and after_s <= rungs[-1].after_s:
        raise GamedayError(
            f"after: {shown(row.values['after'])} is not later than the rung on line {rungs[-1].line}",
            hint="the first who is called stands first",
        )
    rungs.append(Rung(row.values["who"], after_s, row.line))


def _rows(key: str, node: Any, path: str) -> Iterator[_Row]:
    columns = COLUMNS[key]
    hint = f"a row has {', '.join(columns)}"
    if not isinstance(node, yaml.SequenceNode):
        raise GamedayError(f"{path}:{node.start_mark.line + 1}: {key} is not a list", hint=hint)
    for entry in node.value:
        where = f"{path}:{entry.start_mark.line + 1}: {key}"
        if not isinstance(entry, yaml.MappingNode):
            raise GamedayError(f"{where}: {shown(entry.value)} is not a row", hint=hint)
        values: dict[str, str] = {}
        for column, value in entry.value:
            if column.value not in columns:
                raise unknown("column", str(column.value)[:SHOWN], columns, where=where)
            if not isinstance(value, yaml.ScalarNode):
                raise GamedayError(f"{where}: {column.value} is not a text")
            values[column.value] = value.value.strip()
        if lacking := [column for column in columns if not values.get(column)]:
            raise GamedayError(f"{where}: a row without {lacking[0]}", hint=hint)
        yield _Row(values, entry.start_mark.line + 1)
