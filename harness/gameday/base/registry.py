"""Registries of plug-ins: each is one file in a bundled package, or an entry point of another package.

    faults: Registry[type[Fault]] = Registry("fault", package="gameday.faults", group="gameday.faults")

    @faults.register("renamed field")
    class RenamedField(Fault): ...

Files are imported when a name is first looked up, so a command that needs no fault loads none.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from gameday.base.errors import GamedayError, unknown

T = TypeVar("T")


class Registry(Generic[T]):
    """Named objects of one kind, found in ``package`` and under the entry-point ``group``."""

    def __init__(self, kind: str, *, package: str, group: str) -> None:
        self.kind = kind
        self._package = package
        self._group = group
        self._items: dict[str, T] = {}
        self._loaded = False

    def register(self, name: str) -> Callable[[T], T]:
        """Register the decorated object under ``name``; a second object with that name is refused."""

        def enter(item: T) -> T:
            if self._items.setdefault(name, item) is not item:
                raise GamedayError(f"two {self.kind}s are named {name!r}", hint="rename one of them")
            return item

        return enter

    def __getitem__(self, name: str) -> T:
        self._load()
        try:
            return self._items[name]
        except KeyError:
            raise unknown(self.kind, name, self._items) from None

    def __contains__(self, name: object) -> bool:
        self._load()
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(sorted(self._items))

    def items(self) -> Iterator[tuple[str, T]]:
        """Every name with its object, sorted by name."""
        return ((name, self._items[name]) for name in self)

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{self._package}.{module.name}")
        for point in entry_points(group=self._group):
            point.load()
