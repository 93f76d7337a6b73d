"""The one reader of JSON that somebody else wrote: a file, an answer, a line. What is wrong with it is ``Unreadable``.

The decoder raises several kinds of errors, and takes figures that nothing can calculate with or print: a decimal of
1e999999999 is a few bytes in a file, and a gigabyte as soon as a report writes it out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, overload

import msgspec

from gameday.base.errors import GamedayError

T = TypeVar("T")

#: What the decoder may raise: broken JSON, a wrong type, bytes that are no text, too deep a nesting.
DECODER_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
#: Figures have at most so many digits before and after the point; no amount, time or count needs more.
MOST_DIGITS = 60

# A cheap look at the text: nearly every file has nothing like it, and need not be walked through. One pass makes alike
# all digits, what may be between them (1_000.5e-9) and cases, and then plain texts are searched, each as a pattern that
# begins with a rare letter: one pattern for all of them takes ten times as long, and ``in`` twice.
_ALIKE = bytes(ord("0") if 48 <= byte <= 57 or byte in b"+-._" else ord(bytes([byte]).lower()) for byte in range(256))
_EXPONENT = re.compile(rb"e00(?<=0e00)")
_MANY_DIGITS = b"0" * (MOST_DIGITS + 1)
#: Only as the whole of a text these are figures, and so before its end: "info" and "finance" are none.
_NO_FIGURES = (re.compile(b"nan"), re.compile(b"inf"))
_NO_FIGURE = re.compile(rb'(?:nan[^"\s\\]{0,60}|inf(?:inity)?)(?:\s|\\\w+)*"')


class Unreadable(ValueError):
    """A text is not the JSON that was expected. Its own text is the reason, in a clause."""


@overload
def decode(data: bytes | str | msgspec.Raw) -> Any: ...


@overload
def decode(data: bytes | str | msgspec.Raw, kind: type[T], *, strict: bool = True) -> T: ...


def decode(data: bytes | str | msgspec.Raw, kind: Any = Any, *, strict: bool = True) -> Any:
    """JSON as a ``kind``; unless ``strict``, numbers may be written as text. Raises Unreadable."""
    try:
        value = msgspec.json.decode(data, type=kind, strict=strict)
    except DECODER_ERRORS as problem:
        raise Unreadable(str(problem)[:200]) from None
    check_figures(data, value)
    return value


def read(path: Path, kind: type[T], *, what: str, hint: str = "") -> T:
    """A file of JSON, expected to be ``what``, as a ``kind``. Raises GamedayError that names the file."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise GamedayError(f"cannot read {path}: {problem.strerror}", hint=hint) from None
    try:
        return decode(data, kind)
    except Unreadable as problem:
        raise GamedayError(f"{path} is not {what}: {problem}", hint=hint) from None


def check_figures(data: bytes | str | msgspec.Raw, value: object) -> None:
    """Raise Unreadable if a figure in ``value``, read from ``data``, is none that anything can be calculated with."""
    if is_suspect(data) and (figure := _impossible(value)):
        raise Unreadable(f"the figure {figure} is out of range")


def is_suspect(data: bytes | str | msgspec.Raw) -> bool:
    """Whether a text may have such a figure: a cheap look, which nearly every text without one passes."""
    text = (data.encode(errors="replace") if isinstance(data, str) else bytes(data)).translate(_ALIKE)
    if _EXPONENT.search(text) or _MANY_DIGITS in text:
        return True
    return any(each.search(text) for each in _NO_FIGURES) and _NO_FIGURE.search(text) is not None


def _impossible(value: object) -> str:
    """The first figure that is out of range, in a few characters; empty if there is none."""
    match value:
        case Decimal():
            if not value.is_finite():
                return str(value)[:20]
            return f"{value:.3e}" if value and (value.adjusted() > MOST_DIGITS or _places(value) > MOST_DIGITS) else ""
        case bool() | str() | bytes() | None:
            return ""
        case int():
            return f"of {value.bit_length()} bits" if abs(value) >= 10**MOST_DIGITS else ""
        case float():
            return "" if math.isfinite(value) and abs(value) < 10.0**MOST_DIGITS else f"{value:.3e}"
        case msgspec.Struct():
            parts: Any = msgspec.structs.astuple(value)
        case Mapping():
            parts = value.values()
        case list() | tuple() | set() | frozenset():
            parts = value
        case _:
            return ""
    return next(filter(None, map(_impossible, parts)), "")


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
