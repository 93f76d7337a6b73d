"""Values as features write them: tables, limits, numbers."""

from __future__ import annotations

import re

from gameday.base.durations import PATTERN as D
from gameday.base.durations import parse_duration
from gameday.base.errors import GamedayError

Table = list[list[str]]
#: A number. Steps take negative ones too, so that the error is about the number and not about an unknown step.
N = r"-?\d+(?:\.\d+)?"
#: The largest number of anything that a step counts.
MOST = 1_000_000


def table(rows: Table | None) -> dict[str, str]:
    """A table of one header row and one row of values, as parameters."""
    if not rows:
        return {}
    if len(rows) != 2:
        raise GamedayError(
            f"a table of parameters has a row of names and a row of values, not {len(rows)} rows",
            hint="write the step again for another set of parameters",
        )
    if twice := sorted({name for name in rows[0] if rows[0].count(name) > 1}):
        raise GamedayError(f"{twice[0]!r} stands twice in a table", hint="give each parameter once")
    return {name: plain(name, value) for name, value in zip(rows[0], rows[1], strict=True)}


def limit_s(time: str) -> float:
    """How soon something has to happen (scenario seconds)."""
    limit_s = parse_duration(time)
    if not limit_s:
        raise GamedayError(f"within {time} is not possible", hint="it must be greater than 0")
    return limit_s


def plain(name: str, value: str) -> str:
    """A value of a table as a plain number: a share may be written as 30%, seconds as 2 min."""
    if re.fullmatch(rf"{N}\s*%", value):
        number = value.removesuffix("%").strip()
        return number if "percent" in name else f"{float(number) / 100:g}"
    if re.search(r"[ _]s$", name) and re.fullmatch(D, value):
        return f"{parse_duration(value):g}"
    return value


def whole(text: str, what: str = "deals") -> int:
    try:
        number = int(text) if len(text) <= len(str(MOST)) else MOST + 1
    except ValueError:
        raise GamedayError(f"{text[:40]!r} {what} is not possible", hint="it must be a whole number") from None
    if number > MOST:
        raise GamedayError(f"{text[:40]} {what} is not possible", hint=f"at most {MOST:,}")
    return number


def number(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise GamedayError(f"{what} {text!r} is not a number") from None
