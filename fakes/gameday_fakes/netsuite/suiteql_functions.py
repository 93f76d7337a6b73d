"""What the engine computes for SuiteQL: dates, numbers and texts as Oracle has them. Null in, null out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from gameday_fakes.netsuite import formats, suiteql_dates, suiteql_math, suiteql_texts
from gameday_fakes.netsuite.dates import AccountDates
from gameday_fakes.netsuite.suiteql import QueryError
from gameday_fakes.netsuite.suiteql_values import read_date
from gameday_fakes.sql import numbers
from gameday_fakes.sql.numbers import EXACT, decimal
from gameday_fakes.sql.source import moment

#: The longest text that a function makes, as of Oracle's VARCHAR2.
LONGEST = 4_000


def functions(dates: AccountDates) -> Mapping[tuple[str, int], Callable[..., Any]]:
    """All functions by name and number of arguments."""

    def date_text(value: str, wanted: str | None) -> str:
        return dates.show(suiteql_dates.read(value), wanted or "")

    def date_of(text: Any, wanted: str | None) -> str:
        return moment(read_date(str(text), wanted or "", dates))

    return {
        ("date_text", 2): lambda value, wanted: None if value is None else date_text(value, wanted),
        ("date_of", 2): lambda text, wanted: None if text is None else date_of(text, wanted),
        **{
            (name, arguments): _strict(function)
            for name, arguments, function in (
                *_FUNCTIONS,
                *suiteql_dates.FUNCTIONS,
                *suiteql_math.functions(),
                *suiteql_texts.functions(),
            )
        },
        **{(name, 2): numbers.of_two(function) for name, function in _ARITHMETIC.items()},
        ("text_concat", 2): lambda left, right: _bounded(f"{_shown(left)}{_shown(right)}") or None,
        ("num_least", -1): functools.partial(_best, min),
        ("num_greatest", -1): functools.partial(_best, max),
        ("least_of", -1): lambda *values: None if None in values else min(values),
        ("greatest_of", -1): lambda *values: None if None in values else max(values),
    }


def _strict(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*values: Any) -> Any:
        if None in values:
            return None
        found = function(*values)
        return found if found != "" else None

    return call


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def _bounded(text: str) -> str:
    if len(text) > LONGEST:
        raise QueryError(f"a text is longer than {LONGEST} characters")
    return text


def _best(choose: Callable[..., Any], *values: Any) -> Any:
    return None if None in values else choose(values, key=numbers.key)


# -- numbers ---------------------------------------------------------------------------------------------


def _divided(left: Decimal, right: Decimal) -> Decimal:
    if not right:
        raise QueryError("divisor is equal to zero")
    return decimal(numbers.plain(EXACT.divide(left, right)))


def _remainder(left: Decimal, right: Decimal) -> Decimal:
    return EXACT.remainder(left, right) if right else left


def _power(left: Decimal, right: Decimal) -> Decimal:
    if abs(right) > 400 or abs(left.adjusted()) * abs(right) > 400:
        raise QueryError("a number is out of range")
    try:
        return decimal(numbers.plain(EXACT.power(left, right)))
    except InvalidOperation:
        raise QueryError("a number is out of range") from None


_ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal | None]] = {
    "num_add": EXACT.add,
    "num_sub": EXACT.subtract,
    "num_mul": EXACT.multiply,
    "num_div": _divided,
    "num_mod": _remainder,
    "num_power": _power,
}


def _rounded(rounding: str) -> Callable[..., str]:
    def call(value: Any, places: Any = 0) -> str:
        number, wanted = decimal(value), int(decimal(places))
        if -wanted > number.adjusted() + 1 or not -60 < wanted < 60:
            return "0" if wanted < 0 else numbers.text(number)
        return numbers.plain(number.quantize(Decimal(1).scaleb(-wanted), rounding, EXACT))

    return call


def _number(text: Any) -> str:
    return numbers.text(decimal(str(text).strip()))


# -- texts -----------------------------------------------------------------------------------------------


def _substring(text: Any, start: Any, length: Any = LONGEST) -> str:
    shown, first, count = str(text), int(decimal(start)), int(decimal(length))
    at = first - 1 if first > 0 else max(len(shown) + first, 0) if first < 0 else 0
    return shown[at : at + count] if count > 0 else ""


def _position(text: Any, part: Any, start: Any = 1, occurrence: Any = 1) -> int:
    at = int(decimal(start)) - 1
    for _ in range(min(int(decimal(occurrence)), LONGEST)):
        at = str(text).find(str(part), max(at, 0)) + 1
        if not at:
            return 0
    return at


def _padded(*, left: bool) -> Callable[..., str]:
    def call(text: Any, length: Any, fill: Any = " ") -> str:
        shown, wanted = str(text), min(int(decimal(length)), LONGEST)
        padding = (str(fill) * LONGEST)[: max(0, wanted - len(shown))]
        return (padding + shown if left else shown + padding)[: max(wanted, 0)]

    return call


def _trimmed(text: Any, characters: Any, side: Any) -> str:
    shown, given = str(text), str(characters)
    return {"LEADING": shown.lstrip, "TRAILING": shown.rstrip}.get(side, shown.strip)(given)


_FUNCTIONS: tuple[tuple[str, int, Callable[..., Any]], ...] = (
    ("num_text", 2, lambda value, wanted: formats.show_number(decimal(value), wanted)),
    ("num_read", 2, formats.read_number),
    ("num_plain", 1, lambda value: numbers.plain(decimal(value))),
    ("num_of", 1, _number),
    ("num_abs", 1, lambda value: numbers.text(abs(decimal(value)))),
    ("num_sign", 1, lambda value: (decimal(value) > 0) - (decimal(value) < 0)),
    ("num_neg", 1, lambda value: numbers.text(-decimal(value))),
    *(("num_round", n, _rounded(ROUND_HALF_UP)) for n in (1, 2)),
    *(("num_trunc", n, _rounded(ROUND_DOWN)) for n in (1, 2)),
    ("num_ceil", 1, _rounded(ROUND_CEILING)),
    ("num_floor", 1, _rounded(ROUND_FLOOR)),
    ("text_upper", 1, lambda text: str(text).upper()),
    ("text_lower", 1, lambda text: str(text).lower()),
    ("text_initcap", 1, lambda text: str(text).title()),
    ("text_length", 1, lambda text: len(str(text))),
    *(("text_substr", n, _substring) for n in (2, 3)),
    *(("text_instr", n, _position) for n in (2, 3, 4)),
    *(("text_lpad", n, _padded(left=True)) for n in (2, 3)),
    *(("text_rpad", n, _padded(left=False)) for n in (2, 3)),
    ("text_trim", 3, _trimmed),
    ("text_replace", 3, lambda text, old, new: _bounded(str(text).replace(old, new))),
)


class TextList:
    """LISTAGG: the texts of a group, in the order of keys; ``directions`` has an A or a D for each key.

    Before these stands a U if each text is listed only once.
    """

    def __init__(self) -> None:
        self._rows: list[tuple[tuple[Any, ...], str]] = []
        self._separator, self._directions = "", ""

    def step(self, value: Any, separator: Any, directions: str, *keys: Any) -> None:
        if value is not None:
            self._separator, self._directions = _shown(separator), directions
            self._rows.append((keys, str(value)))

    def finalize(self) -> str | None:
        for number, direction in reversed(list(enumerate(self._directions.lstrip("U")))):
            self._rows.sort(
                key=lambda row, number=number: (row[0][number] is None, row[0][number] or 0),  # type: ignore[misc]
                reverse=direction == "D",
            )
        texts: Iterable[str] = (text for _, text in self._rows)
        if self._directions.startswith("U"):
            texts = dict.fromkeys(texts)
        return self._separator.join(texts)[:LONGEST] if self._rows else None
