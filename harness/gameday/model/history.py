"""The history of a run: every operation, appended to ``history.jsonl`` as it happens.

Everything that is computed after a run is computed from this file and the two ledgers. The vocabulary of
``f`` and the shape of each ``value`` are in docs/interfaces.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal

import msgspec

from gameday.base.errors import GamedayError

Outcome = Literal["invoke", "ok", "fail", "info"]


class Operation(msgspec.Struct, frozen=True):
    """One thing that happened.

    ``process`` is who did it (``workload``, ``harness``, ``salesforce``, ...), ``f`` what was done, ``value``
    with what. ``outcome`` is ``invoke`` when it begins, then ``ok``, ``fail``, or ``info``: nobody knows (the
    reply was lost), which is never turned into ``fail``. ``time_s`` is in scenario seconds; ``index`` is
    the operation's place in the file.
    """

    process: str
    f: str
    value: dict[str, Any]
    outcome: Outcome
    time_s: float
    index: int


class History:
    """An immutable sequence of operations, in the order of the file."""

    def __init__(self, operations: Iterable[Operation] = (), *, torn: int = 0) -> None:
        self._operations = tuple(operations)
        #: How many half-written last lines were left out (0 or 1): a run that was killed may have one.
        self.torn = torn

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._operations)

    def __len__(self) -> int:
        return len(self._operations)

    def of(self, *f: str, outcome: Outcome | None = None) -> Iterator[Operation]:
        """The operations of these kinds, of that outcome if one is named."""
        return (op for op in self._operations if op.f in f and (outcome is None or op.outcome == outcome))

    @classmethod
    def read(cls, path: Path) -> History:
        """Read a history file.

        A last line that was being written when the harness died is left out and counted in ``torn``; any
        other line that is not an operation raises GamedayError naming the line.
        """
        decoder = msgspec.json.Decoder(Operation)
        try:
            data = path.read_bytes()
        except OSError as problem:
            raise GamedayError(f"cannot read the history {str(path)!r}: {problem.strerror}") from None
        try:
            # A whole file at once, twice as fast; line by line only to find out what is wrong with it.
            return cls(decoder.decode_lines(data))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return cls._by_line(path, data.split(b"\n"), decoder)

    @classmethod
    def _by_line(cls, path: Path, lines: list[bytes], decoder: msgspec.json.Decoder[Operation]) -> History:
        operations: list[Operation] = []
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                operations.append(decoder.decode(line))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
                if number == len(lines):
                    return cls(operations, torn=1)
                raise GamedayError(
                    f"{path}:{number}: not an operation: {str(problem)[:200]}",
                    hint="the lines before it are intact; was the file edited?",
                ) from None
        return cls(operations)


class HistoryWriter:
    """Appends operations to a history file, each written through to the system before the next one.

    Shared by the threads or tasks of one event loop; one process only.
    """

    def __init__(self, path: Path) -> None:
        self._encoder = msgspec.json.Encoder(decimal_format="string")
        self._file: IO[bytes] = path.open("ab", buffering=0)
        self._index = 0

    def append(self, process: str, f: str, outcome: Outcome, time_s: float, value: dict[str, Any]) -> Operation:
        """Write one operation and return it."""
        op = Operation(process, f, value, outcome, round(time_s, 3), self._index)
        self._index += 1
        self._file.write(self._encoder.encode(op) + b"\n")
        return op

    def close(self) -> None:
        """Close the file; what was appended is already in it."""
        self._file.close()

    def __enter__(self) -> HistoryWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
