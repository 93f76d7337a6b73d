"""The engine: copies of tables in memory, kept up to date as records change, and queries over them that must end."""

from __future__ import annotations

import contextlib
import functools
import itertools
import sqlite3
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gameday_fakes.sql import numbers
from gameday_fakes.sql.copies import Copy, alike
from gameday_fakes.sql.like import like
from gameday_fakes.sql.limits import Limits, TooLong
from gameday_fakes.sql.source import Source, stored

#: How many statements the engine keeps prepared: queries ask for lists of as many lengths as there are deals.
_STATEMENTS = 512
#: How many steps of the engine lie between two looks at the time.
_STEPS = 2_000
#: The longest text that the engine makes, in bytes, and the deepest expression.
_LONGEST, _DEEPEST = 50_000_000, 500
#: How far the rows behind a page are counted.
MOST_ROWS = 100_000

_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION})


class TooComplex(Exception):
    """A query asked for more than the engine gives."""


class Found(NamedTuple):
    """Some of the rows that a query finds, and how many it finds in all."""

    rows: list[tuple[Any, ...]]
    total: int


class Database:
    """Runs SELECTs over tables. One for each set of records; it reads a table when a query first names it.

    ``functions`` and ``aggregates`` are a vendor's own, by name and number of arguments (-1: any).
    """

    def __init__(
        self,
        sources: Iterable[Source],
        functions: Mapping[tuple[str, int], Callable[..., Any]] | None = None,
        aggregates: Mapping[tuple[str, int], type[Any]] | None = None,
    ) -> None:
        self._copies = {source.name: Copy.of(source) for source in sources}
        #: Whether changes must not be seen yet; asked only if there are some.
        self.holds_back: Callable[[], bool] = lambda: False
        self._writing = False
        #: What a query may take.
        self.limits = Limits()
        self._problem: Exception | None = None
        self._functions: dict[tuple[str, int], Callable[..., Any]] = {}
        self._connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False, cached_statements=_STATEMENTS
        )
        # Called for every row, so directly; all that it can say is that a text is not a number.
        self._connection.create_function("num_key", 1, numbers.key, deterministic=True)
        # No function of its arguments, so the engine calls it for every row.
        self._connection.create_function("sorted_row", -1, self.limits.count_sorted)
        for name, arguments, function in _FUNCTIONS:
            self._add_function(name, arguments, function)
        self._add_functions(functions or {})
        for name, aggregate in _WINDOWED:
            self._connection.create_window_function(name, 1, aggregate)
        for (name, arguments), plain in (aggregates or {}).items():
            self._connection.create_aggregate(name, arguments, plain)
        self._connection.execute("PRAGMA temp_store = MEMORY")
        # Once the engine has its table of a list's values, a query only reads it.
        self._connection.execute("SELECT value FROM json_each('[]')")
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, _DEEPEST)
        self._connection.set_authorizer(self._authorize)
        self._connection.set_progress_handler(self.limits.is_over, _STEPS)

    @property
    def sources(self) -> Mapping[str, Source]:
        """The tables by name."""
        return {name: copy.source for name, copy in self._copies.items()}

    def select(
        self,
        sql: str,
        values: Mapping[str, Any],
        used: Mapping[str, Collection[str]],
        *,
        offset: int = 0,
        limit: int | None = None,
    ) -> Found:
        """Run a SELECT that uses these columns of these tables; of what it finds, return a part.

        Raises TooLong, and whatever one of the functions raises.
        """
        self.refresh(used)
        self._problem = None
        self.limits.begin(sum(len(table) for name in used for table in self._copies[name].source.tables))
        try:
            cursor = self._connection.execute(sql, values)
            try:
                skipped = sum(1 for _ in itertools.islice(cursor, offset))
                rows = list(itertools.islice(cursor, limit))
                more = (
                    0 if limit is None else sum(1 for _ in itertools.islice(cursor, max(0, MOST_ROWS - offset - limit)))
                )
                return Found(rows, skipped + len(rows) + more)
            finally:
                cursor.close()
        except (sqlite3.Error, OverflowError) as problem:
            if "user-defined" in str(problem):
                raise self.limits.exceeded or self._problem or numbers.NoNumber("a text is not a number") from problem
            raise (TooLong if str(problem) == "interrupted" else TooComplex)(str(problem)) from problem
        finally:
            self.limits.end()

    def count(self, sql: str, values: Mapping[str, Any], used: Mapping[str, Collection[str]]) -> int:
        """How many rows a SELECT finds. Raises as ``select``."""
        found = self.select(f"SELECT COUNT(*) FROM ({sql})", values, used)  # noqa: S608 - what a translation made
        return int(found.rows[0][0])

    def refresh(self, used: Mapping[str, Collection[str]]) -> None:
        """Bring the copies of tables up to date; a copy has the columns that queries have named."""
        stale = any(any(self._copies[name].changed) for name in used) and self.holds_back()
        for name, columns in used.items():
            copy = self._copies[name]
            state = copy.source.state()
            missing = set(columns) - set(copy.columns)
            if missing or state != copy.state or not copy.changed:
                self._read_all(copy, tuple(sorted({*copy.columns, *columns})), state)
            elif any(copy.changed) and not stale:
                self._read_changed(copy)

    def read_from(
        self, sources: Iterable[Source], functions: Mapping[tuple[str, int], Callable[..., Any]] | None = None
    ) -> bool:
        """Read other records from now on, as after a reset; False, and nothing changed, if these are other tables.

        ``functions`` take the place of those of these names. The tables keep the columns that queries have named.
        """
        given = {source.name: source for source in sources}
        if given.keys() != self._copies.keys():
            return False
        if not all(alike(given[name], copy.source) for name, copy in self._copies.items()):
            return False
        self.read_again(given.__getitem__, functions)
        return True

    def read_again(
        self, find: Callable[[str], Source], functions: Mapping[tuple[str, int], Callable[..., Any]] | None = None
    ) -> None:
        """The same for who knows that the tables are the same; ``find`` gives one when a query first names it."""
        for name, copy in self._copies.items():
            copy.read(functools.partial(find, name))
        self._add_functions(functions or {})

    def close(self) -> None:
        """Give the memory back."""
        self._connection.close()

    # -- copies --------------------------------------------------------------------------------------

    def _read_all(self, copy: Copy, columns: tuple[str, ...], state: Hashable) -> None:
        source = copy.source
        for table, changed in zip(source.tables, copy.changed, strict=False):
            table.unwatch(changed)
        with self._write():
            table_name = quoted(source.name)
            is_new = not copy.exists or columns != copy.columns
            if is_new:
                copy.exists = False
                self._create(source, columns)
            else:
                self._connection.execute(f"DELETE FROM {table_name}")  # noqa: S608 - a name of ours
            copy.columns, copy.state = columns, state
            copy.changed = [table.watch() for table in source.tables]
            self._insert(copy, ((n, id_) for n, table in enumerate(source.tables) for id_ in table))
            if is_new:
                self._index(source, columns)
                copy.exists = True

    def _create(self, source: Source, columns: tuple[str, ...]) -> None:
        table_name = quoted(source.name)
        self._connection.execute(f"DROP TABLE IF EXISTS {table_name}")
        declared = ['"#" TEXT']
        declared += [f"{quoted(name)} {_AFFINITY.get(source.columns[name].kind, 'TEXT')}" for name in columns]
        self._connection.execute(f"CREATE TABLE {table_name} ({', '.join(declared)})")

    def _index(self, source: Source, columns: tuple[str, ...]) -> None:
        table_name = quoted(source.name)
        for name in ("#", *(name for name in columns if source.columns[name].indexed)):
            index = quoted(f"{source.name} {name}")
            self._connection.execute(f"CREATE INDEX {index} ON {table_name} ({quoted(name)})")

    def _read_changed(self, copy: Copy) -> None:
        keys = [(number, id_) for number, changed in enumerate(copy.changed) for id_ in changed]
        for changed in copy.changed:
            changed.clear()
        with self._write():
            delete = f'DELETE FROM {quoted(copy.source.name)} WHERE "#" = ?'  # noqa: S608 - a name of ours
            self._connection.executemany(delete, [(f"{number}:{id_}",) for number, id_ in keys])
            self._insert(copy, keys)

    def _insert(self, copy: Copy, keys: Iterable[tuple[int, str]]) -> None:
        source = copy.source
        getters = [(source.columns[name].kind, source.columns[name].get) for name in copy.columns]

        def rows() -> Iterator[list[Any]]:
            for number, id_ in keys:
                record = source.tables[number].get(id_)
                if record is not None:
                    for row in source.rows(record):
                        yield [f"{number}:{id_}", *(stored(kind, get(row)) for kind, get in getters)]

        marks = ", ".join("?" * (len(getters) + 1))
        self._connection.executemany(f"INSERT INTO {quoted(source.name)} VALUES ({marks})", rows())  # noqa: S608

    @contextlib.contextmanager
    def _write(self) -> Iterator[None]:
        self._writing = True
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        else:
            self._connection.execute("COMMIT")
        finally:
            self._writing = False

    # -- limits --------------------------------------------------------------------------------------

    def _authorize(self, action: int, *_: str | None) -> int:
        return sqlite3.SQLITE_OK if self._writing or action in _ALLOWED else sqlite3.SQLITE_DENY

    def _add_functions(self, functions: Mapping[tuple[str, int], Callable[..., Any]]) -> None:
        for (name, arguments), function in functions.items():
            self._add_function(name, arguments, function)

    def _add_function(self, name: str, arguments: int, function: Callable[..., Any]) -> None:
        key = name, arguments
        is_known = key in self._functions
        self._functions[key] = function
        if is_known:
            # The engine would prepare each statement once more, which takes longer than most take to run.
            return

        def call(*values: Any) -> Any:
            try:
                return self._functions[key](*values)
            except Exception as problem:
                # The engine only says that a function failed.
                self._problem = problem
                raise

        self._connection.create_function(name, arguments, call, deterministic=True)


