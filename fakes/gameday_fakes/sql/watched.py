"""A table of records that says which of them have changed, for those who keep a copy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

_V = TypeVar("_V")


class Watched(dict[str, _V]):
    """Records by id. A record that has been changed in place is put in again under its id, or ``touch``ed."""

    def __init__(self, records: Iterable[tuple[str, _V]] = ()) -> None:
        super().__init__(records)
        self._changed: list[dict[str, None]] = []

    def watch(self) -> dict[str, None]:
        """The ids of the records that change from now on, in the order of their last change; the caller empties it."""
        changed: dict[str, None] = {}
        self._changed.append(changed)
        return changed

    def unwatch(self, changed: dict[str, None]) -> None:
        """Note no more changes in what ``watch`` gave."""
        self._changed = [other for other in self._changed if other is not changed]

    def touch(self, id_: str) -> None:
        """Note that a record has changed."""
        for changed in self._changed:
            changed.pop(id_, None)
            changed[id_] = None

    def arrange(self, records: Iterable[tuple[str, _V]]) -> None:
        """Bring the records into another order; they are the same ones."""
        items = list(records)
        super().clear()
        super().update(items)

    def __setitem__(self, id_: str, record: _V) -> None:
        super().__setitem__(id_, record)
        if self._changed:
            self.touch(id_)

    def __delitem__(self, id_: str) -> None:
        super().__delitem__(id_)
        self.touch(id_)

    def pop(self, id_: str, *default: Any) -> Any:
        """As of a dict."""
        if self._changed and id_ in self:
            self.touch(id_)
        return super().pop(id_, *default)
