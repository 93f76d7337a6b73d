"""Carries records of the old contract over to the new one, where the change moves them and no value is invented.

A change that everybody signed may rename or remove what all recorded records have. Their values are moved to where the
new contract has them; what nobody recorded stays absent. The value of a removed field stays, for the CRM still has it:
the replay hides it from the stack.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from gameday.base.counts import out_of, plural
from gameday.base.errors import GamedayError
from gameday.base.violation import Violation
from gameday.capture.raw_record import encode_record
from gameday.contracts.compatibility.moves import Move, Moves, moves_between
from gameday.gate.contracts import LocatedContract
from gameday.model.contract import Field
from gameday.records.classification import hidden_fields
from gameday.records.explain import decode
from gameday.records.kept import hide
from gameday.records.redaction.totals import money_fields
from gameday.records.tree import read_shape

_ABSENT = object()
_NUMBERS = ("number", "integer")
_DIGITS = 30
#: A number as JSON writes it, without an exponent.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,12})?")


class Unmovable(Exception):
    """Why a record cannot be carried over; a sentence that does not quote it."""


class Migration:
    """Carries records from the base contract to the candidate, and counts what it did."""

    def __init__(self, base: LocatedContract, candidate: LocatedContract) -> None:
        """The CRM's sides are compared: those are what records have."""
        olds, news = ([d for d in each.flow.documents if d.source.side == "crm"] for each in (base, candidate))
        self._moves = moves_between(olds[0], news[0]) if olds and news else Moves()
        self._base, self._candidate = base, candidate
        #: The full old names of fields whose rename may be another change.
        self.uncertain = frozenset(before for before, _ in self._moves.uncertain)
        self._retyped = {move.new_path for move in _all_moves(self._moves.moves) if move.retyped}
        self.carried = self.left_out = 0
        #: By old and new place, how many values moved; by place, how many were removed.
        self._moved: Counter[tuple[str, str]] = Counter()
        self._removed: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()

    @property
    def changes_records(self) -> bool:
        """Whether any record can differ from what it was."""
        return bool(self._moves.moves or self._moves.removed)

    @property
    def matters(self) -> bool:
        """Whether old records are read or checked in another way than new ones."""
        return self.changes_records or bool(self.new_required)

    @property
    def new_required(self) -> tuple[str, ...]:
        """The required fields that no old record can have."""
        return self._moves.new_required

    @property
    def new_paths(self) -> dict[str, str]:
        """The full physical name of each field of the base that is elsewhere in carried records, and that place."""
        moved = {move.path: move.new_path for move in _all_moves(self._moves.moves) if move.path != move.new_path}
        paths = [field.physical_name for field in self._base.contract.crm_fields]
        return {path: new for path in paths if (new := _moved_path(path, moved)) != path}

    def fields_to_read(self) -> tuple[Field, ...]:
        """The fields of old and of new records together."""
        return _together(self._base.contract.crm_fields, self._candidate.contract.crm_fields)

    def fields_to_check(self) -> tuple[Field, ...]:
        """The candidate's fields, without demanding of old records what they cannot have."""
        fields = self._candidate.contract.crm_fields
        return tuple(
            msgspec.structs.replace(field, required=False) if field.physical_name in self.new_required else field
            for field in fields
        )

    def carry(self, record: bytes, *, count: bool = False) -> bytes:
        """The record as the new contract has it. Raises Unmovable, and ValueError for what is no record."""
        found = decode(record)
        if not isinstance(found, dict):
            return record
        moved: list[tuple[str, str]] = []
        removed: list[str] = []
        _Carried(moved, removed).below(found, self._moves.moves, self._moves.removed, "")
        if not (moved or removed):
            return record
        if count:
            self.carried += 1
            for place in moved:
                self._moved[place] += 1
            for path in removed:
                self._removed[path] += 1
        return encode_record(found)

    def leave_out(self, why: str) -> None:
        """Count a record that is not checked, because the change leaves nothing to check it by."""
        self.left_out += 1
        self._reasons[why] += 1

    def explains(self, fields: Sequence[str]) -> str:
        """Why a carried record breaks the new contract at these fields, if the change itself is the reason."""
        if fields and self._retyped.issuperset(fields):
            return f"the type of {' and '.join(sorted(set(fields)))} changed, and no value is converted by a guess"
        return ""

    def violations(self, records: int) -> Iterator[Violation]:
        """What was done, and what the recording does not test."""

        def violation(rule: str, level: Any, message: str, path: str) -> Violation:
            place = self._candidate.place("crm", path)
            return Violation(rule, level, message, place.path, place.line)

        for (before, after), count in sorted(self._moved.items()):
            message = f"{before} became {after}: {plural(count, 'value')} moved in {plural(records, 'record')}"
            yield violation("records.migrated", "note", message, after)
        for path, count in sorted(self._removed.items()):
            values = plural(count, "value", verb="is")
            message = f"{path} was removed: its {values} not checked, and not there for the stack"
            yield violation("records.migrated", "note", message, path)
        for before, after in self._moves.uncertain:
            message = f"it is not certain that {before} became {after}, so no value moved; name it in renamedFrom"
            yield violation("records.uncertain-rename", "warning", message, after)
        for path in self.new_required:
            message = f"{path} is new and required: old records lack it, none is invented, and they do not test it"
            yield violation("records.not-recorded", "warning", message, path)
        for why, count in sorted(self._reasons.items()):
            message = f"{out_of(count, records, 'record', verb='is')} left out: {why}"
            yield violation("records.left-out", "warning", message, "")


