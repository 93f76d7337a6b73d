"""The functions of texts that SuiteQL has besides the usual ones: characters, sounds and regular expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from gameday_fakes.netsuite.suiteql import QueryError, Unsupported
from gameday_fakes.sql.numbers import decimal
from gameday_fakes.sql.regex import BadExpression, Regex, Spans, compiled

#: The longest text, as of Oracle's VARCHAR2, and the most matches that are replaced.
LONGEST, MOST_MATCHES = 4_000, 4_000
_SOUNDS = {
    char: str(digit) for digit, chars in enumerate(("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), 1) for char in chars
}
_reference = re.compile(r"\\([1-9\\])")
_escaped = re.compile(r"\\([0-9A-Fa-f]{4}|\\)")


def functions() -> Iterator[tuple[str, int, Callable[..., Any]]]:
    """Each with its name and number of arguments; null in, null out."""
    yield "text_ascii", 1, lambda text: ord(str(text)[0])
    yield "text_chr", 1, _character
    yield "text_bytes", 1, lambda text: len(str(text).encode())
    yield "text_soundex", 1, _sound
    yield "text_translate", 3, _translated
    yield "text_asciistr", 1, lambda text: "".join(c if c.isascii() else _units(c) for c in str(text))
    yield "text_unistr", 1, _from_units
    for most, name, function in (
        (6, "regex_substr", _part),
        (6, "regex_instr", _place),
        (6, "regex_replace", _replaced),
    ):
        for count in range(2, most + 1):
            yield name, count, function


def _character(code: Any) -> str:
    number = int(decimal(code))
    if not 0 <= number < 0x110000 or 0xD800 <= number < 0xE000:
        raise QueryError("argument is out of range")
    return chr(number)


def _units(char: str) -> str:
    data = char.encode("utf-16-be")
    return "".join(f"\\{data[at : at + 2].hex().upper()}" for at in range(0, len(data), 2))


def _from_units(text: Any) -> str:
    units = _escaped.sub(lambda found: found[1] if found[1] == "\\" else chr(int(found[1], 16)), str(text))
    return units.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")


def _sound(text: Any) -> str:
    letters = [char for char in str(text).upper() if char.isascii() and char.isalpha()]
    if not letters:
        return ""
    shown, last = letters[0], _SOUNDS.get(letters[0], "")
    for letter in letters[1:]:
        sound = _SOUNDS.get(letter, "")
        shown += sound if sound != last else ""
        # H and W stand between letters of one sound, vowels part them.
        last = last if letter in "HW" else sound
    return shown[:4].ljust(4, "0")


def _translated(text: Any, old: Any, new: Any) -> str:
    given, wanted = str(old), str(new)
    table = {ord(char): wanted[at] if at < len(wanted) else None for at, char in reversed(list(enumerate(given)))}
    return str(text).translate(table)


# -- regular expressions ---------------------------------------------------------------------------------


def _expression(pattern: Any, options: Any) -> Regex:
    try:
        return compiled(str(pattern), str(options))
    except BadExpression as problem:
        raise Unsupported(f"the regular expression {str(pattern)[:40]!r}: {problem}") from None


def _matches(text: str, expression: Regex, start: int, most: int) -> Iterator[Spans]:
    at = start
    try:
        while most > 0 and at <= len(text) and (found := expression.search(text, at)) is not None:
            yield found
            most -= 1
            at = found[1] if found[1] > found[0] else found[1] + 1
    except BadExpression as problem:
        raise Unsupported(f"a regular expression: {problem}") from None


def _counted(value: Any, least: int = 1) -> int:
    number = int(decimal(value))
    if number < least:
        raise QueryError("argument is out of range")
    return number


def _nth(text: str, expression: Regex, start: Any, occurrence: Any) -> Spans | None:
    wanted = min(_counted(occurrence), MOST_MATCHES)
    found = list(_matches(text, expression, _counted(start) - 1, wanted))
    return found[-1] if len(found) == wanted else None


def _part(
    text: Any, pattern: Any, start: Any = 1, occurrence: Any = 1, options: Any = "c", group: Any = 0
) -> str | None:
    expression, number = _expression(pattern, options), _counted(group, 0)
    found = _nth(str(text), expression, start, occurrence)
    if found is None or number > expression.groups or found[2 * number] < 0:
        return None
    return str(text)[found[2 * number] : found[2 * number + 1]]


def _place(text: Any, pattern: Any, start: Any = 1, occurrence: Any = 1, after: Any = 0, options: Any = "c") -> int:
    found = _nth(str(text), _expression(pattern, options), start, occurrence)
    return 0 if found is None else found[1 if int(decimal(after)) else 0] + 1


def _replaced(text: Any, pattern: Any, new: Any = "", start: Any = 1, occurrence: Any = 0, options: Any = "c") -> str:
    shown, expression, nth = str(text), _expression(pattern, options), _counted(occurrence, 0)
    made, at = "", 0
    for number, found in enumerate(_matches(shown, expression, _counted(start) - 1, nth or MOST_MATCHES), 1):
        if nth in (0, number):
            made += shown[at : found[0]] + _reference.sub(lambda of: _group(shown, found, of[1]), str(new))  # noqa: B023
            at = found[1]
        if len(made) > LONGEST:
            raise QueryError(f"a text is longer than {LONGEST} characters")
    return made + shown[at:]


def _group(text: str, found: Spans, name: str) -> str:
    if name == "\\":
        return name
    place = 2 * int(name)
    return text[found[place] : found[place + 1]] if place < len(found) and found[place] >= 0 else ""
