"""Decides whether one regular language contains another, by derivatives (Brzozowski 1964, Owens 2009).

So a wider pattern can be distinguished from a narrower one. The alphabet is all of Unicode, but only one character of
each range that the expressions distinguish has to be tried.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import msgspec

Ranges = tuple[tuple[int, int], ...]
LAST_CHARACTER = 0x10FFFF
#: How many parts a language may have, and how many derivatives of parts are taken, before the comparison gives up.
#: Ordinary patterns need a few thousand; a hostile one could need any number.
_MOST_PARTS = 400
_MOST_WORK = 60_000


class TooLarge(Exception):
    """The comparison would take too long."""


class Language(msgspec.Struct, frozen=True):
    """A language: one of the kinds below, created by the functions of the same names."""

    @property
    def parts(self) -> int:
        """How many parts it has."""
        return 1


class Nothing(Language, frozen=True):
    """No text at all."""


class Empty(Language, frozen=True):
    """The empty text."""


class Characters(Language, frozen=True):
    """One character of these ranges."""

    ranges: Ranges


class Sequence(Language, frozen=True):
    """One after the other; ``first`` is not a sequence itself."""

    first: Language
    rest: Language
    size: int

    @property
    def parts(self) -> int:
        """The parts of both."""
        return self.size


class Choice(Language, frozen=True):
    """Any of several."""

    options: frozenset[Language]
    size: int

    @property
    def parts(self) -> int:
        """The parts of all options."""
        return self.size


class Repeated(Language, frozen=True):
    """From ``least`` to ``most`` times; without end where that is None."""

    inner: Language
    least: int
    most: int | None

    @property
    def parts(self) -> int:
        """The parts of what is repeated, and one more."""
        return 1 + self.inner.parts


NOTHING, EMPTY = Nothing(), Empty()
ANYTHING = Repeated(Characters(((0, LAST_CHARACTER),)), 0, None)


def sequence(first: Language, rest: Language) -> Language:
    """One after the other, in canonical form: equal sequences compare equal."""
    if NOTHING in (first, rest):
        return NOTHING
    if first == EMPTY:
        return rest
    if rest == EMPTY:
        return first
    if isinstance(first, Sequence):
        return sequence(first.first, sequence(first.rest, rest))
    return Sequence(first, rest, _few(first.parts + rest.parts))


def _few(parts: int) -> int:
    if parts > _MOST_PARTS:
        raise TooLarge
    return parts


def choice(options: Iterable[Language]) -> Language:
    """Any of several, without duplicates and empty languages."""
    flat: set[Language] = set()
    for option in options:
        flat |= option.options if isinstance(option, Choice) else {option}
    flat.discard(NOTHING)
    if ANYTHING in flat:
        return ANYTHING
    if len(flat) > 1:
        return Choice(frozenset(flat), _few(sum(option.parts for option in flat)))
    return next(iter(flat), NOTHING)


def repeated(inner: Language, least: int, most: int | None) -> Language:
    """From ``least`` to ``most`` times."""
    if most == 0 or inner == EMPTY:
        return EMPTY
    if inner == NOTHING:
        return NOTHING if least else EMPTY
    return inner if least == most == 1 else Repeated(inner, least, most)


def may_be_empty(language: Language) -> bool:
    """Whether the language has the empty text."""
    match language:
        case Empty():
            return True
        case Sequence(first=first, rest=rest):
            return may_be_empty(first) and may_be_empty(rest)
        case Choice(options=options):
            return any(map(may_be_empty, options))
        case Repeated(inner=inner, least=least):
            return least == 0 or may_be_empty(inner)
    return False


def after(language: Language, character: int) -> Language:
    """What may follow a character: the derivative of the language."""
    match language:
        case Characters(ranges=ranges):
            return EMPTY if any(low <= character <= high for low, high in ranges) else NOTHING
        case Sequence(first=first, rest=rest):
            taken = sequence(after(first, character), rest)
            return choice((taken, after(rest, character))) if may_be_empty(first) else taken
        case Choice(options=options):
            return choice(after(option, character) for option in options)
        case Repeated(inner=inner, least=least, most=most):
            more = repeated(inner, max(least - 1, 0), None if most is None else most - 1)
            return sequence(after(inner, character), more)
    return NOTHING


def holds(larger: Language, smaller: Language) -> bool:
    """Whether every text of ``smaller`` is in ``larger``. Raises TooLarge if that would take too long."""
    characters = sorted({0, *_edges(larger), *_edges(smaller)})
    start = (larger, smaller)
    seen, waiting, work = {start}, deque([start]), 0
    while waiting:
        big, small = waiting.popleft()
        work += (big.parts + small.parts) * len(characters)
        if work > _MOST_WORK:
            raise TooLarge
        if may_be_empty(small) and not may_be_empty(big):
            return False
        for character in characters:
            rest = after(small, character)
            if rest == NOTHING:
                continue
            pair = (after(big, character), rest)
            if pair in seen or pair[0] == ANYTHING:
                continue
            if pair[0] == NOTHING and _is_inhabited(rest):
                return False
            seen.add(pair)
            waiting.append(pair)
    return True


def _is_inhabited(language: Language) -> bool:
    """Whether the language has any text. Only a class without characters can make it empty here."""
    match language:
        case Nothing():
            return False
        case Characters(ranges=ranges):
            return bool(ranges)
        case Sequence(first=first, rest=rest):
            return _is_inhabited(first) and _is_inhabited(rest)
        case Choice(options=options):
            return any(map(_is_inhabited, options))
        case Repeated(inner=inner, least=least):
            return least == 0 or _is_inhabited(inner)
    return True


def _edges(language: Language) -> Iterator[int]:
    """The first character of each range, and the first one after it."""
    match language:
        case Characters(ranges=ranges):
            for low, high in ranges:
                yield low
                if high < LAST_CHARACTER:
                    yield high + 1
        case Sequence(first=first, rest=rest):
            yield from _edges(first)
            yield from _edges(rest)
        case Choice(options=options):
            for option in options:
                yield from _edges(option)
        case Repeated(inner=inner):
            yield from _edges(inner)
