"""When the stack's process ended by itself: with what exit code, its last words, and which faults were active then.

What a fault does on purpose (a killed worker) is not among them, nor is the end of the run. Pure.
"""

from __future__ import annotations

import signal

import msgspec

from gameday.analysis.observations import observe
from gameday.model.checker import Case
from gameday.model.events import StackExited


class StackExit(msgspec.Struct, frozen=True):
    """One end of the stack's process. ``code`` is negative for the signal that ended it; times are scenario seconds.

    ``words`` are the last lines of its log, without secrets; ``during`` are the faults that were active.
    """

    time_s: float
    code: int
    words: str = ""
    during: tuple[str, ...] = ()

    @property
    def how(self) -> str:
        """ "exit code 1", "signal SIGKILL"."""
        if self.code >= 0:
            return f"exit code {self.code}"
        try:
            return f"signal {signal.Signals(-self.code).name}"
        except ValueError:
            return f"signal {-self.code}"

    @property
    def sentence(self) -> str:
        """What happened, in one sentence without its end."""
        while_active = f" while {' and '.join(map(repr, self.during))} was active" if self.during else ""
        return f"the stack's process ended by itself with {self.how}{while_active}; no fault ended it"

    @property
    def last_line(self) -> str:
        """The last line of its log; empty if it wrote nothing."""
        return self.words.rpartition("\n")[2]


def exits(case: Case) -> tuple[StackExit, ...]:
    """Every end of the stack's process that neither a fault nor the harness caused, in order of time."""
    windows = observe(case.history).windows
    return tuple(
        StackExit(
            op.time_s,
            op.event.code,
            op.event.words,
            tuple(dict.fromkeys(w.fault for w in windows if w.start_s <= op.time_s <= w.end_s)),
        )
        for op in case.history.of(StackExited)
    )
