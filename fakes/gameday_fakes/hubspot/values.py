"""Values of properties: whatever a request writes becomes a text, or is refused."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from gameday_fakes.hubspot import moments
from gameday_fakes.hubspot.errors import BadValue
from gameday_fakes.hubspot.property import Property

_LONGEST = 65_536
_LONGEST_NUMBER = 40


class NotAValue(ValueError):
    """A value that a property cannot have."""

    def __init__(self, bad: BadValue) -> None:
        super().__init__(bad.message)
        self.bad = bad


def coerce(of: Property, given: Any) -> str:
    """A value as records keep it, empty for none. Raises NotAValue."""
    text = text_of(given)
    if text is None:
        raise _bad(of, "INVALID_VALUE", f"{of.name} must be a text", "")
    if text == "":
        return ""
    if len(text) > _LONGEST:
        raise _bad(of, "VALUE_TOO_LONG", f"{of.name} has more than {_LONGEST:,} characters", text[:80])
    checked: str = _CHECKS[of.type](of, text)
    return checked


def text_of(given: Any) -> str | None:
    """The text of a value of JSON; None for an object or a list."""
    match given:
        case None:
            return ""
        case bool():
            return str(given).lower()
        case str():
            return given
        case int():
            return str(given)
        case Decimal():
            return f"{given:f}" if given.is_finite() and abs(given.adjusted()) < _LONGEST_NUMBER else None
    return None


def number(text: str | None) -> Decimal:
    """The number of a property, 0 for none."""
    return Decimal(text) if text else Decimal(0)


def _number(of: Property, text: str) -> str:
    try:
        value = Decimal(text) if len(text) <= _LONGEST_NUMBER and text == text.strip() and "_" not in text else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite() or abs(value.adjusted()) > _LONGEST_NUMBER:
        raise _bad(of, "INVALID_NUMBER", f"{text[:80]} was not a valid number.", text)
    return text if "e" not in text.lower() else f"{value:f}"


def _date(of: Property, text: str) -> str:
    return moments.stamp(_milliseconds(of, text))[:10]


def _datetime(of: Property, text: str) -> str:
    return moments.value(_milliseconds(of, text))


def _milliseconds(of: Property, text: str) -> int:
    try:
        return moments.milliseconds(text)
    except (ValueError, OverflowError):
        raise _bad(of, "INVALID_DATE", f"{text[:80]} was not a valid date.", text) from None


def _bool(of: Property, text: str) -> str:
    if text.lower() not in ("true", "false"):
        raise _bad(of, "INVALID_OPTION", f"{text[:80]} was not one of the allowed options: [true, false]", text)
    return text.lower()


def _enumeration(of: Property, text: str) -> str:
    known = {option.value for option in of.options}
    chosen = text.split(";") if of.field_type == "checkbox" else [text]
    for each in chosen:
        if not of.external and each not in known:
            listed = ", ".join(
                f'label: "{option.label}"\nvalue: "{option.value}"\ndisplay_order: {option.display_order}\n'
                f"hidden: {str(option.hidden).lower()}\nread_only: false\n"
                for option in of.options
            )
            message = f"{each[:80]} was not one of the allowed options: [{listed}]"
            raise _bad(of, "INVALID_OPTION", message, text)
    return text


_CHECKS = {
    "string": lambda _, text: text,
    "number": _number,
    "date": _date,
    "datetime": _datetime,
    "bool": _bool,
    "enumeration": _enumeration,
}


def _bad(of: Property, code: str, message: str, value: str) -> NotAValue:
    return NotAValue(BadValue(of.name, code, message, value[:200]))
