"""Finds the fields of a contract by the headers that people and exports give to columns: "Close Date", "Order ID"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from gameday.base.errors import GamedayError
from gameday.base.tables import shown
from gameday.model.contract import Field
from gameday.records.deal_roles import fields_of, plain
from gameday.records.deals_file import COLUMNS
from gameday.records.names import names_shown


def physical_names(
    headers: Sequence[str], fields: Sequence[Field], wanted: Mapping[str, str], path: Path
) -> dict[str, tuple[str, ...]]:
    """The physical names of what each header means, for headers that are not physical names themselves.

    First those of the table of columns (``wanted``, by role: gameday.records.deals_file), then headers that are a
    field's name but for case, blanks and punctuation, then the usual names of exports. The deal's id is also that by
    which a line names its deal. Raises GamedayError for a column of the table that the file or the contract lacks.
    """
    record = fields[0].physical_name.partition(".")[0] if fields else ""
    own = {name.partition(".")[2]: name for each in fields if (name := each.physical_name).startswith(f"{record}.")}
    exact = own | {each.physical_name: each.physical_name for each in fields}
    roles = fields_of(fields)
    exactly = {exact[header] for header in headers if header in exact}
    there = {role: header for role, header in wanted.items() if header in headers or not exactly}
    found = _of_table(headers, there, roles, path)
    taken = {*found.values(), *exactly}
    for meant in (_by_name(fields, record), _by_usual_name(roles)):
        for header in headers:
            physical = meant.get(plain(header, whole=True))
            if physical and header not in found and header not in exact and physical not in taken:
                found[header] = physical
                taken.add(physical)
    lines = _by_name([each for each in fields if not each.physical_name.startswith(f"{record}.")], record)
    keys = set(roles["order"][:1])
    again = {header: lines.get(plain(header, whole=True), "") for header, name in found.items() if name in keys}
    return {
        header: (name, *([more] if (more := again.get(header)) and more not in taken else []))
        for header, name in found.items()
    }


def _of_table(
    headers: Sequence[str], wanted: Mapping[str, str], roles: Mapping[str, Sequence[str]], path: Path
) -> dict[str, str]:
    found = {}
    for role, header in wanted.items():
        if header not in headers:
            # Of a file without a header, the first line is somebody's data.
            problem = f"{path} has no column {shown(header)}; its header: {names_shown(headers)}"
            raise GamedayError(problem, hint="see [deals] in gameday.toml")
        if roles.get(role):
            found[header] = roles[role][0]
    return found


def _by_name(fields: Sequence[Field], record: str) -> dict[str, str]:
    """The fields by their names as people might write them, alone or after that of their object.

    Those of the record itself come before those of its lines; a name of two fields there means neither.
    """
    found: dict[str, str] = {}
    for of_lines in (False, True):
        there = [each for each in fields if (each.physical_name.partition(".")[0] != record) is of_lines]
        pairs = {
            (plain(name, whole=whole), each.physical_name)
            for each in there
            for name in (each.name, each.physical_name)
            for whole in (False, True)
        }
        counts = Counter(name for name, _ in pairs)
        found = {name: physical for name, physical in pairs if counts[name] == 1} | found
    return found


def _by_usual_name(roles: Mapping[str, Sequence[str]]) -> dict[str, str]:
    known = [(name, roles[role][0]) for role, names in COLUMNS.items() if roles.get(role) for name in names]
    return dict(reversed(known))
