"""DuckDB for one reconciliation: in a private folder, within a bound of memory, and away from everything else."""

from __future__ import annotations

import contextlib
import importlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from gameday.base.errors import GamedayError
from gameday.base.processors import processors
from gameday.reconcile.row_files import Unfit

#: What DuckDB may take of memory; what needs more goes to its folder.
MEMORY = "640MB"
#: Of larger files, what is kept would not stay in memory. A database on disk reads it again; without one, what is
#: put out of memory is written each time.
IN_MEMORY_BYTES = 1_000_000_000
#: The files that are read at a time, and the rows that are fetched at a time.
_AT_ONCE, _FETCHED = 3, 2048


class Database:
    """A connection that can read these files and nothing else. Raises Unfit without DuckDB."""

    def __init__(self, paths: Sequence[Path], stack: ExitStack) -> None:
        try:
            duckdb: Any = importlib.import_module("duckdb")
        except ImportError:
            raise Unfit("duckdb is missing") from None
        self.error: type[Exception] = duckdb.Error
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gameday-reconcile-")))
        config = {
            "threads": max(1, int(processors())),
            "memory_limit": MEMORY,
            "temp_directory": str(folder / "spilled"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "allow_persistent_secrets": False,
        }
        large = sum(path.stat().st_size for path in paths) > IN_MEMORY_BYTES
        place = str(folder / "kept.duckdb") if large else ":memory:"
        self.connection: Any = stack.enter_context(contextlib.closing(duckdb.connect(place, config=config)))
        # So many results can be read side by side: what a cursor may show is set before nothing can be set any more.
        self._cursors = [self.connection.cursor() for _ in range(_AT_ONCE)]
        for each in (self.connection, *self._cursors):
            # A progress bar would be written to standard output.
            each.execute("SET enable_progress_bar = false")
        self.connection.execute("SET allowed_paths = ?", [[str(path) for path in paths]])
        self.connection.execute("SET allowed_directories = ?", [[str(folder)]])
        self.connection.execute("SET enable_external_access = false")
        self.connection.execute("SET lock_configuration = true")

    def run(self, query: str) -> list[tuple[Any, ...]]:
        """Run a statement; all rows that it gives."""
        return list(self.connection.execute(query).fetchall())

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, read as they are asked for, beside other queries. Raises GamedayError."""
        cursor = self._cursors.pop()
        try:
            cursor.execute(query)
            while rows := cursor.fetchmany(_FETCHED):
                yield from rows
        except self.error as problem:
            raise GamedayError(f"cannot compare the exports: {str(problem)[:200]}") from None
        finally:
            self._cursors.append(cursor)
