"""Further columns that the ledger is asked for: of opportunities, of their lines and of accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from gameday_fakes.dataverse.sales import ACCOUNT, OPPORTUNITY, OPPORTUNITY_PRODUCT
from gameday_fakes.dataverse.schema import SCHEMA
from gameday_fakes.dataverse.store import Store
from gameday_fakes.guesses import did_you_mean
from gameday_fakes.ledger import StatedField
from gameday_fakes.odata.model import EntitySet

Part = Literal["deal", "line", "customer"]
_TABLES = {"deal": OPPORTUNITY, "line": OPPORTUNITY_PRODUCT, "customer": ACCOUNT}


class StatedFields(msgspec.Struct, frozen=True):
    """The names of the columns by what they are columns of."""

    deal: tuple[StatedField, ...] = ()
    line: tuple[StatedField, ...] = ()
    customer: tuple[StatedField, ...] = ()

    @property
    def states(self) -> tuple[str, ...]:
        """As a ledger names what it states."""
        parts = (("", self.deal), ("line.", self.line), ("customer.", self.customer))
        return tuple(f"fields.{part}{each.name}" for part, fields in parts for each in fields)

    def values(self, store: Store, values: Mapping[str, Any], part: Part) -> dict[str, str]:
        """The values of these columns of a record as text, without those that are empty."""
        fields: tuple[StatedField, ...] = getattr(self, part)
        found = {
            field.name: shown(_value(store, SCHEMA.sets[_TABLES[part].set_name], values, field.path))
            for field in fields
        }
        return {name: value for name, value in found.items() if value}


def _value(store: Store, of: EntitySet, values: Mapping[str, Any], path: str) -> Any:
    """The value at a path, which may lead through lookups; None where one leads nowhere."""
    first, _, rest = path.partition(".")
    if not rest:
        return values.get(first)
    navigation = of.navigations[first]
    found = store.related(of, values, navigation)
    return _value(store, SCHEMA.sets[navigation.to], found[0].values, rest) if found else None


def _known(of: EntitySet, path: str) -> bool:
    first, _, rest = path.partition(".")
    navigation = of.navigations.get(first)
    if not rest:
        return first in of.properties
    return navigation is not None and not navigation.many and _known(SCHEMA.sets[navigation.to], rest)


def shown(value: Any) -> str:
    """A value as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def stated_fields(names: Iterable[str]) -> StatedFields:
    """The columns that a setting names: ``stepname``, ``line.description``, ``transactioncurrencyid.isocurrencycode``.

    Raises ValueError with the known ones for a column that a table lacks.
    """
    found: dict[Part, list[StatedField]] = {"deal": [], "line": [], "customer": []}
    for name in names:
        first, _, rest = name.partition(".")
        part: Part = "line" if first == "line" and rest else "customer" if first == "customer" and rest else "deal"
        field = StatedField.read(name if part == "deal" else rest)
        known = [each.property_name for each in _TABLES[part].columns]
        if not _known(SCHEMA.sets[_TABLES[part].set_name], field.path):
            hint = did_you_mean(field.path, known)
            named = f"unknown column {field.path[:80]!r} of {_TABLES[part].set_name}"
            raise ValueError(f"ledger_fields: {named}; known: {', '.join(known)}{hint}")
        found[part].append(field)
    return StatedFields(*map(tuple, found.values()))
