"""The events of the stack's processes and of our own servers, which the harness reports.

The rest of the vocabulary, and what the fields' names promise, is in ``gameday.model.events``.
"""

from __future__ import annotations

from typing import ClassVar

from gameday.base.exit_codes import ending
from gameday.model.event import HarnessEvent


class StackEvent(HarnessEvent, frozen=True, gc=False):
    """A process of the stack: start, kill, pause, resume, ready, roll out or roll back.

    Of a batch also missed: a start that a fault prevented, and cut off: a run that a fault killed.

    ``pid`` is 0 where none ran, or none is known. ``process`` is its name, empty for the only one of a stack.
    """

    f: ClassVar[str] = "stack"

    act: str
    pid: int = 0
    process: str = ""


class ProcessEnded(HarnessEvent, frozen=True, gc=False):
    """A process of the stack ended."""

    pid: int
    code: int
    words: str = ""
    process: str = ""


class BatchEnded(ProcessEnded, frozen=True, gc=False):
    """A run of a batch ended, and no fault ended it. Outcome `info`. Its other fields are those of `exit`.

    ``worked_s`` is for how long it, its children and the servers meanwhile had a processor (real seconds). ``began_s``
    and ``ended_s`` are when it ran, and ``every_s`` the pause between two starts (scenario seconds); None and 0 where
    that was not recorded.
    """

    f: ClassVar[str] = "batch"

    worked_s: float = 0.0
    began_s: float | None = None
    ended_s: float | None = None
    every_s: float = 0.0


class StackExited(ProcessEnded, frozen=True, gc=False):
    """The stack's process ended by itself: neither a fault nor the end of the run ended it. Outcome `info`.

    ``code`` is its exit code, negative for the signal that ended it. ``words`` are the last lines of its log, without
    secrets. ``process`` is its name, empty for a stack's only one.
    """

    f: ClassVar[str] = "exit"


class ServerExited(HarnessEvent, frozen=True, gc=False):
    """A server of ours ended in mid-run: the fakes, the proxies or the CONNECT listener. Outcome `info`.

    The run ends then and has no result, for what the stack did afterwards says nothing about it. ``server`` is its
    name, ``code`` its exit code, negative for the signal that ended it, ``words`` the last lines of its log.
    """

    f: ClassVar[str] = "server"

    server: str
    pid: int
    code: int
    words: str = ""

    @property
    def sentence(self) -> str:
        """What happened, in one sentence without its end, with the last line of the log."""
        last = self.words.rpartition("\n")[2]
        return f"{self.server} ended in mid-run with {ending(self.code)}" + (f": {last}" if last else "")


class HostTried(HarnessEvent, frozen=True, gc=False):
    """The stack tried to reach a host that is no fake: recorded once for each, where that can be seen. Outcome `info`.

    ``how`` is `name` where a name server was asked for it, `proxy` where the CONNECT listener was, and `address` where
    something was sent to an address without a name; ``host`` has its port then.
    """

    f: ClassVar[str] = "outside"

    host: str
    how: str


class MetricsRead(HarnessEvent, frozen=True, gc=False):
    """The stack's metrics were read, for alert rules: recorded for the first reading, and where the problem changes.

    Outcome `ok`, or `fail` with the ``problem``. ``answered``: there was an answer, which could not be read; without
    one the metric ``up`` is 0, as in Prometheus.
    """

    f: ClassVar[str] = "metrics"

    problem: str = ""
    answered: bool = False


class Skipped(HarnessEvent, frozen=True, gc=False):
    """The run skips ahead, because nothing is under way or due for a while: `ok`.

    ``until_s`` is where it lands, ``due_s`` the first thing that is due, by what the stack, the fakes and the scenario
    say. Outcome `fail`: the stack did something before that, so that what it said was wrong; ``why`` says what.
    ``from_s`` is where it was before; None in histories that do not say.
    """

    f: ClassVar[str] = "skip"

    until_s: float
    due_s: float
    why: str = ""
    from_s: float | None = None


class ClockIgnored(HarnessEvent, frozen=True, gc=False):
    """A process of an accelerated stack does not live on the stack's clock: recorded once for each program.

    Outcome `info`. ``program`` is the file that it runs, ``pid`` the process, ``why`` the reason in a clause.
    """

    f: ClassVar[str] = "clock"

    program: str
    pid: int
    why: str
