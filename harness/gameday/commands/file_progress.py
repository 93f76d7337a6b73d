"""A bar that shows how far a large file is read."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from gameday.base import terminal

if TYPE_CHECKING:
    from gameday.base.terminal_console import LiteralConsole

#: A smaller file is read too quickly for a bar.
SHOWN_FROM_BYTES = 10_000_000


class FileProgress:
    """Shows on a terminal how many bytes of how many are read; elsewhere nothing.

    The bar disappears when the file is read to its end, and comes back if it is read again.
    """

    def __init__(self, label: str, console: LiteralConsole | None = None) -> None:
        self._label = label
        self._console = console or terminal.console(err=True)
        self._bar: Progress | None = None

    def __enter__(self) -> FileProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def __call__(self, done: int, total: int) -> None:
        if total < SHOWN_FROM_BYTES or not self._console.is_terminal:
            return
        if self._bar is None:
            columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._bar.add_task(self._label, total=total, completed=done)
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], completed=done)
        if done >= total:
            self._end()

    def _end(self) -> None:
        bar, self._bar = self._bar, None
        if bar is not None:
            bar.stop()
