"""The schema as the integration user sees it: with fields renamed, hidden or out of reach.

Records keep every value under the field's own name. This class decides under which name, if any, a value is read and
written. So a fault here changes describes, replies, queries, writes and messages alike, and healing restores them all.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from typing import Literal

import msgspec

from gameday_fakes.salesforce.errors import Refused
from gameday_fakes.salesforce.field import Field, Object
from gameday_fakes.salesforce.model import Model

Access = Literal["read", "edit"]


class View:
    """One object as the user sees it: ``shown`` has pairs (field, current name); ``by_name`` is in lower case."""

    def __init__(
        self, sobject: Object, hidden: set[str], renamed: dict[str, str], values: dict[str, tuple[str, ...]]
    ) -> None:
        self.name = sobject.name
        self.shown: tuple[tuple[Field, str], ...] = tuple(
            (_with_values(field, values.get(field.name, ())), renamed.get(field.name, field.name))
            for field in sobject.fields.values()
            if field.name not in hidden
        )
        self.by_name = {shown.lower(): (field, shown) for field, shown in self.shown}
        #: Current name by field; a hidden field is missing.
        self.names = {field.name: shown for field, shown in self.shown}

    def find(self, name: str) -> tuple[Field, str] | None:
        """The field that has this name now, in any case, and the name in its proper case."""
        return self.by_name.get(name.lower())


@functools.lru_cache(maxsize=8)
def _unchanged(model: Model) -> Mapping[str, View]:
    """Each object as its model has it: what a schema begins with, and each change of a field comes back to."""
    return {name: View(sobject, set(), {}, {}) for name, sobject in model.objects.items()}


def _with_types(sobject: Object, types: dict[str, Field] | None) -> Object:
    return msgspec.structs.replace(sobject, fields={**sobject.fields, **types}) if types else sobject


def _with_values(field: Field, more: tuple[str, ...]) -> Field:
    new = tuple(value for value in more if value not in field.values)
    return msgspec.structs.replace(field, values=(*field.values, *new)) if new else field


class Schema:
    """All objects of a model as the user sees them.

    ``hit`` is called with the id of each fault that makes a difference.
    """

    def __init__(self, model: Model, hit: Callable[[str], object]) -> None:
        self.model = model
        #: Rises with every change, so that renderings of an older schema are recognised.
        self.generation = 0
        self._hit = hit
        #: Called with a read of a field that is empty because its formula is not computed.
        self.lacks: Callable[[str], object] = lambda _: None
        #: Calculated fields that the fake sums up itself, by object.
        self.rolled_up: set[tuple[str, str]] = set()
        self._changes: dict[str, tuple[str, str, str | None]] = {}
        #: Fields of another type, by object and name, with their fault.
        self._types: dict[str, tuple[str, Field]] = {}
        #: Rises when a field gets another type: queries keep values by their type.
        self.types_generation = 0
        self._values: dict[str, tuple[str, str, str]] = {}
        #: By fault, a field and the first version of the API that has it.
        self._since: dict[str, tuple[str, str, int]] = {}
        self._withdrawn: dict[str, tuple[str, Access]] = {}
        #: What permissions keep from the user: fields, and objects that may be read only.
        self._denied: frozenset[tuple[str, str]] = frozenset()
        self._read_only: frozenset[str] = frozenset()
        self._views: dict[str, View] = {}
        self._touched: dict[str, list[str]] = {}
        self._refresh()

    def change(self, fault_id: str, sobject: str, field: str, new_name: str | None) -> Callable[[], None]:
        """Rename a field, or hide it (no new name); returns what heals it."""
        self._changes[fault_id] = (sobject, field, new_name)
        self._refresh()

        def heal() -> None:
            self._changes.pop(fault_id, None)
            self._refresh()

        return heal

    def omit_before(self, fault_id: str, sobject: str, field: str, version: int) -> Callable[[], None]:
        """Let a field exist only from a version of the API on; returns what heals it."""
        self._since[fault_id] = (sobject, field, version)

        def heal() -> None:
            self._since.pop(fault_id, None)
            if self._changes.pop(fault_id, None) is not None:
                self._refresh()

        return heal

    @property
    def by_version(self) -> bool:
        """Whether any field depends on the version."""
        return bool(self._since)

    def serve(self, version: int) -> None:
        """Show the objects as a version of the API has them, until another one is asked for."""
        for fault_id, (sobject, field, since) in self._since.items():
            if (version < since) != (fault_id in self._changes):
                if version < since:
                    self._changes[fault_id] = (sobject, field, None)
                else:
                    del self._changes[fault_id]
                self._refresh()

    def change_type(self, fault_id: str, sobject: str, field: Field) -> Callable[[], None]:
        """Give a field another type, which it has in ``field``; returns what heals it."""
        self._types[fault_id] = (sobject, field)
        self.types_generation += 1
        self._refresh()

        def heal() -> None:
            self._types.pop(fault_id, None)
            self.types_generation += 1
            self._refresh()

        return heal

    def field(self, sobject: str, name: str) -> Field:
        """A field, by its own name, with its type of now."""
        changed = (field for of, field in self._types.values() if of == sobject and field.name == name)
        return next(changed, self.model.objects[sobject].fields[name])

    def fields(self, sobject: str) -> list[Field]:
        """The fields of an object, each with its type of now."""
        return [self.field(sobject, name) for name in self.model.objects[sobject].fields]

    def has_other_types(self, sobject: str) -> bool:
        """Whether a field of an object has another type now."""
        return any(of == sobject for of, _ in self._types.values())

    def add_value(self, fault_id: str, sobject: str, field: str, value: str) -> Callable[[], None]:
        """Let a picklist have a value more; returns what heals it."""
        self._values[fault_id] = (sobject, field, value)
        self._refresh()

        def heal() -> None:
            self._values.pop(fault_id, None)
            self._refresh()

        return heal

    def withdraw(self, fault_id: str, sobject: str, access: Access) -> Callable[[], None]:
        """Revoke the right to read or to edit an object; returns what heals it."""
        self._withdrawn[fault_id] = (sobject, access)

        def heal() -> None:
            self._withdrawn.pop(fault_id, None)

        return heal

    def restrict(self, denied: frozenset[tuple[str, str]], read_only: frozenset[str]) -> None:
        """Keep from the user these fields, by object, and the right to edit these objects."""
        self._read_only = read_only
        if denied != self._denied:
            self._denied = denied
            self._refresh()

    def view(self, sobject: str) -> View:
        """An object as it is seen now."""
        return self._views[sobject]

    def may(self, sobject: str, access: Access) -> bool:
        """Whether the user may read or edit records of an object; without read there is no edit."""
        if access == "edit" and sobject in self._read_only:
            return False
        if not self._withdrawn:
            return True
        active = [i for i, (name, lost) in self._withdrawn.items() if name == sobject and lost in ("read", access)]
        for fault_id in active:
            self._hit(fault_id)
        return not active

    def touch(self, sobject: str) -> None:
        """Note that records of an object were shown, if a fault changes how."""
        if self._touched:
            for fault_id in self._touched.get(sobject, ()):
                self._hit(fault_id)

    def named(self, sobject: str, name: str) -> tuple[Field, str] | None:
        """The field that has this name now, and the name in its proper case, for a request that names it."""
        entry = self._views[sobject].find(name)
        if entry is not None and self.model.house.lacking:
            self._note_lacking(sobject, entry[0].name)
        return entry

    def note_all(self, sobject: str) -> None:
        """Note that all fields of a record are shown."""
        for of, field in self.model.house.lacking:
            if of == sobject:
                self._note_lacking(of, field)

    def _note_lacking(self, sobject: str, field: str) -> None:
        why = self.model.house.lacking.get((sobject, field))
        if why is not None and (sobject, field) not in self.rolled_up:
            self.lacks(f"a read of {sobject}.{field}, whose formula is not computed: {why}")

    def need(self, sobject: str, name: str) -> tuple[Field, str]:
        """The field that has this name now. Raises Refused (INVALID_FIELD) as a write is refused."""
        entry = self.named(sobject, name)
        if entry is None:
            self.note_missing(sobject, name)
            raise Refused("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject}")
        return entry

    def note_missing(self, sobject: str, name: str) -> None:
        """Note that a field was requested under a name that a fault has changed."""
        for fault_id, (of, field, _) in self._changes.items():
            if of == sobject and field.lower() == name.lower():
                self._hit(fault_id)

    def faults_of(self, sobject: str, fields: Collection[str]) -> list[str]:
        """The faults that have renamed, hidden or changed one of these fields."""
        renamed = [i for i, (of, field, _) in self._changes.items() if of == sobject and field in fields]
        return renamed + [i for i, (of, field) in self._types.items() if of == sobject and field.name in fields]

    def _refresh(self) -> None:
        self.generation += 1
        self._touched = {}
        hidden: dict[str, set[str]] = {}
        renamed: dict[str, dict[str, str]] = {}
        for fault_id, (sobject, field, new_name) in self._changes.items():
            self._touched.setdefault(sobject, []).append(fault_id)
            if new_name is None:
                hidden.setdefault(sobject, set()).add(field)
            else:
                renamed.setdefault(sobject, {})[field] = new_name
        for sobject, field in self._denied:
            hidden.setdefault(sobject, set()).add(field)
        types: dict[str, dict[str, Field]] = {}
        for fault_id, (sobject, of_type) in self._types.items():
            self._touched.setdefault(sobject, []).append(fault_id)
            types.setdefault(sobject, {})[of_type.name] = of_type
        values: dict[str, dict[str, tuple[str, ...]]] = {}
        for sobject, field, value in self._values.values():
            of = values.setdefault(sobject, {})
            of[field] = (*of.get(field, ()), value)
        changed = {*hidden, *renamed, *types, *values}
        self._views = {**_unchanged(self.model)}
        for name in changed & self.model.objects.keys():
            self._views[name] = View(
                _with_types(self.model.objects[name], types.get(name)),
                hidden.get(name, set()),
                renamed.get(name, {}),
                values.get(name, {}),
            )
