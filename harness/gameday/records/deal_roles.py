"""Which field of a contract has which role in a deal: its amount, its currency, the quantity of a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gameday.model.contract import Field
from gameday.records.deals_file import COLUMNS

#: The columns of an order book that belong to a deal, and those that belong to its lines.
DEAL_ROLES = ("order", "name", "account", "currency", "date")
LINE_ROLES = ("sku", "quantity", "unit_price", "amount")
#: In a record, which has one id, a field "id" is the deal's.
_NAMES = {**{role: COLUMNS[role] for role in (*DEAL_ROLES, *LINE_ROLES)}, "order": ("id", *COLUMNS["order"])}


def fields_of(*contracts: Sequence[Field]) -> dict[str, tuple[str, ...]]:
    """The physical names of each role by the CRM fields of some contracts, those of the first before the others'.

    The first part of a physical name is the record, or a list of its lines; the first in the contract is the record.
    """
    found: dict[str, list[str]] = {}
    for fields in contracts:
        record = fields[0].physical_name.partition(".")[0] if fields else ""
        for wanted in (DEAL_ROLES, LINE_ROLES):
            of_lines = wanted is LINE_ROLES
            own = [field for field in fields if (field.physical_name.partition(".")[0] != record) is of_lines]
            for role in wanted:
                found.setdefault(role, []).extend(_named(own, _NAMES[role]))
    return {role: tuple(dict.fromkeys(names)) for role, names in found.items()}


def usual_fields(fields: Sequence[Field]) -> frozenset[str]:
    """The physical names of what every deal and line has, such as the currency, whatever the vendor calls it."""
    return frozenset(name for names in fields_of(fields).values() for name in names)


def _named(fields: Iterable[Field], names: Sequence[str]) -> list[str]:
    """The fields with one of the names, in the order of the names."""
    known = [
        (names.index(written), field.physical_name)
        for field in fields
        for written in (plain(field.name), plain(field.physical_name))
        if written in names
    ]
    return [physical for _, physical in sorted(known, key=lambda each: each[0])]


def plain(name: str, *, whole: bool = False) -> str:
    """A name as people might write it too, without case, blanks and punctuation: its last part, or the ``whole``.

    >>> plain("Opportunity.Close_Date"), plain("Line ID", whole=True)
    ('closedate', 'lineid')
    """
    return re.sub(r"[\W_]+", "", (name if whole else name.rpartition(".")[2]).lower())
