"""The conditions of SOQL, of WHERE and of HAVING: from words to a syntax tree."""

from __future__ import annotations

from abc import abstractmethod
from typing import Literal

from gameday_fakes.salesforce.soql_tokens import Reader
from gameday_fakes.salesforce.soql_tree import Call, Comparison, Condition, Group, Name, Not, Operator, Query, Value

#: How deep conditions may be nested; real queries are never deeper.
DEEPEST = 40

_OPERATORS: dict[str, Operator] = {
    "=": "=",
    "!=": "!=",
    "<>": "!=",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
    "LIKE": "LIKE",
}


class ConditionReader(Reader):
    """Reads conditions. Raises Refused (MALFORMED_QUERY)."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    @abstractmethod
    def expression(self) -> Name | Call:
        """A field, or a function of one."""

    @abstractmethod
    def statement(self) -> Query:
        """A statement within a condition."""

    def condition(self) -> Condition:
        """Several conditions, or one."""
        self._deeper()
        first = self._single()
        conditions = [first]
        joint = self.peek().text.upper()
        while joint in ("AND", "OR") and self.take(joint):
            conditions.append(self._single())
            following = self.peek().text.upper()
            if following in ("AND", "OR") and following != joint:
                # Salesforce wants parentheses where AND and OR meet.
                raise self.unexpected()
        self._depth -= 1
        word: Literal["AND", "OR"] = "AND" if joint == "AND" else "OR"
        return first if len(conditions) == 1 else Group(word, tuple(conditions))

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.refused(self.peek().position, "the conditions are nested too deeply")

    def _single(self) -> Condition:
        if self.take("NOT"):
            self._deeper()
            turned = Not(self._single())
            self._depth -= 1
            return turned
        if self.take("("):
            inner = self.condition()
            self.need(")")
            return inner
        left = self.expression()
        token = self.advance()
        word = token.text.upper()
        if word == "IN" or (word == "NOT" and self.take("IN")):
            return self._in(left, "IN" if word == "IN" else "NOT IN")
        if word in ("INCLUDES", "EXCLUDES"):
            return Comparison(left, "INCLUDES" if word == "INCLUDES" else "EXCLUDES", self._values())
        operator = _OPERATORS.get(word)
        if operator is None:
            raise self.refused(token.position, f"unexpected token: '{token.text}'")
        return Comparison(left, operator, (self.literal(),))

    def _in(self, left: Name | Call, operator: Literal["IN", "NOT IN"]) -> Comparison:
        if self.peek().text == "(" and self.peek(1).text.upper() == "SELECT":
            self._deeper()
            self.advance()
            query = self.statement()
            self.need(")")
            self._depth -= 1
            return Comparison(left, operator, (), query)
        return Comparison(left, operator, self._values())

    def _values(self) -> tuple[Value, ...]:
        self.need("(")
        values = tuple(self.listed(self.literal))
        self.need(")")
        return values
