"""The conditions of the query parameter ``q``: read into what a record is tested with.

Sources: docs.oracle.com, "Set the REST Framework Version" and "Query Parameters" of the REST guides: in version 1 a
query by example, conditions separated by semicolons; from version 2 on expressions with ``and``, ``or``, ``not`` and
parentheses, in which texts are in quotes. That a semicolon is refused from version 2 on is [R].
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from gameday_fakes.odata import values
from gameday_fakes.odata.model import EntitySet, Property
from gameday_fakes.odata.records import Record
from gameday_fakes.oracle_fusion.errors import refused
from gameday_fakes.oracle_fusion.store import PodStore

#: The longest query and the deepest parentheses.
_LONGEST, _DEEPEST = 8000, 50
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")"
    r"|(?P<operator><=|>=|!=|<>|=|<|>|\(|\)|,|;)"
    r"|(?P<word>[^\s'\"()<>=!,;]+))"
)
_COMPARED = ("=", "!=", "<>", "<", "<=", ">", ">=")
#: From this version of the framework on, ``q`` is an expression.
EXPRESSIONS = 2

Test = Callable[[Record], bool]


class Condition(msgspec.Struct, frozen=True):
    """A test of records; where all that pass have one of some values of an attribute, these are ``among``."""

    test: Test
    attribute: str = ""
    among: tuple[Any, ...] = ()


def parse(text: str, of: EntitySet, store: PodStore, version: int) -> Condition:
    """The condition of a query. Raises ODataError."""
    if len(text) > _LONGEST:
        raise refused("bad_filter")
    return _Parser(_tokens(text), of, store, version).whole()


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at, text = [], 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise refused("bad_filter")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], of: EntitySet, store: PodStore, version: int) -> None:
        self._tokens = tokens
        self._of = of
        self._store = store
        self._by_example = version < EXPRESSIONS
        self._at = 0
        self._depth = 0

    def whole(self) -> Condition:
        parts = [self._either()]
        while self._by_example and self._takes(";"):
            if self._at < len(self._tokens):
                parts.append(self._either())
        if self._at < len(self._tokens):
            raise refused("bad_filter")
        return _all(parts)

    # -- grammar -------------------------------------------------------------------------------------

    def _either(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise refused("bad_filter")
        parts = [self._both()]
        while self._word("or"):
            parts.append(self._both())
        self._depth -= 1
        if len(parts) == 1:
            return parts[0]
        tests = [each.test for each in parts]
        names = {each.attribute for each in parts}
        among = tuple(value for each in parts for value in each.among)
        shared = names.pop() if len(names) == 1 else ""
        return Condition(lambda record: any(test(record) for test in tests), shared, among if shared else ())

    def _both(self) -> Condition:
        parts = [self._one()]
        while self._word("and"):
            parts.append(self._one())
        return _all(parts)

    def _one(self) -> Condition:
        if self._word("not"):
            inner = self._one().test
            return Condition(lambda record: not inner(record))
        if self._takes("("):
            found = self._either()
            self._need(")")
            return found
        return self._comparison()

    def _comparison(self) -> Condition:
        kind, path = self._next()
        if kind != "word":
            raise refused("bad_filter")
        each, reads = self._attribute(path)
        name = each.name if "." not in path else ""
        if self._word("is"):
            wanted = not self._word("not")
            if not self._word("null"):
                raise refused("bad_filter")
            return Condition(lambda record: any((value is None) == wanted for value in reads(record)))
        negated = self._word("not")
        if self._word("in"):
            self._need("(")
            among = [self._literal(each)]
            while self._takes(","):
                among.append(self._literal(each))
            self._need(")")
            kept = frozenset(among)
            found = Condition(lambda record: any(value in kept for value in reads(record)), name, tuple(among))
        elif self._word("between"):
            low = self._literal(each)
            if not self._word("and"):
                raise refused("bad_filter")
            high = self._literal(each)
            found = Condition(lambda record: any(v is not None and low <= v <= high for v in reads(record)))
        elif self._word("like"):
            pattern = _pattern(self._literal(each))
            found = Condition(lambda record: any(v is not None and pattern.fullmatch(str(v)) for v in reads(record)))
        else:
            found = self._compared(each, name, reads)
        if not negated:
            return found
        inner = found.test
        return Condition(lambda record: not inner(record))

    def _compared(self, each: Property, name: str, reads: Callable[[Record], Sequence[Any]]) -> Condition:
        kind, sign = self._next()
        if kind != "operator" or sign not in _COMPARED:
            raise refused("bad_filter")
        wanted = self._literal(each)
        if sign == "=":
            return Condition(lambda record: any(value == wanted for value in reads(record)), name, (wanted,))
        if sign in ("!=", "<>"):
            return Condition(lambda record: any(value != wanted for value in reads(record)))
        if isinstance(wanted, bool):
            raise refused("bad_filter")
        compare = _ORDERS[sign]
        return Condition(lambda record: any(v is not None and compare(v, wanted) for v in reads(record)))

    # -- operands ------------------------------------------------------------------------------------

    def _attribute(self, path: str) -> tuple[Property, Callable[[Record], Sequence[Any]]]:
        """An attribute by its name, or by its path in children from version 2 on, and how its values are read."""
        *accessors, name = path.split(".")
        of, steps = self._of, []
        for accessor in accessors if not self._by_example else ["?"] * len(accessors):
            navigation = of.navigations.get(accessor)
            if navigation is None:
                raise self._unknown(path)
            steps.append((of, navigation))
            of = self._store.schema.sets[navigation.to]
        each = of.called(name)
        if each is None:
            raise self._unknown(path)
        own, store = each.name, self._store

        def reads(record: Record) -> Sequence[Any]:
            found = [record.values]
            for parent, navigation in steps:
                found = [child for one in found for child in store.related_values(parent, one, navigation)]  # type: ignore[misc]
            return [one[own] for one in found]

        return each, reads

    @staticmethod
    def _unknown(path: str) -> Exception:
        return refused("bad_filter", f"URL request parameter q cannot be used in this context: {path[:80]}.")

    def _literal(self, each: Property) -> Any:
        kind, text = self._next()
        if kind == "operator":
            raise refused("bad_filter")
        if kind == "text":
            quote = text[0]
            text = text[1:-1].replace(quote * 2, quote)
        elif each.type == "Edm.String" and not self._by_example:
            # A word without quotes is the name of an attribute.
            raise refused("bad_filter")
        if each.type == "Edm.Boolean":
            if text.lower() not in ("true", "false"):
                raise refused("bad_filter")
            return text.lower() == "true"
        if each.type == "Edm.String":
            # What is longer than the attribute is equal to none.
            return text
        return values.read(text, each, self._store.schema)

    # -- tokens --------------------------------------------------------------------------------------

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise refused("bad_filter")
        self._at += 1
        return self._tokens[self._at - 1]

    def _takes(self, sign: str) -> bool:
        return self._is(("operator", sign))

    def _word(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at][0] == "word":
            return self._is(("word", self._tokens[self._at][1])) if self._tokens[self._at][1].lower() == word else False
        return False

    def _is(self, token: tuple[str, str]) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at] == token
        self._at += found
        return found

    def _need(self, sign: str) -> None:
        if not self._takes(sign):
            raise refused("bad_filter")


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _all(parts: Sequence[Condition]) -> Condition:
    if len(parts) == 1:
        return parts[0]
    tests = [each.test for each in parts]
    narrow = next((each for each in parts if each.attribute), parts[0])
    return Condition(lambda record: all(test(record) for test in tests), narrow.attribute, narrow.among)


def _pattern(text: Any) -> re.Pattern[str]:
    """A pattern with ``%`` and ``*`` for any characters."""
    parts = re.split("[%*]+", str(text))
    return re.compile(".*".join(map(re.escape, parts)), re.DOTALL)
