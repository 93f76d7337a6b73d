"""Registries of plug-ins: one file each in a package of ours, or an entry point of an installed package.

    faults: Registry[type[Fault]] = Registry("fault", package="gameday.faults", group="gameday.faults")

    @faults.register("renamed field")
    class RenamedField(Fault): ...

The entry points of a group name modules or objects; loading one registers what it defines. Files are imported when a
name is first looked up, so a command that needs no fault does not pay for them.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Generic, TypeVar, cast

from gameday.base.errors import GamedayError, unknown

T = TypeVar("T")


class Registry(Generic[T]):
    """Items of one kind by name, found in ``package``, if there is one, and under the entry-point ``group``."""

    def __init__(self, kind: str, *, package: str = "", group: str) -> None:
        self.kind = kind
        self.group = group
        self._package = package
        self._items: dict[str, T] = {}
        self._loaded = False

    def register(self, name: str) -> Callable[[T], T]:
        """Register the decorated item under ``name``. Raises GamedayError if another item has that name."""

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
        """Every name with its item, in order of the names."""
        return ((name, self._items[name]) for name in self)

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        if self._package:
            package = importlib.import_module(self._package)
            for module in pkgutil.iter_modules(package.__path__):
                importlib.import_module(f"{self._package}.{module.name}")
        for point in _points().select(group=self.group):
            _load_point(point)


def load_modules(group: str) -> tuple[str, ...]:
    """Import the modules that the entry points of a group name; returns their names. Raises GamedayError."""
    points = {point.module: point for point in _points().select(group=group)}
    for point in points.values():
        _load_point(point)
    return tuple(points)


def plug_ins() -> list[EntryPoint]:
    """Every entry point of an installed package that adds to a registry or names modules, by group and name."""
    groups = sorted(group for group in _points().groups if group.startswith("gameday."))
    found = [point for group in groups for point in _points().select(group=group)]
    return sorted(found, key=lambda point: (point.group, point.name, point.value))


@functools.cache
def _points() -> EntryPoints:
    """All entry points of all installed packages: looking through the packages takes a while, so it is done once."""
    return cast(EntryPoints, entry_points())


def _load_point(point: EntryPoint) -> None:
    try:
        point.load()
    except GamedayError:
        raise
    except Exception as problem:
        source = point.dist.name if point.dist is not None else "an unknown package"
        raise GamedayError(
            f"plug-in {point.name!r} ({point.value}) of {source} cannot be loaded: {type(problem).__name__}: {problem}",
            hint="uninstall the package, or install a version that fits this one",
        ) from problem
