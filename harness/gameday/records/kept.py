"""What kept values look like: a contract may call a field internal, and people write anything into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from gameday.base.counts import out_of
from gameday.model.contract import Field
from gameday.records.alphabet import format_of
from gameday.records.personal import Looks

#: How many forms of a field are listed, and how many are counted at most.
LISTED = 5
_MOST_SHAPES = 1_000
_LONGEST = 40


class KeptField(msgspec.Struct, frozen=True):
    """One field that is kept in the clear: how many values it has, and their commonest forms, never a value.

    ``looks``: by kind, how many look personal. ``reason``: why the contract keeps it all the same.
    """

    field: str
    values: int
    shapes: dict[str, int] = {}
    looks: dict[str, int] = {}
    reason: str = ""

    @property
    def refused(self) -> bool:
        """Whether it looks personal, and the contract gives no reason to keep it."""
        return bool(self.looks) and not self.reason

    @property
    def words(self) -> str:
        """What it looks like: "3 values look like e-mail addresses"."""
        return " and ".join(
            f"{out_of(count, self.values, 'value', verb='looks')} like {kind}" for kind, count in self.looks.items()
        )


class KeptValues:
    """Collects the values that a Redactor keeps, field by field; it holds forms, and short texts in memory only."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._reasons = {field.physical_name or field.name: field.kept_raw for field in fields}
        self._looks: dict[str, Looks] = {}
        self._shapes: dict[str, Counter[str]] = {}
        self._values: Counter[str] = Counter()

    def add(self, path: str, value: Any) -> None:
        """Take one kept value of the field with that physical name."""
        self._values[path] += 1
        self._looks.setdefault(path, Looks(path)).add(value)
        shapes = self._shapes.setdefault(path, Counter())
        shape = shape_of(value)
        if shape in shapes or len(shapes) < _MOST_SHAPES:
            shapes[shape] += 1

    def fields(self) -> tuple[KeptField, ...]:
        """Every field with a kept value, in the order of the names."""
        return tuple(
            KeptField(
                path,
                count,
                dict(self._shapes[path].most_common(LISTED)),
                self._looks[path].found(),
                self._reasons.get(path, ""),
            )
            for path, count in sorted(self._values.items())
        )

    def refused(self) -> tuple[KeptField, ...]:
        """Those that look personal, without a reason in the contract."""
        return tuple(field for field in self.fields() if field.refused)


def shape_of(value: Any) -> str:
    """The form of a value, without any of its letters and digits.

    >>> shape_of("Closed Won"), shape_of(-12.5), shape_of(True)
    ('Aaaaaa Aaa', '-00.0', 'true or false')
    """
    if isinstance(value, bool):
        return "true or false"
    text = str(value)
    return format_of(text) if len(text) <= _LONGEST else f"{format_of(text[: _LONGEST - 3])}..."


def hide(fields: Sequence[Field], paths: Collection[str]) -> tuple[Field, ...]:
    """The same fields, with those of these physical names to be redacted."""
    return tuple(
        msgspec.structs.replace(field, classification="restricted")
        if (field.physical_name or field.name) in paths
        else field
        for field in fields
    )
