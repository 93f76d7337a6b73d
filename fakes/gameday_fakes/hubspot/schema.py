"""The properties of an account's objects as they are shown now: what admins add and archive, and what faults change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from gameday_fakes.hubspot.property import Group, Option, Property
from gameday_fakes.hubspot.standard import OBJECTS


class View(msgspec.Struct, frozen=True):
    """The properties of an object by the names under which they are shown, and the names of those that are not.

    ``lost`` has the fault by the name that it has taken away, ``changed`` by the names that show its effect.
    """

    shown: Mapping[str, Property]
    lost: Mapping[str, str]

    def own_name(self, name: str) -> str | None:
        """The name under which records keep a property."""
        found = self.shown.get(name)
        return found.name if found is not None else None


class Schema:
    """All properties; ``hit`` is called with the faults that made a difference to a request."""

    def __init__(self, hit: Callable[[str], None]) -> None:
        self._hit = hit
        self.properties: dict[str, dict[str, Property]] = {
            name: dict(each.properties) for name, each in OBJECTS.items()
        }
        self.groups: dict[str, dict[str, Group]] = {
            name: {group.name: group for group in each.groups} for name, each in OBJECTS.items()
        }
        self.archived: dict[str, dict[str, Property]] = {name: {} for name in OBJECTS}
        #: What faults do to properties: (object, name) and the other name, empty for a hidden one.
        self._changes: dict[str, tuple[str, str, str]] = {}
        self._options: dict[str, tuple[str, str, str]] = {}
        self.generation = 0
        self._views: dict[str, View] = {}

    def view(self, object_: str) -> View:
        """The properties of an object as they are shown now."""
        if object_ not in self._views:
            self._views[object_] = self._viewed(object_)
        return self._views[object_]

    def unique(self, object_: str) -> list[str]:
        """The names of the properties whose values are unique."""
        return [each.name for each in self.properties[object_].values() if each.unique]

    def changed(self) -> None:
        """Something about properties has changed."""
        self.generation += 1
        self._views.clear()

    def note_missing(self, object_: str, names: Iterable[str]) -> None:
        """Record that a request named properties that a fault has taken away."""
        lost = self.view(object_).lost
        for name in names if lost else ():
            if name in lost:
                self._hit(lost[name])

    def hide(self, fault_id: str, object_: str, name: str, new_name: str = "") -> Callable[[], None]:
        """Hide a property, or show it under another name; returns what heals it. Raises ValueError."""
        if new_name and new_name in self.properties[object_]:
            raise ValueError(f"{object_} has a property {new_name!r} already")
        self._changes[fault_id] = (object_, name, new_name)
        self.changed()
        return lambda: self._healed(self._changes, fault_id)

    def add_option(self, fault_id: str, object_: str, name: str, value: str) -> Callable[[], None]:
        """Let an enumeration have a value more; returns what heals it."""
        self._options[fault_id] = (object_, name, value)
        self.changed()
        return lambda: self._healed(self._options, fault_id)

    def _healed(self, of: dict[str, tuple[str, str, str]], fault_id: str) -> None:
        of.pop(fault_id, None)
        self.changed()

    def _viewed(self, object_: str) -> View:
        shown, lost = dict(self.properties[object_]), {}
        for of, name, value in self._options.values():
            if of == object_ and name in shown:
                known = shown[name]
                options = (*known.options, Option(value, value, len(known.options)))
                shown[name] = msgspec.structs.replace(known, options=options)
        for fault_id, (of, name, new_name) in self._changes.items():
            if of == object_ and name in shown:
                taken = shown.pop(name)
                lost[name] = fault_id
                if new_name:
                    shown[new_name] = taken
        return View(dict(sorted(shown.items())), lost)
