"""LIKE in time that grows with text and pattern, whatever the pattern."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator

Search = Callable[[str, int], int]
#: The wildcards as ``parts`` gives them; any other part is a plain character.
ANY, ONE = "%%", "__"


def parts(pattern: str, escape: str = "") -> Iterator[str]:
    """The parts of a pattern: characters, and ``ANY`` or ``ONE`` for a wildcard that nothing escapes."""
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if escape and char == escape and position + 1 < len(pattern):
            position += 1
            yield pattern[position]
        else:
            yield {"%": ANY, "_": ONE}.get(char, char)
        position += 1


@functools.lru_cache(maxsize=1024)
def matcher(pattern: str, escape: str = "") -> Callable[[str], bool]:
    """Whether a text matches, case and all. Between two ``%``, the first place that fits is always the right one."""
    pieces: list[list[str]] = [[]]
    for part in parts(pattern, escape):
        if part == ANY:
            pieces.append([])
        else:
            pieces[-1].append(part)
    sizes = [len(piece) for piece in pieces]
    finders = [_finder(piece) for piece in pieces]
    least = sum(sizes)
    if len(pieces) == 1:
        return lambda text: len(text) == sizes[0] and finders[0](text, 0) == 0

    def matches(text: str) -> bool:
        if len(text) < least or (sizes[0] and finders[0](text[: sizes[0]], 0) != 0):
            return False
        position, end = sizes[0], len(text) - sizes[-1]
        for size, find in zip(sizes[1:-1], finders[1:-1], strict=True):
            found = find(text[:end], position)
            if found < 0:
                return False
            position = found + size
        return position <= end and finders[-1](text, end) == end

    return matches


def _finder(piece: list[str]) -> Search:
    """Where a piece, in which ``ONE`` is any one character, is found first; -1 if nowhere."""
    if ONE not in piece:
        plain = "".join(piece)
        return lambda text, start: text.find(plain, start)
    search = re.compile("".join("." if part == ONE else re.escape(part) for part in piece), re.DOTALL).search

    def find(text: str, start: int) -> int:
        found = search(text, start)
        return found.start() if found else -1

    return find


def like(text: str | None, pattern: str | None, escape: str = "") -> bool | None:
    """As SQL has it: null for a null."""
    return None if text is None or pattern is None else matcher(str(pattern), escape)(str(text))
