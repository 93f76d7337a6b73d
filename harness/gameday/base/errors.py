"""Errors that a user can cause: one line with the bad value, the known values, a hint, and an exit code."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

#: A problem is a line for people: what it quotes of a file is not the whole file.
LONGEST_PROBLEM = 8000
LONGEST_VALUE = 200

EXIT_PASSED = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INCONCLUSIVE = 3


class GamedayError(Exception):
    """A mistake in the input or the environment. Its text is the whole message, shown without a traceback.

    ``exit_code`` is the command's: 2 for usage and configuration, 3 if the run has no result (the stack did not
    start, a fake died).
    """

    exit_code = EXIT_USAGE

    def __init__(self, problem: str, *, hint: str = "") -> None:
        self.problem = _clipped(" ".join(problem.split()), LONGEST_PROBLEM)
        self.hint = " ".join(hint.split())
        super().__init__(f"{self.problem} ({self.hint})" if self.hint else self.problem)

    @property
    def lines(self) -> tuple[str, ...]:
        """What is shown on standard error: one line for each mistake."""
        return (str(self),)


class Mistakes(GamedayError):
    """Several mistakes, each shown on a separate line."""

    def __init__(self, mistakes: Iterable[GamedayError]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.lines))

    @property
    def lines(self) -> tuple[str, ...]:
        """One line for each mistake."""
        return tuple(str(mistake) for mistake in self.mistakes)


class RunError(GamedayError):
    """The run could not be carried out, so it says nothing about the stack."""

    exit_code = EXIT_INCONCLUSIVE


class RunAborted(RunError):
    """The run was aborted, by an abort condition or by an operator: its faults were healed and it has no result."""


class ServerEnded(RunError):
    """A server of ours ended in mid-run. Of all errors that follow from it, this is the one to show."""


def unknown(what: str, value: object, known: Iterable[str], *, where: str = "", hint: str = "") -> GamedayError:
    """The error for an unknown name: "unknown fault 'x' in f.feature:3; known: a, b".

    >>> str(unknown("fault", "rename field", ["renamed field"]))
    "unknown fault 'rename field'; known: renamed field (did you mean 'renamed field'?)"
    """
    names = sorted(known)
    close = difflib.get_close_matches(str(value)[:LONGEST_VALUE], names, n=1)
    place = f" in {where}" if where else ""
    guess = f"did you mean {close[0]!r}?" if close else ""
    return GamedayError(
        f"unknown {what} {_clipped(repr(value), LONGEST_VALUE)}{place}; known: {', '.join(names) or 'none'}",
        hint=" ".join(part for part in (guess, hint) if part),
    )


def _clipped(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}..."
