"""Replaces confidential values by pseudonyms that keep a record's joins, forms and sums."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from gameday.model.contract import Field
from gameday.records.classification import hidden_fields
from gameday.records.leaf import Leaf
from gameday.records.leaves import compile_leaf
from gameday.records.redaction.numbers import NumberPseudonyms
from gameday.records.redaction.permutation import Permutation
from gameday.records.redaction.policy import redacted_together
from gameday.records.redaction.report import RedactionReport
from gameday.records.redaction.texts import TextPseudonyms
from gameday.records.redaction.totals import Sums, money_fields
from gameday.records.tree import Node, read_shape

#: How often a record is redacted again because a sum came out unchanged.
_ATTEMPTS = 16
_CACHED = 50_000
#: With fewer members, a permutation hides nothing.
_FEWEST = 3


class Redactor:
    """Redacts records of one contract. With the same key, equal values get equal pseudonyms, everywhere.

    Fields classified as public or internal are kept if their values have the declared type. All other declared fields
    are redacted, including those without a classification; undeclared fields are dropped. Pseudonyms keep what
    texts.py and numbers.py describe, and differ from their originals, except those that ``report`` counts as
    unhidden. Totals (quantity times price, the sum of the lines) are derived from the pseudonyms (totals.py), and so
    may have a digit more or less. Two values of one field never share a pseudonym, except sums, and emails at
    different domains of one length.

    Not safe for threads.
    """

    def __init__(self, fields: Sequence[Field], key: bytes, kept: Callable[[str, Any], None] | None = None) -> None:
        """``fields`` of one side of a contract; ``kept`` is called with path and value of what is kept in the clear.

        Raises GamedayError if a field has a constraint that makes no sense.
        """
        self._kept = kept
        shape = read_shape(fields)
        self._top = shape.top
        money = money_fields(shape)
        self._reasons = redacted_together(hidden_fields(fields), money.paths())
        self._leaves = {node.path: compile_leaf(node) for node in shape.top.walk() if not node.children}
        self._permutation = Permutation(key)
        self._texts = TextPseudonyms(self._permutation)
        self._numbers = NumberPseudonyms(self._permutation)
        self._sums = Sums(money, frozenset(path for path, reason in self._reasons.items() if reason))
        self._cache: dict[Hashable, Any] = {}
        self._attempt = ""
        self._counting = True
        leaves = {path: reason for path, reason in self._reasons.items() if path in self._leaves}
        self.report = RedactionReport(
            {path: f"pseudonym ({reason})" if reason else "kept" for path, reason in leaves.items()}
        )

    def redact(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A copy of the record without confidential values: JSON values with numbers as int or Decimal."""
        for attempt in range(_ATTEMPTS):
            self._attempt, self._counting = str(attempt or ""), not attempt
            found = self._object(self._top, record)
            if not self._sums.restore(record, found):
                return found
        # A wrong sum is better than the original one.
        return self._object(self._top, record)

    def label(self, path: str, value: Any) -> Any:
        """A single value as it is in redacted records, for example to name a stratum. ``path``: the physical name."""
        self._attempt, self._counting = "", False
        node = next(node for node in self._top.walk() if node.path == path)
        return self._leaf(node, value)

    def _object(self, node: Node, value: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, inner in value.items():
            child = node.children.get(name)
            if child is None:
                self._note_drop(node.path, name)
            else:
                found[child.name] = self._place(child, inner)
        return found

    def _place(self, node: Node, value: Any) -> Any:
        if value is None:
            return None
        if not node.children:
            return self._leaf(node, value)
        if isinstance(value, list):
            return [self._object(node, one) if isinstance(one, dict) else self._misfit(node, one) for one in value]
        return self._object(node, value) if isinstance(value, dict) else self._misfit(node, value)

    def _leaf(self, node: Node, value: Any) -> Any:
        leaf = self._leaves[node.path]
        if self._reasons.get(node.path):
            return self._hidden(node, leaf, value)
        if isinstance(value, dict | list) or any(leaf.find(value)):
            return self._misfit(node, value)
        if self._kept is not None and self._counting:
            self._kept(node.path, value)
        return value

    def _misfit(self, node: Node, value: Any) -> Any:
        """Redact a value that the contract does not expect here, so it does not allow showing it."""
        if value is not None and self._counting:
            self.report.misfits[node.path] += 1
        return self._hidden(node, self._leaves.get(node.path), value)

    def _hidden(self, node: Node, leaf: Leaf | None, value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, dict):
            for name in value:
                self._note_drop(node.path, name)
            return {}
        if isinstance(value, list):
            return [self._hidden(node, None, one) for one in value]
        cached = (node.path, type(value), str(value) if isinstance(value, Decimal) else value, self._attempt)
        if cached not in self._cache:
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            self._cache[cached] = self._pseudonym(node, leaf, value)
        found, unhidden = self._cache[cached]
        if unhidden and self._counting:
            self.report.unhidden[node.path] += 1
        return found

    def _pseudonym(self, node: Node, leaf: Leaf | None, value: Any) -> tuple[Any, bool]:
        """A value's pseudonym, and whether it could not be hidden."""
        allowed = list(node.constraints.get("enum", ())) if leaf else []
        if isinstance(value, bool):
            return value ^ bool(self._permutation.choose(node.path, 2, b"boolean")), True
        if value in allowed:
            return self._member(allowed, value), len(allowed) < _FEWEST
        accepts: Callable[[Any], bool] | None = (lambda one: not any(leaf.find(one))) if leaf else None
        if isinstance(value, str):
            text = self._texts.pseudonym(value, accepts)
            return text, bool(value) and text == value
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        number = self._numbers.pseudonym(exact, accepts, tweak=self._attempt)
        return number if isinstance(value, Decimal) else type(value)(number), number == exact

    def _member(self, allowed: list[Any], value: Any) -> Any:
        tweak = b"enum" if len(allowed) >= _FEWEST else b"few"
        place = self._permutation.derange([allowed.index(value)], [len(allowed)], tweak + repr(allowed).encode())
        return allowed[place[0]]

    def _note_drop(self, parent: str, name: str) -> None:
        if self._counting:
            self.report.drop(parent, name)
