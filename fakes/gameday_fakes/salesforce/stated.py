"""Further fields that the ledger is asked for: of deals, lines and accounts, and of the records they refer to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from gameday_fakes.guesses import did_you_mean
from gameday_fakes.ledger import StatedField
from gameday_fakes.salesforce.model import Model
from gameday_fakes.salesforce.models import Record, SalesforceStore
from gameday_fakes.salesforce.won_deal import DealFields

_MOST_NAMED = 60
_PARTS = ("line", "customer")


class StatedFields(msgspec.Struct, frozen=True):
    """The names of the fields by what they are fields of; ``Account.Tier__c`` reaches the parent of a record."""

    deal: tuple[StatedField, ...] = ()
    line: tuple[StatedField, ...] = ()
    customer: tuple[StatedField, ...] = ()

    @property
    def states(self) -> tuple[str, ...]:
        """As a ledger names what it states."""
        parts = (("", self.deal), ("line.", self.line), ("customer.", self.customer))
        return tuple(f"fields.{part}{each.name}" for part, fields in parts for each in fields)


def stated_fields(model: Model, names: Iterable[str], of_deals: DealFields) -> StatedFields:
    """The fields that a setting names: ``Region__c`` of deals, ``line.Note__c``, ``customer.Tier__c``.

    Raises ValueError with the known ones for a field that an object lacks.
    """
    found: dict[str, list[StatedField]] = {"deal": [], "line": [], "customer": []}
    for name in names:
        part, _, rest = name.partition(".")
        part, path = (part, rest) if part in _PARTS and rest else ("deal", name)
        field = StatedField.read(path)
        objects = {"deal": of_deals.object, "line": of_deals.lines.object, "customer": "Account"}
        _check(model, objects[part], field.path)
        found[part].append(field)
    return StatedFields(*map(tuple, found.values()))


def _check(model: Model, sobject: str, path: str) -> None:
    *relationships, name = path.split(".")
    for relationship in relationships:
        field = model.reference_to(sobject, relationship)
        if field is None:
            raise ValueError(
                f"ledger_fields: {sobject} has no relationship {relationship!r} to an object that is served"
            )
        sobject = field.refers_to
    known = model.objects[sobject].fields
    if name not in known:
        listed = ", ".join(list(known)[:_MOST_NAMED]) + (" and more" if len(known) > _MOST_NAMED else "")
        hint = did_you_mean(name, known)
        raise ValueError(f"ledger_fields: unknown field {name[:80]!r} of {sobject}; known: {listed}{hint}")


def values(store: SalesforceStore, record: Record | None, fields: Iterable[StatedField]) -> dict[str, str]:
    """The values of these fields of a record as texts, by the names that are stated, without those that are empty."""
    found = {field.name: value_at(store, record, field.path) for field in fields}
    return {name: str(value) for name, value in found.items() if value not in (None, "")}


def value_at(store: SalesforceStore, record: Record | None, path: str) -> Any:
    """The value of a field of a record or, through relationships, of a parent; None without a parent."""
    *relationships, name = path.split(".")
    for relationship in relationships:
        if record is None:
            return None
        field = store.model.reference_to(record.object, relationship)
        record = store.get(record.fields.get(field.name)) if field is not None else None
    return None if record is None else record.fields.get(name)
