"""Generates valid records for a contract's fields from a seed: for tests, drafts and trying a contract out."""

from __future__ import annotations

import datetime
import functools
import math
import random
import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from gameday.base.errors import GamedayError
from gameday.base.money import decimals_of
from gameday.model.contract import Field
from gameday.records.constraints import allowed_values, read_count
from gameday.records.meaning import Meaning, read_meaning
from gameday.records.moments import read_format
from gameday.records.normal import encode_record, put
from gameday.records.numbers import LARGEST, number_bounds
from gameday.records.tree import Node, read_shape
from gameday.records.validator import Validator
from gameday_fakes.manifests import named_by, readable_fields

CURRENCIES = ("EUR", "USD", "GBP", "JPY", "KWD")

_ATTEMPTS = 50
_LETTERS = string.ascii_uppercase + string.digits
_PRINTABLE = string.digits + string.ascii_letters + string.punctuation + " "
_FIRST_DAY = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
_SPAN_S = 366 * 86400
_STRFTIME = {
    "yyyy": "%Y",
    "uuuu": "%Y",
    "MM": "%m",
    "M": "%m",
    "dd": "%d",
    "d": "%d",
    "HH": "%H",
    "H": "%H",
    "mm": "%M",
}
_STRFTIME |= {"ss": "%S", "S": "0", "SSS": "000", "SSSSSS": "%f", "X": "Z", "XX": "Z", "XXX": "Z", "Z": "+0000"}
# One part of a pattern and its repetition: a class, an escaped letter, or a literal letter.
_PART = re.compile(r"(\[[^\]]+\]|\\.|[^\\\[\](){}|*+?.^$])(\{\d+(?:,\d*)?\}|[*+?])?")
# A group that comes a fixed number of times.
_GROUP = re.compile(r"\((?:\?:)?([^()|]{1,100})\)\{(\d{1,2})\}")
_MOST_REPEATS = 8


def make_records(fields: Sequence[Field], count: int, *, seed: int = 0, most_lines: int = 5) -> Iterator[bytes]:
    """Valid records with unique keys, each with one to ``most_lines`` line items, as JSON on one line.

    The same fields and seed give the same records. Raises GamedayError naming a field for which it finds no valid
    value, such as one whose pattern has alternatives.
    """
    maker = RecordMaker(fields, seed, most_lines)
    for number in range(1, count + 1):
        yield maker.make(number)


