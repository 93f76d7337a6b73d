"""Regular expressions in time that grows with text and expression, whatever the expression: no backtracking.

A thread for each place in the expression walks over the text once (Pike's machine: "Regular Expression Matching: the
Virtual Machine Approach", Russ Cox). Known are Oracle's: classes, groups, alternatives, repetitions, greedy or not,
anchors, and the options i, c, n and m; not known are back-references.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

Spans = tuple[int, ...]
_Test = Callable[[str], bool]
#: The longest program, and the most steps over a text.
MOST_STEPS, LONGEST = 200_000, 500
_MOST_REPEATS = 100


class BadExpression(ValueError):
    """An expression is malformed, too large, or has what is not known."""


class _Step(NamedTuple):
    """One instruction: a test of a character, a fork (first way first), a note of the place, an anchor, or the end."""

    kind: str
    first: int = 0
    second: int = 0
    test: _Test | None = None


_CLASSES: dict[str, _Test] = {
    "alpha": str.isalpha,
    "digit": str.isdigit,
    "alnum": str.isalnum,
    "space": str.isspace,
    "upper": str.isupper,
    "lower": str.islower,
    "punct": lambda char: char.isprintable() and not char.isalnum() and not char.isspace(),
    "blank": lambda char: char in " \t",
    "cntrl": lambda char: not char.isprintable(),
    "print": str.isprintable,
}
_ESCAPED: dict[str, _Test] = {
    "d": str.isdigit,
    "w": lambda char: char.isalnum() or char == "_",
    "s": str.isspace,
}


class _Compiler:
    def __init__(self, pattern: str, *, folds: bool, dot_all: bool) -> None:
        self._pattern = pattern
        self._at = 0
        self._folds = folds
        self._dot_all = dot_all
        self.groups = 0

    def program(self) -> list[_Step]:
        steps = [_Step("note", 0), *self._alternatives(1), _Step("note", 1), _Step("end")]
        if self._at < len(self._pattern):
            raise BadExpression("a parenthesis that nothing opens")
        return steps

    # Instructions point to others relative to themselves, so that parts can be put anywhere.

    def _alternatives(self, depth: int) -> list[_Step]:
        if depth > 40:
            raise BadExpression("nested too deeply")
        steps = self._sequence(depth)
        while self._peek() == "|":
            self._at += 1
            other = self._sequence(depth)
            steps = [_Step("fork", 1, len(steps) + 2), *steps, _Step("jump", len(other) + 1), *other]
        return steps

    def _sequence(self, depth: int) -> list[_Step]:
        steps: list[_Step] = []
        while self._peek() not in ("", "|", ")"):
            steps += self._repeated(self._single(depth))
            if len(steps) > LONGEST:
                raise BadExpression("too large")
        return steps

    def _single(self, depth: int) -> list[_Step]:
        char = self._take()
        if char == "(":
            self.groups += 1
            number = self.groups
            inner = self._alternatives(depth + 1)
            if self._take() != ")":
                raise BadExpression("a parenthesis that nothing closes")
            return [_Step("note", 2 * number), *inner, _Step("note", 2 * number + 1)]
        if char in ("^", "$"):
            return [_Step(char)]
        return [_Step("test", test=self._tested(char))]

    def _tested(self, char: str) -> _Test:
        if char == ".":
            return lambda found: self._dot_all or found != "\n"
        if char == "[":
            return self._bracket()
        if char == "\\":
            char = self._take()
            if char.isdigit():
                raise BadExpression("a back-reference")
            if char.lower() in _ESCAPED:
                test = _ESCAPED[char.lower()]
                return test if char.islower() else lambda found: not test(found)
        elif char in "*+?{":
            raise BadExpression("a repetition of nothing")
        return self._equal(char)

    def _equal(self, char: str) -> _Test:
        if self._folds:
            folded = char.casefold()
            return lambda found: found.casefold() == folded
        return lambda found: found == char

    def _bracket(self) -> _Test:
        negated = self._peek() == "^"
        self._at += negated
        tests: list[_Test] = []
        while self._peek() != "]" or not tests:
            tests.append(self._member())
        self._at += 1
        return lambda found: any(test(found) for test in tests) != negated

    def _member(self) -> _Test:
        if self._pattern.startswith("[:", self._at):
            end = self._pattern.find(":]", self._at)
            name = self._pattern[self._at + 2 : end] if end > 0 else ""
            if name not in _CLASSES:
                raise BadExpression("an unknown class")
            self._at = end + 2
            return _CLASSES[name]
        first = self._take()
        if first == "\\" and self._peek().lower() in (*_ESCAPED, "\\", "]", "-"):
            return self._tested("\\")
        if self._peek() != "-" or self._pattern[self._at + 1 : self._at + 2] in ("]", ""):
            return self._equal(first)
        self._at += 1
        last = self._take()
        if self._folds:
            return lambda found: first <= found.lower() <= last or first <= found.upper() <= last
        return lambda found: first <= found <= last

    def _repeated(self, steps: list[_Step]) -> list[_Step]:
        while self._peek() in ("*", "+", "?", "{"):
            least, most = self._counts()
            lazy = self._peek() == "?"
            self._at += lazy
            if len(steps) * max(least, most or 1) > LONGEST:
                raise BadExpression("too large")
            steps = _times(steps, least, most, lazy=lazy)
        return steps

    def _counts(self) -> tuple[int, int | None]:
        sign = self._take()
        if sign != "{":
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        end = self._pattern.find("}", self._at)
        low, comma, high = self._pattern[self._at : max(end, self._at)].partition(",")
        self._at = end + 1
        if end < 0 or not (low.isascii() and low.isdigit() and len(low) < 4) or not (high or "0").isdigit():
            raise BadExpression("a malformed repetition")
        least, most = int(low), (int(high[:4]) if high else None) if comma else int(low)
        if max(least, most or 0) > _MOST_REPEATS or (most is not None and most < least):
            raise BadExpression("a malformed repetition")
        return least, most

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        if self._at >= len(self._pattern):
            raise BadExpression("it ends too early")
        self._at += 1
        return self._pattern[self._at - 1]


def _times(steps: list[_Step], least: int, most: int | None, *, lazy: bool) -> list[_Step]:
    def fork(into: int, past: int) -> _Step:
        return _Step("fork", past, into) if lazy else _Step("fork", into, past)

    if most is None:
        return [*steps * least, fork(1, len(steps) + 2), *steps, _Step("jump", -len(steps) - 1)]
    optional: list[_Step] = []
    for _ in range(most - least):
        optional = [fork(1, len(steps) + len(optional) + 1), *steps, *optional]
    return [*steps * least, *optional]


class Regex:
    """A compiled expression. Raises BadExpression."""

    def __init__(self, pattern: str, options: str = "") -> None:
        if set(options) - set("icnm"):
            raise BadExpression("an unknown option")
        compiler = _Compiler(pattern, folds="i" in options, dot_all="n" in options)
        self._steps = compiler.program()
        self._lines = "m" in options
        self.groups = compiler.groups
        if len(self._steps) > LONGEST:
            raise BadExpression("too large")

    def search(self, text: str, start: int = 0) -> Spans | None:
        """Where the first match begins and ends, and each group of it (-1 if it has no part in it); None if nowhere."""
        if (len(text) - start + 1) * len(self._steps) > MOST_STEPS:
            raise BadExpression("too large for the text")
        unset = (-1,) * (2 * self.groups + 2)
        threads: dict[int, Spans] = {}
        found: Spans | None = None
        for at in range(start, len(text) + 1):
            if found is None:
                self._follow(0, unset, at, text, threads)
            elif not threads:
                break
            following: dict[int, Spans] = {}
            for place, spans in threads.items():
                step = self._steps[place]
                if step.kind == "end":
                    # Threads behind this one match what is less wanted.
                    found = spans
                    break
                if at < len(text) and step.test is not None and step.test(text[at]):
                    self._follow(place + 1, spans, at + 1, text, following)
            threads = following
        return found

    def _follow(self, place: int, spans: Spans, at: int, text: str, threads: dict[int, Spans]) -> None:
        """Add the threads that begin at a place of the program, in the order in which they are wanted."""
        pending, seen = [(place, spans)], set[int]()
        while pending:
            place, spans = pending.pop()
            if place in seen or place in threads:
                continue
            seen.add(place)
            step = self._steps[place]
            match step.kind:
                case "jump":
                    pending.append((place + step.first, spans))
                case "fork":
                    pending += [(place + step.second, spans), (place + step.first, spans)]
                case "note":
                    pending.append((place + 1, (*spans[: step.first], at, *spans[step.first + 1 :])))
                case "^" if at == 0 or (self._lines and text[at - 1] == "\n"):
                    pending.append((place + 1, spans))
                case "$" if at == len(text) or (self._lines and text[at] == "\n"):
                    pending.append((place + 1, spans))
                case "test" | "end":
                    threads[place] = spans


@functools.lru_cache(maxsize=256)
def compiled(pattern: str, options: str = "") -> Regex:
    """A compiled expression; queries ask for the same one for every row. Raises BadExpression."""
    return Regex(pattern, options)
