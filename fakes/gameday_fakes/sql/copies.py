"""What the engine knows of each table of which it has a copy."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from gameday_fakes.sql.source import Source


class Copy:
    """One table as the engine has it; ``find`` gives what it is read from, once that is asked for."""

    def __init__(self, find: Callable[[], Source]) -> None:
        #: Whether the engine has the table, with these columns.
        self.exists = False
        self.columns: tuple[str, ...] = ()
        self.read(find)

    @classmethod
    def of(cls, source: Source) -> Copy:
        """The one of a source that is there already."""
        return cls(lambda: source)

    def read(self, find: Callable[[], Source]) -> None:
        """Read the records of another source from now on, which has the same columns."""
        self._find = find
        self._source: Source | None = None
        self.state: Hashable = None
        self.changed: list[dict[str, None]] = []

    @property
    def source(self) -> Source:
        """What it is read from."""
        if self._source is None:
            self._source = self._find()
        return self._source


def alike(one: Source, other: Source) -> bool:
    """Whether the engine's tables of two sources have the same columns."""
    return one.columns is other.columns or _shape(one) == _shape(other)


def _shape(source: Source) -> dict[str, tuple[str, bool]]:
    """What the engine's table of a source depends on."""
    return {name: (column.kind, column.indexed) for name, column in source.columns.items()}
