"""Dotted paths in SOQL: from a record through its parents to a field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec

from gameday_fakes.salesforce.currencies import converter, is_active
from gameday_fakes.salesforce.errors import Refused, no_such_column
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.models import Record, SalesforceStore
from gameday_fakes.salesforce.retyped import value_of
from gameday_fakes.salesforce.schema import Schema
from gameday_fakes.salesforce.soql_tree import Name, located

#: "SOQL and SOSL Limits": how many parents up a path may lead.
HIGHEST = 5


class Path(msgspec.Struct, frozen=True):
    """The references to follow, the field at the end with its name now, and a function that reads a record's value."""

    hops: tuple[Field, ...]
    field: Field
    shown: str
    value: Callable[[Record], Any]


class Paths:
    """Resolves the paths of one statement. Raises Refused (INVALID_FIELD) pointing at the position."""

    def __init__(
        self,
        store: SalesforceStore,
        schema: Schema,
        text: str,
        aliases: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        self._store = store
        self._schema = schema
        self._text = text
        self._aliases = aliases

    def path(self, sobject: str, name: Name) -> Path:
        """A path from records of an object; a leading name or alias of the object itself is allowed, as in SOQL."""
        steps, parent = name.path, self._schema.model.reference_to
        if len(steps) > 1 and steps[0].lower() in self._aliases:
            steps = (*self._aliases[steps[0].lower()], *steps[1:])
        elif len(steps) > 1 and steps[0].lower() == sobject.lower() and parent(sobject, steps[0]) is None:
            steps = steps[1:]
        hops: list[Field] = []
        for step in steps[:-1]:
            hop = parent(sobject, step)
            if hop is None or len(hops) == HIGHEST or hop.name not in self._schema.view(sobject).names:
                message = f"Didn't understand relationship '{step}' in field path."
                raise self.refused(name, message)
            self._schema.touch(hop.refers_to)
            hops.append(hop)
            sobject = hop.refers_to
        entry = self._schema.named(sobject, steps[-1])
        if entry is None:
            self._schema.note_missing(sobject, steps[-1])
            raise self.refused(name, no_such_column(steps[-1], sobject))
        return Path(tuple(hops), *entry, self._getter(tuple(hop.name for hop in hops), entry[0]))

    def currency_of(self, sobject: str, path: Path) -> Path | None:
        """The currency of the record whose field a path leads to; None if it has none."""
        for hop in path.hops:
            sobject = hop.refers_to
        currency = self._schema.model.objects[sobject].fields.get("CurrencyIsoCode")
        if currency is None:
            return None
        return Path(path.hops, currency, currency.name, self._getter(tuple(hop.name for hop in path.hops), currency))

    def worth(self, amount: Decimal, currency: str) -> str:
        """An amount in the organisation's own currency. Raises ValueError if nothing is in that currency."""
        if not is_active(self._store, currency):
            raise ValueError(currency)
        return converter(self._store)(amount, currency) or "0"

    def refused(self, name: Name, message: str, code: str = "INVALID_FIELD") -> Refused:
        """An error that points at a name."""
        return Refused(code, located(self._text, name.position, message))

    def _getter(self, hops: tuple[str, ...], field: Field) -> Callable[[Record], Any]:
        if not hops:
            return lambda record: value_of(record, field)

        def value(record: Record) -> Any:
            for hop in hops:
                parent = self._store.get(record.fields[hop])
                if parent is None:
                    return None
                record = parent
            return value_of(record, field)

        return value