def quoted(name: str) -> str:
    """A name as the engine reads it."""
    return '"' + name.replace('"', '""') + '"'


def all_joined(joint: str, conditions: Sequence[str]) -> str:
    """Conditions joined by AND or OR so that no nesting becomes deep, however many they are."""
    if len(conditions) <= 2:
        return f"({f' {joint} '.join(conditions)})"
    half = len(conditions) // 2
    return f"({all_joined(joint, conditions[:half])} {joint} {all_joined(joint, conditions[half:])})"


_AFFINITY = {"integer": "INTEGER", "boolean": "INTEGER"}

#: The functions of a group's numbers, which may also be called with what the engine has joined.
LATER: dict[str, Callable[[Any], Any]] = {
    "num_total": numbers.total,
    "num_mean": numbers.mean,
    "num_first": numbers.least,
    "num_last": numbers.greatest,
    "num_median": numbers.median,
    **numbers.STATISTICS,
}
_FUNCTIONS: tuple[tuple[str, int, Callable[..., Any]], ...] = (
    ("num_percentile", 3, numbers.percentile),
    ("num_different", 1, numbers.different),
    *((name, 1, function) for name, function in LATER.items()),
    ("text_like", 2, like),
    ("text_like", 3, like),
    ("fold", 1, lambda value: value.casefold() if isinstance(value, str) else value),
)
_WINDOWED: tuple[tuple[str, type[Any]], ...] = (("num_sum", numbers.Sum), ("num_avg", numbers.Average))
