"""Validates a whole file of records in bounded memory: how many are valid, and what is wrong with the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from gameday.base.violation import Violation
from gameday.records.problems import Problem, describe
from gameday.records.read import examine_records
from gameday.records.record import Progress, Rejected
from gameday.records.validator import Examined, Validator


class RecordCheck(msgspec.Struct, frozen=True):
    """The findings in a file. ``seen`` counts valid and invalid records; ``rejected`` whatever is not a record.

    ``violations`` are the first ones in file order, with the file's path and the line where the record begins; the
    first of each rule is always among them. The counts by rule and by field (its physical name) cover all violations.
    """

    path: str
    seen: int
    valid: int
    invalid: int
    rejected: int
    violations: tuple[Violation, ...]
    by_rule: dict[str, int]
    by_field: dict[str, int]

    @property
    def summary(self) -> str:
        """One line: how many records, and the most common rules they break."""
        worst = ", ".join(f"{rule} {count}" for rule, count in Counter(self.by_rule).most_common(3))
        text = f"{self.seen} records: {self.valid} valid, {self.invalid} invalid, {self.rejected} rejected"
        return f"{text} ({worst})" if worst else text


def check_records(
    path: Path,
    validator: Validator,
    *,
    progress: Progress | None = None,
    limit_violations: int = 1000,
    unique: bool = True,
    items: Iterable[tuple[int, Examined] | Rejected] | None = None,
    columns: Mapping[str, str] | None = None,
) -> RecordCheck:
    """Validate every record of a file, or the ``items`` that were read of it and examined already.

    ``unique``: whether a key may occur only once in the file. In traffic a record comes again when it is changed or
    delivered twice. It costs about 75 bytes of memory for each record: keys are compared by 64 bits of their hash, so
    one in about thirty million files of a million records has a false match.
    Raises GamedayError as read_records does.
    """
    findings = _Findings(str(path), limit_violations)
    seen = valid = rejected = 0
    keys: set[int] = set()
    if items is None:
        items = examine_records(path, validator, progress=progress, columns=columns)
    for item in items:
        if isinstance(item, Rejected):
            rejected += 1
            findings.add(Problem("record.rejected", "", f"not a record: {item.reason}"), (), item.line)
            continue
        seen += 1
        line, examined = item
        problems = examined.problems
        if unique and examined.key is not None:
            known = len(keys)
            keys.add(hash(examined.key))
            if len(keys) == known:
                problems = (*problems, _repeated(validator, examined))
        if not problems:
            valid += 1
            continue
        orders = validator.orders(examined)
        for problem in problems:
            findings.add(problem, orders, line)
    return RecordCheck(
        str(path),
        seen,
        valid,
        seen - valid,
        rejected,
        tuple(findings.kept),
        dict(findings.by_rule),
        dict(findings.by_field),
    )


class _Findings:
    """Counts all problems and keeps the first of them, and the first of each rule."""

    def __init__(self, path: str, limit: int) -> None:
        self.kept: list[Violation] = []
        self.by_rule: Counter[str] = Counter()
        self.by_field: Counter[str] = Counter()
        self._path = path
        self._limit = limit

    def add(self, problem: Problem, orders: tuple[str, ...], line: int) -> None:
        if len(self.kept) < self._limit or problem.rule not in self.by_rule:
            self.kept.append(problem.violation(orders, path=self._path, line=line))
        self.by_rule[problem.rule] += 1
        if problem.field:
            self.by_field[problem.field] += 1


def _repeated(validator: Validator, examined: Examined) -> Problem:
    field = validator.key_field
    shown = describe(examined.key, hidden=validator.key_is_hidden)
    return Problem(
        "record.repeated-record", field, f"{field} is {shown} as in an earlier record; expected a unique key"
    )