class RecordMaker:
    """Makes valid records one by one."""

    def __init__(self, fields: Sequence[Field], seed: int, most_lines: int) -> None:
        shape = read_shape(fields)
        self._top = shape.top
        self._meaning: Meaning = read_meaning(shape)
        self._validator = Validator(fields)
        self._random = random.Random(seed)
        self._most_lines = most_lines
        self._number = 0
        self._item = 0
        self._fixed: Mapping[str, Any] = {}

    def make(self, number: int, fixed: Mapping[str, Any] = MappingProxyType({})) -> bytes:
        """The record of that number. ``fixed``: values by physical name.

        The amount of a record is always the sum of its lines. Raises GamedayError if it finds no valid record.
        """
        self._number, self._fixed = number, fixed
        problem = ""
        for _ in range(_ATTEMPTS):
            record = self._object(self._top)
            self._settle(record)
            data = encode_record(record)
            problems = self._validator.examine(data).problems
            if not problems:
                return data
            problem = problems[0].message
        raise GamedayError(f"cannot make a valid record: {problem}")

    def _object(self, node: Node) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, child in node.children.items():
            if child.path in self._fixed:
                made[name] = self._fixed[child.path]
            elif child.is_list and child.children:
                low = max(read_count(child, "minItems") or 1, 1)
                items = range(1, self._random.randint(low, max(low, self._most_lines)) + 1)
                made[name] = [self._item_of(child, item) for item in items]
            elif child.children:
                made[name] = self._object(child)
            elif child.required or self._random.random() < 0.9:
                made[name] = self._value(child)
        return made

    def _item_of(self, node: Node, item: int) -> dict[str, Any]:
        self._item = item
        return self._object(node)

    def _value(self, node: Node) -> Any:
        allowed = allowed_values(node)
        if allowed:
            return self._random.choice(allowed)
        return _MAKERS.get(node.kind, _MAKERS["string"])(self, node)

    def _settle(self, record: dict[str, Any]) -> None:
        """Round the money to the decimals of its currency, and set the record's amount to the sum of its lines."""
        meaning = self._meaning
        currency = self._at(record, meaning.currency)
        code = named_by(currency) if isinstance(currency, dict) else currency
        step = Decimal(1).scaleb(-decimals_of(str(code)))
        items = self._at(record, meaning.lines) or []
        parent = f"{meaning.main.name}{meaning.key.name}" if meaning.key else ""
        for item in items:
            if parent in item:  # the reference to the record that has the line, as some vendors name it
                item[parent] = self._at(record, meaning.key)
        for nodes, places in ((meaning.line_money, items), (meaning.money, [self._at(record, meaning.main)])):
            for node in nodes:
                for place in places:
                    if isinstance(place.get(node.name), Decimal):
                        place[node.name] = place[node.name].quantize(step)
        if meaning.amount is not None and meaning.line_total is not None:
            totals = [item[meaning.line_total.name] for item in items if meaning.line_total.name in item]
            if len(totals) == len(items):
                put(record, meaning.amount.path.split("."), sum(totals, Decimal(0)))

    @staticmethod
    def _at(record: dict[str, Any], node: Node | None) -> Any:
        value: Any = record
        for name in node.path.split(".") if node else ():
            value = value.get(name) if isinstance(value, dict) else None
        return value if node else None

    def text(self, node: Node) -> str:
        meaning = self._meaning
        if node is meaning.currency:
            return self._random.choice(CURRENCIES)
        if "pattern" in node.constraints:
            return self._matching(node)
        low, high = read_count(node, "minLength") or 0, read_count(node, "maxLength")
        key = f"{self._number:09d}" + (f"{self._item:03d}" if node is not meaning.key else "")
        if node in (meaning.key, meaning.line_key) and (high is None or high >= len(key)):
            return key.rjust(low, "0")
        length = self._random.randint(max(low, 1), max(low, 1, min(high if high is not None else 12, max(low, 12))))
        return "".join(self._random.choices(_LETTERS, k=length))

    def _matching(self, node: Node) -> str:
        low, high = read_count(node, "minLength") or 0, read_count(node, "maxLength")
        parts = _PART.findall(_GROUP.sub(lambda group: group[1] * int(group[2]), str(node.constraints["pattern"])))
        texts = []
        for part, quantifier in parts:
            least, most = _repeats(quantifier)
            if most is None:
                least = max(least, low) if len(parts) == 1 else least
                most = least + _MOST_REPEATS if high is None else max(least, high)
            texts += self._random.choices(_letters(part), k=self._random.randint(least, most))
        return "".join(texts)

    def number(self, node: Node) -> Decimal | int:
        low, high, _ = number_bounds(node)
        low = max(low, Decimal(0)) if high >= 0 else max(low, high - 1000)
        high = min(high, low + 1000)
        scale = 1 if node.kind == "integer" else 100
        least, most = math.ceil(low * scale), math.floor(min(high, LARGEST) * scale)
        if least > most:
            raise GamedayError(f"no value is within the limits of {node.path}")
        drawn = self._random.randint(least, most)
        return drawn if node.kind == "integer" else Decimal(drawn).scaleb(-2)

    def moment(self, node: Node) -> str:
        form = read_format(node.kind, node.constraints, node.path)
        moment = _FIRST_DAY + datetime.timedelta(seconds=self._random.randrange(_SPAN_S))
        if form.is_default:
            zone = "" if form.zoned is False else "+0000"
            written = {"date": "%Y-%m-%d", "time": "%H:%M:%S", "timestamp": f"%Y-%m-%dT%H:%M:%S.000{zone}"}[node.kind]
        else:
            pieces = re.findall(r"'([^']*)'|(([A-Za-z])\3*)|(.)", str(node.constraints["format"]))
            written = "".join(
                _STRFTIME[letters] if letters else quoted or other for quoted, letters, _, other in pieces
            )
        return moment.strftime(written)

    def structure(self, node: Node) -> dict[str, Any]:
        if node is self._meaning.currency:
            return dict.fromkeys(readable_fields(), self._random.choice(CURRENCIES))
        return dict.fromkeys(map(str, node.constraints.get("required", ["id"])), "x")

    def items(self, node: Node) -> list[int]:
        count = read_count(node, "dimensions") if node.kind == "vector" else read_count(node, "minItems")
        return list(range(count or 0))


_MAKERS: dict[str, Callable[[RecordMaker, Node], Any]] = {
    "string": RecordMaker.text,
    "number": RecordMaker.number,
    "integer": RecordMaker.number,
    "boolean": lambda maker, _: maker._random.random() < 0.5,
    "date": RecordMaker.moment,
    "time": RecordMaker.moment,
    "timestamp": RecordMaker.moment,
    "object": RecordMaker.structure,
    "map": RecordMaker.structure,
    "array": RecordMaker.items,
    "vector": RecordMaker.items,
}


def _repeats(quantifier: str) -> tuple[int, int | None]:
    """The minimum and maximum repetitions of a part of a pattern.

    >>> _repeats("{2,5}"), _repeats("+"), _repeats("")
    ((2, 5), (1, None), (1, 1))
    """
    if quantifier in _SIGNS:
        return _SIGNS[quantifier]
    least, comma, most = quantifier.strip("{}").partition(",")
    return int(least), int(most) if most else None if comma else int(least)


_SIGNS: dict[str, tuple[int, int | None]] = {"": (1, 1), "?": (0, 1), "*": (0, None), "+": (1, None)}


@functools.cache
def _letters(part: str) -> tuple[str, ...]:
    return tuple(letter for letter in _PRINTABLE if re.fullmatch(part, letter)) or ("?",)
