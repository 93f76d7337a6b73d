"""Abort conditions that look outside of the run: files and addresses.

A run may be off all networks, so they are asked from a thread of the process that started it. What they find goes
through a file in the run's folder, with its time: if that process ends or hangs, the run learns of it and ends too.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from gameday.base import json_text
from gameday.model.abort import AbortCondition, Measure

LOOKS_FILE = "conditions.json"
#: How late an answer may be on a busy machine before it counts as missing (real seconds).
PATIENCE_S = 5.0


class Look(msgspec.Struct, frozen=True):
    """What one condition found, and when (on the monotonic clock, which all processes of the machine share)."""

    measure: Measure
    at_s: float


class OutsideLooks:
    """The run's side: what the conditions of a folder have found last."""

    def __init__(self, run_dir: Path, conditions: Sequence[AbortCondition]) -> None:
        self._path = run_dir / LOOKS_FILE
        self._numbers = {id(condition): str(number) for number, condition in enumerate(conditions)}

    def measure(self, condition: AbortCondition) -> Measure:
        """What a condition has found. If that is too old, it counts as fired."""
        looks: dict[str, Look] = {}
        with contextlib.suppress(OSError, json_text.Unreadable):
            looks = json_text.decode(self._path.read_bytes(), dict[str, Look])
        look = looks.get(self._numbers[id(condition)])
        if look is None or time.monotonic() - look.at_s > condition.every_s + condition.answer_s + PATIENCE_S:
            return Measure("it could not be asked any more", "0", True, 1.0)
        return look.measure


class Looking:
    """The side outside: asks each condition in a thread of its own once ``begin`` is called."""

    def __init__(self, conditions: Sequence[AbortCondition]) -> None:
        self._asked = [(str(number), each) for number, each in enumerate(conditions) if each.outside]
        self._memories: dict[str, dict[str, Any]] = {number: {} for number, _ in self._asked}
        self._looks: dict[str, Look] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def first(self) -> list[tuple[AbortCondition, Measure]]:
        """Ask each once, one after the other; what they found."""
        for number, condition in self._asked:
            self._looks[number] = self._look(number, condition)
        return [(condition, self._looks[number].measure) for number, condition in self._asked]

    def begin(self, run_dir: Path) -> None:
        """Ask each regularly from now on. Call it after the run's process was forked: a thread is not."""
        self._write(run_dir)
        for number, condition in self._asked:
            asked = (number, condition, run_dir)
            threading.Thread(target=self._ask, args=asked, name="condition", daemon=True).start()

    def close(self) -> None:
        """Ask no more. A condition that is being asked is left to itself."""
        self._ended.set()

    def _ask(self, number: str, condition: AbortCondition, run_dir: Path) -> None:
        while not self._ended.wait(condition.every_s):
            look = self._look(number, condition)
            with self._lock:
                self._looks[number] = look
                if not self._ended.is_set():
                    self._write(run_dir)

    def _look(self, number: str, condition: AbortCondition) -> Look:
        try:
            measure = condition.look(self._memories[number])
        except Exception as problem:  # noqa: BLE001 - a plug-in's mistake must not let a run go on unwatched
            measure = Measure(f"it cannot be evaluated: {type(problem).__name__}: {problem}", "0", True, 1.0)
        return Look(measure, time.monotonic())

    def _write(self, run_dir: Path) -> None:
        """Write what was found; what cannot be written is missing to the run, which then ends."""
        path = run_dir / LOOKS_FILE
        if not self._looks:
            return
        with contextlib.suppress(OSError):
            beside = path.with_name(f".{LOOKS_FILE}.{os.getpid()}")
            beside.write_bytes(msgspec.json.encode(self._looks))
            beside.replace(path)


@contextlib.contextmanager
def looking(conditions: Sequence[AbortCondition]) -> Iterator[Looking]:
    """The side outside, until the end of the block."""
    looks = Looking(conditions)
    try:
        yield looks
    finally:
        looks.close()
