"""Checks a record against the fields of a contract: accepted in one decode, or explained field by field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET

from gameday.base.violation import Violation
from gameday.model.contract import Field
from gameday.records.explain import compile_explanation, decode
from gameday.records.fast import Accept, Acceptance, compile_acceptance
from gameday.records.meaning import Get, getter, read_meaning
from gameday.records.personal import look_of
from gameday.records.problems import Problem
from gameday.records.rules import BUSINESS_RULES, Bound, BusinessRule
from gameday.records.tree import SCALARS, Shape, read_shape


class Examined(msgspec.Struct, frozen=True, gc=False):
    """The findings in one record. ``key`` is its business key; None without one."""

    problems: tuple[Problem, ...] = ()
    key: str | int | None = None


class Validator:
    """Validates records, as ``read_records`` gives them, against the fields of one side of a contract.

    ``tolerance`` is the difference of a record's amount from the sum of its lines, in its currency, that still counts
    as equal. ``rules`` are the business rules; a rule is skipped if the contract lacks its fields. Raises GamedayError
    naming field and constraint if the contract has a constraint that cannot be checked.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        tolerance: Decimal = Decimal(0),
        rules: Iterable[BusinessRule] = BUSINESS_RULES,
    ) -> None:
        self.fields = tuple(fields)
        shape = read_shape(self.fields)
        meaning = read_meaning(shape)
        self._explain = compile_explanation(shape.top)
        bound = [made for rule in rules if (made := rule.bind(meaning, tolerance)) is not None]
        #: Each rule with the fields it needs: it is not applied if one of them is wrong.
        self._rules = [(one, frozenset().union(*(_holders(node.path) for node in one.needs))) for one in bound]
        #: Whether the contract declares every value, so that no part of a record is left unread.
        self._is_closed = all(node.children or node.kind in SCALARS for node in shape.top.walk())
        self._main = meaning.main.name
        self._lines = meaning.lines
        self._get_lines: Get = getter(meaning.lines) if meaning.lines else lambda _: None
        key = meaning.key
        self.key_field = key.path if key else ""
        self.key_is_hidden = key is not None and key.hidden
        self._accept: Accept = _accept_nothing
        self._read_key: Get = _no_key
        acceptance = _acceptance(shape, bound)
        if acceptance is not None:
            keeps = tuple(rule.compile(acceptance.getter) for rule in bound if rule.compile is not None)
            self._accept = acceptance.compile(meaning.main, meaning.lines, keeps)
            self._read_key = acceptance.getter(key) if key else _no_key

    def check(self, record: bytes) -> tuple[Violation, ...]:
        """Everything that is wrong with a record; empty if it keeps the contract.

        A violation names the record by its key, unless that is confidential. The reader refuses duplicate keys of
        JSON objects; here the last one counts.
        """
        examined = self.examine(record)
        if not examined.problems:
            return ()
        return tuple(problem.violation(self.orders(examined)) for problem in examined.problems)

    def orders(self, examined: Examined) -> tuple[str, ...]:
        """The key of a record as violations name it; none if it is missing, confidential, wrong or of somebody."""
        if examined.key is None or self.key_is_hidden:
            return ()
        wrong = any(problem.field == self.key_field for problem in examined.problems)
        return () if wrong or look_of(str(examined.key)) else (str(examined.key),)

    def examine(self, record: bytes) -> Examined:
        """The same as ``check``, with the field of each problem, and the record's key."""
        accepted = self._accept(record)
        return self.explain(record) if accepted is None else self._examined(accepted[0])

    def accepts(self, record: bytes) -> bool:
        """Whether a record keeps the contract, without reasons."""
        return not self.examine(record).problems

    def examine_line(self, line: bytes) -> Examined | None:
        """The same for a line of a file with any content; None if it must be read and examined the slow way.

        A line needs no separate reading if the contract knows all its keys: then it has as many quotation marks as the
        decoded record. A duplicate or unknown key adds some.
        """
        accepted = self._accept(line) if self._is_closed else None
        if accepted is None or line.count(b'"') != accepted[1] or b"\\" in line:
            return None
        return self._examined(accepted[0])

    def _examined(self, found: Any) -> Examined:
        key = self._read_key(found)
        return Examined((), None if key is UNSET else key)

    def explain(self, record: bytes) -> Examined:
        """Examine a record that was not accepted at once: the slow way, with the same result."""
        try:
            found = decode(record)
        except ValueError as problem:
            return Examined((Problem("record.not-json", "", f"the record is not JSON: {problem}"),))
        problems = list(self._explain(found, ""))
        if not isinstance(found, dict):
            return Examined(tuple(problems))
        wrong = {problem.field for problem in problems}
        main: Any = found.get(self._main)
        items = (
            None if self._lines is None or not wrong.isdisjoint(_holders(self._lines.path)) else self._get_lines(found)
        )
        for bound, above in self._rules if isinstance(main, dict) else ():
            if wrong.isdisjoint(above):
                problems += bound.find(main, items)
        return Examined(tuple(problems), self._key_of(found))

    def _key_of(self, found: dict[str, Any]) -> str | int | None:
        """The key of a record that may be wrong in any way."""
        value: Any = found
        for name in self.key_field.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value if isinstance(value, str | int) and not isinstance(value, bool) else None


def _acceptance(shape: Shape, rules: Sequence[Bound]) -> Acceptance | None:
    """The fast way, if it covers all rules."""
    steps = [rule.steps for rule in rules if rule.steps is not None]
    if len(steps) > 1 or any(rule.compile is None and rule.steps is None for rule in rules):
        return None
    exact = {node.path for rule in rules for node in rule.needs}
    return compile_acceptance(shape, exact, steps[0] if steps else None)


def _accept_nothing(_: bytes) -> None:
    """The fast way for contracts that have none: every record is explained."""
    return


def _no_key(_: Any) -> None:
    return


def _holders(path: str) -> frozenset[str]:
    """A field and all its parents; the record itself is the one without a name."""
    names = path.split(".")
    return frozenset(".".join(names[:depth]) for depth in range(len(names) + 1))