def fields_to_redact(
    base: LocatedContract | None, candidate: LocatedContract, moved: Mapping[str, str]
) -> tuple[Field, ...]:
    """The fields of a carried record; what either contract hides is hidden, so no change shows what was not seen.

    ``moved`` are the places of the base's fields in it. Only the amounts of a deal stay as they are: a pseudonym does
    not round as they do, and no finding shows them.
    """
    fields = candidate.contract.crm_fields
    hidden = _hidden(fields)
    if base is not None:
        hidden |= {moved.get(name, name) for name in _hidden(base.contract.crm_fields)}
        fields = _together(fields, base.contract.crm_fields)
    amounts = set(money_fields(read_shape(fields)).paths())
    return tuple(
        msgspec.structs.replace(field, classification="internal")
        if field.physical_name in amounts and field.logical_type in _NUMBERS
        else field
        for field in hide(fields, hidden)
    )


def _hidden(fields: Sequence[Field]) -> set[str]:
    return {name for name, why in hidden_fields(fields).items() if why}


def _moved_path(path: str, moved: Mapping[str, str]) -> str:
    """The new place of a field, by its own move or that of the nearest object above it."""
    names = path.split(".")
    for depth in range(len(names), 0, -1):
        above = ".".join(names[:depth])
        if above in moved:
            return ".".join([moved[above], *names[depth:]])
    return path


def _together(fields: tuple[Field, ...], more: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields, and those of ``more`` with other names; the first alone if one has as a field what is an object."""
    known = {field.physical_name for field in fields}
    both = (*fields, *(field for field in more if field.physical_name not in known))
    try:
        read_shape(both)
    except GamedayError:
        return fields
    return both


class _Carried:
    """Carries one record, and notes each value that moved, and each that was removed."""

    def __init__(self, moved: list[tuple[str, str]], removed: list[str]) -> None:
        self._moved, self._removed = moved, removed

    def below(self, found: dict[str, Any], moves: Sequence[Move], removed: Sequence[str], path: str) -> None:
        """Bring the fields of an object to where the new contract has them; all are taken before one is put."""
        taken = [(move, _take(found, move.before)) for move in moves]
        targets = {move.after for move in moves}
        for name in removed:
            if _has(found, name):
                self._removed.append(f"{path}.{name}" if path else name)
                if name in targets:
                    _take(found, name)
        for move, old in taken:
            if old is _ABSENT:
                continue
            new = self._value(move, old)
            if _take(found, move.after) not in (_ABSENT, None, new):
                raise Unmovable(f"it has both {move.path} and another {move.new_path}")
            _put(found, move.after, new)
            if new is not None and (move.before != move.after or (new != old and not move.below and not move.removed)):
                self._moved.append((move.path, move.new_path))

    def _value(self, move: Move, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(move, item) for item in value]
        if isinstance(value, dict):
            if move.below or move.removed:
                self.below(value, move.below, move.removed, move.path)
            return value
        if isinstance(value, str) and value in move.values:
            return move.values[value]
        return _retyped(value, move.before_type, move.after_type) if move.retyped else value


def _retyped(value: Any, before: str, after: str) -> Any:
    """A value in another type that can hold exactly it; otherwise as it was."""
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if is_number and before in _NUMBERS and after == "string":
        # An exponent of a million would be a text of a million digits.
        return str(value) if isinstance(value, int) else f"{value:f}" if abs(value.adjusted()) < _DIGITS else value
    if isinstance(value, Decimal) and after == "integer" and _NUMBER.fullmatch(str(value)) and value % 1 == 0:
        return int(value)
    if isinstance(value, str) and before == "string" and after in _NUMBERS and _NUMBER.fullmatch(value):
        return Decimal(value) if "." in value else int(value)
    return value


def _all_moves(moves: Sequence[Move]) -> Iterator[Move]:
    for move in moves:
        yield move
        yield from _all_moves(move.below)


def _has(found: dict[str, Any], name: str) -> bool:
    """Whether there is a value at a name, which may have points in it."""
    if name in found:
        return True
    first, point, rest = name.partition(".")
    inner = found.get(first)
    return bool(point) and isinstance(inner, dict) and _has(inner, rest)


def _take(found: dict[str, Any], name: str) -> Any:
    """Remove and return the value at a name, which may have points in it."""
    if name in found:
        return found.pop(name)
    first, point, rest = name.partition(".")
    inner = found.get(first)
    return _take(inner, rest) if point and isinstance(inner, dict) else _ABSENT


def _put(found: dict[str, Any], name: str, value: Any) -> None:
    *above, last = name.split(".")
    for step in above:
        inner = found.setdefault(step, {})
        if not isinstance(inner, dict):
            inner = found[step] = {}
        found = inner
    found[last] = value
