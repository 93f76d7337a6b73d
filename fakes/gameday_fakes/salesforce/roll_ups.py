"""Roll-up summary fields: a count, sum, smallest or largest value of the records that refer to a record.

Source: Salesforce Help, "Roll-Up Summary Field". There the reference has to be a master-detail one; here any will do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from gameday_fakes.organisation.model import SummarySpec
from gameday_fakes.salesforce.field import Field, Object
from gameday_fakes.salesforce.formula import Formula

if TYPE_CHECKING:
    from gameday_fakes.salesforce.models import Record, SalesforceStore

_ORDERED = ("date", "datetime")


class RollUp(msgspec.Struct, frozen=True):
    """One summary: the field of ``parent`` that follows from ``field`` of the children that refer to it by ``by``."""

    parent: str
    name: str
    function: Literal["count", "sum", "min", "max"]
    child: str
    by: str
    field: str
    when: Formula | None = None

    def value(self, store: SalesforceStore, parent: str, counts: Callable[[Formula, Record], bool]) -> Any:
        """The value for a parent now; ``counts`` says whether a child is one of those that are summed up."""
        children = store.referring(self.child, self.by, parent)
        if self.when is not None:
            children = [each for each in children if counts(self.when, each)]
        if self.function == "count":
            return Decimal(len(children))
        values = [value for each in children if (value := each.fields[self.field]) is not None]
        if self.function == "sum":
            return sum(values, Decimal(0))
        if not values:
            return None
        return min(values) if self.function == "min" else max(values)


def roll_up_of(
    parent: str,
    name: str,
    field: Field,
    given: SummarySpec,
    objects: Mapping[str, Object],
    compiled: Callable[[str, str], Formula],
) -> RollUp:
    """The summary of a field. Raises ValueError with what makes no sense, and FormulaError for its condition."""
    child = next((each for each in objects if each.lower() == given.of.lower()), None)
    if child is None:
        raise ValueError(f"it sums up records of the unknown object {given.of!r}")
    fields = objects[child].fields
    to_parent = [each.name for each in fields.values() if each.refers_to == parent]
    if given.by not in to_parent and (given.by or len(to_parent) != 1):
        known = ", ".join(to_parent) or "none"
        raise ValueError(f"it sums up {child} by {given.by!r}, which is no reference to {parent}; known: {known}")
    if given.function != "count":
        of = fields.get(given.field)
        fits = of is not None and (of.is_number or (given.function != "sum" and of.type in _ORDERED))
        if of is None or not fits or (of.type != field.type and not (of.is_number and field.is_number)):
            raise ValueError(f"its {given.function} of {child}.{given.field or '...'} is no {field.type}")
    elif not field.is_number or given.field:
        raise ValueError("a count is a number, and has no field")
    when = compiled(given.when, child) if given.when else None
    return RollUp(parent, name, given.function, child, given.by or to_parent[0], given.field, when)
