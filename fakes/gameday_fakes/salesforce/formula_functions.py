"""The functions of formulas that take values and give one. Salesforce help, "Formula Functions A-Z".

Numbers are Decimals, dates and moments Python's own; an empty text is ``""``, everything else that is empty is None.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, ROUND_UP, Decimal, InvalidOperation
from typing import Any

import msgspec

from gameday_fakes.salesforce.ids import canonical

_DAY = datetime.timedelta(days=1)


class Function(msgspec.Struct, frozen=True):
    """``takes`` are the kinds of its arguments; with ``?`` at the end one may be left out, with ``*`` be repeated.

    It is called only if no argument is None, and gives None otherwise. Raises ArithmeticError and ValueError.
    """

    takes: tuple[str, ...]
    gives: str
    call: Callable[..., Any]


def rounded(number: Decimal, places: int) -> Decimal:
    """A number with so many digits after the point, halves away from 0. Raises InvalidOperation."""
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def shown(value: Any) -> str:
    """A value as ``TEXT`` gives it."""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
    if isinstance(value, datetime.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def _add_months(date: datetime.date, months: Decimal) -> datetime.date:
    """The same day so many months later; from the last day of a month, the last day of that one."""
    count = date.year * 12 + date.month - 1 + int(months)
    first = date.replace(year=count // 12, month=count % 12 + 1, day=1)
    last = (first + 31 * _DAY).replace(day=1) - _DAY
    if (date + _DAY).day == 1:
        return last
    return min(first.replace(day=1) + (date.day - 1) * _DAY, last)


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        raise ValueError("a text that is no number") from None
    if not number.is_finite() or abs(number.adjusted()) > _LARGEST:
        raise ValueError("a text that is no number")
    return number


def _is_number(text: str) -> bool:
    try:
        return bool(text) and _number(text) is not None
    except ValueError:
        return False


def _find(wanted: str, text: str, start: Decimal = Decimal(1)) -> Decimal:
    return Decimal(text.find(wanted, max(int(start), 1) - 1) + 1 if wanted else 0)


def _middle(text: str, start: Decimal, count: Decimal) -> str:
    first = max(int(start), 1) - 1
    return text[first : first + max(int(count), 0)]


def _padded(text: str, length: Decimal, filling: str, *, left: bool) -> str:
    wanted = min(int(length), _LONGEST)
    missing = (filling * max(wanted - len(text), 0))[: max(wanted - len(text), 0)]
    return (missing + text if left else text + missing)[:wanted]


def _matches(text: str, pattern: str) -> bool:
    try:
        return re.fullmatch(pattern, text, re.ASCII) is not None
    except re.error:
        raise ValueError("a regular expression that is not understood") from None


def _date_value(value: str | datetime.datetime) -> datetime.date:
    return value.date() if isinstance(value, datetime.datetime) else datetime.date.fromisoformat(value)


def _moment_value(value: str | datetime.date) -> datetime.datetime:
    if isinstance(value, datetime.date):
        return datetime.datetime.combine(value, datetime.time(), datetime.UTC)
    return datetime.datetime.fromisoformat(value.replace(" ", "T", 1)).replace(tzinfo=datetime.UTC)


def _modulo(number: Decimal, divisor: Decimal) -> Decimal:
    return number - divisor * (number / divisor).to_integral_value(ROUND_FLOOR)


def _whole_power(base: Decimal, exponent: Decimal) -> Decimal:
    if exponent != int(exponent) or abs(exponent) > _LARGEST_EXPONENT:
        raise ValueError("a power that is not a small whole number")
    return base ** int(exponent)


_LARGEST, _LARGEST_EXPONENT, _LONGEST = 30, 64, 3_900

FUNCTIONS: dict[str, Function] = {
    "ABS": Function(("number",), "number", abs),
    "ADDMONTHS": Function(("date", "number"), "date", _add_months),
    "BEGINS": Function(("text", "text"), "boolean", lambda text, start: text.startswith(start)),
    "CASESAFEID": Function(("text",), "text", lambda id_: canonical(id_) or ""),
    # Away from 0 and towards it, unlike MCEILING and MFLOOR.
    "CEILING": Function(("number",), "number", lambda number: number.to_integral_value(ROUND_UP)),
    "FLOOR": Function(("number",), "number", lambda number: number.to_integral_value(ROUND_DOWN)),
    "MCEILING": Function(("number",), "number", lambda number: number.to_integral_value(ROUND_CEILING)),
    "MFLOOR": Function(("number",), "number", lambda number: number.to_integral_value(ROUND_FLOOR)),
    "CONTAINS": Function(("text", "text"), "boolean", lambda text, part: part in text),
    "DATE": Function(
        ("number", "number", "number"),
        "date",
        lambda year, month, day: datetime.date(int(year), int(month), int(day)),
    ),
    "DATETIMEVALUE": Function(("text|date",), "datetime", _moment_value),
    "DATEVALUE": Function(("text|datetime",), "date", _date_value),
    "DAY": Function(("date",), "number", lambda date: Decimal(date.day)),
    "FIND": Function(("text", "text", "number?"), "number", _find),
    "INCLUDES": Function(("picklists", "text"), "boolean", lambda values, one: one in values.split(";")),
    "ISNUMBER": Function(("text",), "boolean", _is_number),
    "ISPICKVAL": Function(("picklist", "text"), "boolean", lambda value, one: value == one),
    "LEFT": Function(("text", "number"), "text", lambda text, count: text[: max(int(count), 0)]),
    "LEN": Function(("text",), "number", lambda text: Decimal(len(text))),
    "LOWER": Function(("text", "text?"), "text", lambda text, *_: text.lower()),
    "LPAD": Function(
        ("text", "number", "text?"), "text", lambda text, length, by=" ": _padded(text, length, by, left=True)
    ),
    "MAX": Function(("number", "number*"), "number", max),
    "MID": Function(("text", "number", "number"), "text", _middle),
    "MIN": Function(("number", "number*"), "number", min),
    "MOD": Function(("number", "number"), "number", _modulo),
    "MONTH": Function(("date",), "number", lambda date: Decimal(date.month)),
    "REGEX": Function(("text", "text"), "boolean", _matches),
    "RIGHT": Function(
        ("text", "number"), "text", lambda text, count: text[len(text) - min(max(int(count), 0), len(text)) :]
    ),
    "ROUND": Function(("number", "number"), "number", lambda number, places: rounded(number, int(places))),
    "RPAD": Function(
        ("text", "number", "text?"), "text", lambda text, length, by=" ": _padded(text, length, by, left=False)
    ),
    "SQRT": Function(("number",), "number", Decimal.sqrt),
    "SUBSTITUTE": Function(
        ("text", "text", "text"), "text", lambda text, old, new: text.replace(old, new) if old else text
    ),
    "TRIM": Function(("text",), "text", str.strip),
    "UPPER": Function(("text", "text?"), "text", lambda text, *_: text.upper()),
    "VALUE": Function(("text",), "number", _number),
    # Sunday is 1.
    "WEEKDAY": Function(("date",), "number", lambda date: Decimal(date.isoweekday() % 7 + 1)),
    "YEAR": Function(("date",), "number", lambda date: Decimal(date.year)),
    "NEGATED": Function(("number",), "number", lambda number: -number),
    "*": Function(("number", "number"), "number", lambda one, other: one * other),
    "/": Function(("number", "number"), "number", lambda one, other: one / other),
    "^": Function(("number", "number"), "number", _whole_power),
    "&": Function(("text", "text"), "text", lambda one, other: one + other),
}

#: Sums and differences by the kinds of both sides.
SUMS: dict[tuple[str, str, str], Function] = {
    ("+", "number", "number"): Function((), "number", lambda one, other: one + other),
    ("-", "number", "number"): Function((), "number", lambda one, other: one - other),
    ("+", "text", "text"): Function((), "text", lambda one, other: one + other),
    # Of a date only whole days count.
    ("+", "date", "number"): Function((), "date", lambda date, days: date + int(days) * _DAY),
    ("-", "date", "number"): Function((), "date", lambda date, days: date - int(days) * _DAY),
    ("-", "date", "date"): Function((), "number", lambda one, other: Decimal((one - other).days)),
    ("+", "datetime", "number"): Function((), "datetime", lambda moment, days: moment + float(days) * _DAY),
    ("-", "datetime", "number"): Function((), "datetime", lambda moment, days: moment - float(days) * _DAY),
    ("-", "datetime", "datetime"): Function(
        (), "number", lambda one, other: Decimal(str((one - other).total_seconds())) / 86_400
    ),
}
