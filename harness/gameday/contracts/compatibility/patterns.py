"""Reads regular expressions of ECMA 262, as contracts have them, as languages that can be compared.

Patterns that are not regular (back references, lookaround), or that need Unicode tables or word boundaries, are not
read, and nothing is concluded about them.
"""

from __future__ import annotations

import functools
import re

from gameday.contracts.compatibility.languages import (
    ANYTHING,
    EMPTY,
    LAST_CHARACTER,
    Characters,
    Language,
    Ranges,
    TooLarge,
    choice,
    holds,
    repeated,
    sequence,
)

_LONGEST = 200
_MOST_REPEATS = 1000
_DIGITS: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
#: White space and ends of lines of ECMA 262.
_SPACE: Ranges = (
    (9, 13),
    (32, 32),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
)
_LINE_ENDS: Ranges = ((10, 10), (13, 13), (0x2028, 0x2029))
_CONTROLS = {"n": 10, "r": 13, "t": 9, "f": 12, "v": 11}
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_COUNT = re.compile(r"\{(\d{1,4})(,(\d{1,4})?)?\}")
_CODE = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})")


class NotRead(Exception):
    """The pattern cannot be compared."""


def lets_through(pattern: str, other: str) -> bool | None:
    """Whether ``pattern`` accepts every text that ``other`` accepts; None if that cannot be decided.

    >>> lets_through("^[A-Z]{3,4}$", "^[A-Z]{3}$"), lets_through("^[A-Z]{3}$", "^[A-Z]{3,4}$")
    (True, False)
    """
    try:
        return holds(read_pattern(pattern), read_pattern(other))
    except (NotRead, TooLarge, RecursionError):
        return None


@functools.lru_cache
def read_pattern(pattern: str) -> Language:
    """The texts that a pattern is found in. Raises NotRead for a pattern that cannot be compared."""
    if len(pattern) > _LONGEST:
        raise NotRead
    reader = _Reader(pattern)
    found = reader.alternatives(top=True)
    if reader.rest:
        raise NotRead
    return found


def complement(ranges: Ranges) -> Ranges:
    """Every other character."""
    found, start = [], 0
    for low, high in sorted(ranges):
        if low > start:
            found.append((start, low - 1))
        start = max(start, high + 1)
    return (*found, *(((start, LAST_CHARACTER),) if start <= LAST_CHARACTER else ()))


class _Reader:
    """Reads from the left; ``rest`` is the unread part."""

    def __init__(self, rest: str) -> None:
        self.rest = rest

    def _take(self, text: str) -> bool:
        if not self.rest.startswith(text):
            return False
        self.rest = self.rest[len(text) :]
        return True

    def _next(self) -> str:
        if not self.rest:
            raise NotRead
        character, self.rest = self.rest[0], self.rest[1:]
        return character

    def alternatives(self, *, top: bool) -> Language:
        options = [self._alternative(top)]
        while self._take("|"):
            options.append(self._alternative(top))
        return choice(options)

    def _alternative(self, top: bool) -> Language:
        """Reads anchors at the ends of the pattern's alternatives only; without an anchor, any text may be there."""
        begun = top and self._take("^")
        parts: list[Language] = []
        ended = False
        while self.rest and self.rest[0] not in "|)":
            if top and self._take("$"):
                ended = True
                if self.rest and self.rest[0] != "|":
                    raise NotRead
                break
            parts.append(self._repeated(self._one()))
        if top and not begun:
            parts.insert(0, ANYTHING)
        if top and not ended:
            parts.append(ANYTHING)
        whole: Language = EMPTY
        for part in reversed(parts):
            whole = sequence(part, whole)
        return whole

    def _repeated(self, one: Language) -> Language:
        bounds: tuple[int, int | None] | None = None
        match = _COUNT.match(self.rest)
        if match:
            self.rest = self.rest[match.end() :]
            least = int(match[1])
            most = least if match[2] is None else int(match[3]) if match[3] else None
            if max(least, most or 0) > _MOST_REPEATS or (most is not None and most < least):
                raise NotRead
            bounds = (least, most)
        else:
            known: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
            for sign, of_sign in known.items():
                if self._take(sign):
                    bounds = of_sign
                    break
        if bounds is None:
            return one
        self._take("?")  # as few as possible: the same texts
        if self.rest and (self.rest[0] in "*+?" or _COUNT.match(self.rest)):
            raise NotRead
        return repeated(one, *bounds)

    def _one(self) -> Language:
        character = self._next()
        if character == "(":
            if self._take("?") and not self._take(":"):
                raise NotRead
            inner = self.alternatives(top=False)
            if not self._take(")"):
                raise NotRead
            return inner
        if character == "[":
            return Characters(self._class())
        if character == ".":
            return Characters(complement(_LINE_ENDS))
        if character == "\\":
            return Characters(self._escaped())
        if character in "^$*+?{}]":
            raise NotRead
        return Characters(((ord(character), ord(character)),))

    def _escaped(self) -> Ranges:
        match = _CODE.match(self.rest)
        if match:
            self.rest = self.rest[match.end() :]
            code = int(match[1] or match[2], 16)
            return ((code, code),)
        character = self._next()
        if character.lower() in _CLASSES:
            ranges = _CLASSES[character.lower()]
            return complement(ranges) if character.isupper() else ranges
        if character in _CONTROLS:
            return ((_CONTROLS[character], _CONTROLS[character]),)
        if character.isalnum():
            raise NotRead
        return ((ord(character), ord(character)),)

    def _class(self) -> Ranges:
        negated = self._take("^")
        ranges: list[tuple[int, int]] = []
        while not self._take("]"):
            low = self._member()
            if self.rest.startswith("-") and not self.rest.startswith("-]"):
                self._next()
                high = self._member()
                if len(low) != 1 or len(high) != 1 or low[0][0] != low[0][1] or low[0][0] > high[0][1]:
                    raise NotRead
                ranges.append((low[0][0], high[0][1]))
            else:
                ranges.extend(low)
        if not ranges:
            raise NotRead
        return complement(tuple(ranges)) if negated else tuple(sorted(set(ranges)))

    def _member(self) -> Ranges:
        character = self._next()
        if character == "\\":
            return self._escaped()
        if character in "[&~" or (character == "-" and self.rest.startswith("-")):
            raise NotRead  # engines differ about these
        return ((ord(character), ord(character)),)
