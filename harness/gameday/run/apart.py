"""Does work in a child process, which may be off all networks, and hands over what it yields.

There is no way back out of a network namespace, and a session carries out runs of several stacks, each with addresses
of its own. So every run gets a process of its own; it is forked, which takes some milliseconds.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import sys
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO, TypeVar

from gameday.base.errors import RunError
from gameday.base.interruption import interrupt_with_parent
from gameday.config.reach import Address
from gameday.run.asked_names import AskedNames
from gameday.run.offline import go_offline

T = TypeVar("T")


def apart(work: Callable[[], Iterable[T]], reach: Sequence[Address], names: AskedNames | None = None) -> Iterator[T]:
    """Carry ``work`` out in a process off all networks but ``reach``; what it yields must be picklable.

    ``names`` gets, in that process only, the host names that are asked for. An error is raised here as it was there;
    KeyboardInterrupt is passed on, and work has the time to end in order. Only where can_go_offline(). If this process
    dies, however that happens, the other is interrupted: it heals its faults and ends what it has started.
    """
    yield from in_a_process(work, first=lambda: _leave_networks(reach, names))


def side_by_side(works: Iterable[Callable[[], T]], at_a_time: int) -> Iterator[T]:
    """The results of several works in their order, each done in a process of its own; an error ends all of them."""
    running: deque[Iterator[Any]] = deque()
    try:
        for work in works:
            if len(running) >= at_a_time:
                yield _result(running)
            running.append(_started(work))
        while running:
            yield _result(running)
    finally:
        for each in running:
            each.close()  # type: ignore[attr-defined]  # it is a generator


def _result(running: deque[Iterator[T]]) -> T:
    """The result of the first of these works, once its process has ended."""
    [result] = running[0]
    running.popleft()
    return result


def _started(work: Callable[[], T]) -> Iterator[Any]:
    """A work that has begun in its process; its next item is the result."""

    def announced() -> Iterator[Any]:
        yield None
        yield work()

    items = in_a_process(announced)
    next(items)
    return items


def in_a_process(work: Callable[[], Iterable[T]], *, first: Callable[[], None] = lambda: None) -> Iterator[T]:
    """Carry ``work`` out in a process of its own, as `apart` does; ``first`` is done there before it."""
    parent = os.getpid()
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        # The child uses nothing of the other threads, of which it has none.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if not pid:
        os.close(reading)
        # Looking for garbage in what the parent has made would be in vain, and copy it page by page.
        gc.freeze()
        _child(first, work, parent, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        try:
            yield from _answers(answers)
        except BaseException:
            _end(pid, answers)
            raise
        finally:
            _wait(pid, answers)


def _answers(answers: BinaryIO) -> Iterator[T]:
    while True:
        try:
            kind, value = pickle.load(answers)  # noqa: S301 - our own child wrote it
        except (EOFError, pickle.UnpicklingError):
            raise RunError("the process of the run was killed") from None
        if kind == "error":
            raise value
        if kind == "end":
            return
        yield value


def _end(pid: int, answers: BinaryIO) -> None:
    """Interrupt the child."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    _wait(pid, answers)


def _wait(pid: int, answers: BinaryIO) -> None:
    """Wait until the child has ended; each interruption meanwhile is passed on to it."""
    while True:
        try:
            # It must not block on a pipe that nobody reads.
            while os.read(answers.fileno(), 65_536):
                pass
            os.waitpid(pid, 0)
        except ChildProcessError:
            return
        except KeyboardInterrupt:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
        else:
            return


def _child(leave: Callable[[], None], work: Callable[[], Iterable[T]], parent: int, writing: int) -> None:
    """The whole life of the child; it does not return, wherever an interruption meets it."""
    try:
        try:
            with os.fdopen(writing, "wb") as answers:
                _work(leave, work, parent, answers)
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
    finally:
        os._exit(0)


def _work(leave: Callable[[], None], work: Callable[[], Iterable[T]], parent: int, answers: BinaryIO) -> None:
    try:
        leave()
        # Afterwards: the kernel forgets it where a process gets other privileges.
        interrupt_with_parent(parent)
        for item in work():
            answers.write(pickle.dumps(("item", item)))
            answers.flush()
        answers.write(pickle.dumps(("end", None)))
    except BaseException as problem:  # noqa: BLE001 - it is raised again in the parent
        answers.write(_pickled(problem))


def _leave_networks(reach: Sequence[Address], names: AskedNames | None) -> None:
    if not go_offline(reach, names):
        raise RunError("the system allows no network namespace", hint="use --no-isolation")


def _pickled(problem: BaseException) -> bytes:
    """An error with its traceback as a note; one that cannot be pickled is named by its text."""
    problem.add_note("".join(traceback.format_exception(problem)))
    try:
        text = pickle.dumps(("error", problem))
        pickle.loads(text)  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - any class may refuse
        return pickle.dumps(("error", RuntimeError("".join(traceback.format_exception(problem)))))
    return text
