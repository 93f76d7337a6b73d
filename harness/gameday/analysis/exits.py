"""When the stack's process ended by itself: with what exit code, its last words, and which faults were active then.

What a fault does on purpose (a killed worker) is not among them, nor is the end of the run. Pure.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from gameday.analysis.observations import observe
from gameday.base.counts import out_of
from gameday.base.exit_codes import ending
from gameday.model.checker import Case
from gameday.model.events import BatchEnded, StackExited


class StackExit(msgspec.Struct, frozen=True):
    """One end of the stack's process. ``code`` is negative for the signal that ended it; times are scenario seconds.

    ``words`` are the last lines of its log, without secrets; ``during`` are the faults that were active. ``process`` is
    its name, empty for the only one of a stack. ``runs``: it is a batch, and so many of its runs ended so, of ``among``
    that ended from the first to the last of them.
    """

    time_s: float
    code: int
    words: str = ""
    during: tuple[str, ...] = ()
    process: str = ""
    runs: int = 0
    among: int = 0

    @property
    def how(self) -> str:
        """ "exit code 1", "signal SIGKILL"."""
        return ending(self.code)

    @property
    def sentence(self) -> str:
        """What happened, in one sentence without its end."""
        while_active = f" while {' and '.join(map(repr, self.during))} was active" if self.during else ""
        named = f" {self.process!r}" if self.process else ""
        if self.runs:
            runs = "a run" if self.runs == 1 else f"{self.runs:,} runs in a row"
            if self.among > self.runs:
                runs = f"{out_of(self.runs, self.among, 'run')}"
            return f"{runs} of the stack's batch{named} ended with {self.how}{while_active}"
        return f"the stack's process{named} ended by itself with {self.how}{while_active}; no fault ended it"

    @property
    def last_line(self) -> str:
        """The last line of its log; empty if it wrote nothing."""
        return self.words.rpartition("\n")[2]


def exits(case: Case) -> tuple[StackExit, ...]:
    """Every end of the stack's process that neither a fault nor the harness caused, in order of time.

    The runs of a batch end by themselves: of these only those that fail, and those that fail alike once.
    """
    windows = observe(case.history).windows
    found: dict[tuple[object, ...], StackExit] = {}
    ended: Counter[str] = Counter()
    earlier: dict[tuple[object, ...], int] = {}
    for op in case.history.of(StackExited, BatchEnded):
        event, is_run = op.event, isinstance(op.event, BatchEnded)
        during = tuple(dict.fromkeys(w.fault for w in windows if w.start_s <= op.time_s <= w.end_s))
        exit_ = StackExit(op.time_s, event.code, event.words, during, event.process, int(is_run), int(is_run))
        if not is_run:
            found[(op.index,)] = exit_
            continue
        ended[event.process] += 1
        if not event.code:
            continue
        # A batch that fails every other time would fill a page otherwise.
        alike = (event.process, event.code, during)
        first = found.setdefault(alike, exit_)
        among = ended[event.process] - earlier.setdefault(alike, ended[event.process] - 1)
        found[alike] = msgspec.structs.replace(first, runs=first.runs + (first is not exit_), among=among)
    return tuple(found.values())
