"""A fault that gives a field another type. A text becomes a list of the values that records have at that moment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gameday_fakes.erp_faults import as_it_is, kept_kind
from gameday_fakes.fault_kinds import FaultKind, Heal
from gameday_fakes.netsuite.standard import TRANSACTIONS
from gameday_fakes.netsuite.tables import tables_of
from gameday_fakes.rules import ChangeRecordFieldType

#: A list has at most so many values.
_MOST_VALUES = 1000
_KEPT = kept_kind(ChangeRecordFieldType, "types", as_it_is)


def _apply(fake: Any, fault_id: str, rule: ChangeRecordFieldType) -> Heal:
    lists = fake.state.lists
    if rule.type == "picklist":
        lists[fault_id] = tuple(dict.fromkeys(_texts(fake, rule)))[:_MOST_VALUES]
    kept: Any = _KEPT.apply(fake, fault_id, rule)

    def heal() -> None:
        kept()
        lists.pop(fault_id, None)

    return heal


def _texts(fake: Any, rule: ChangeRecordFieldType) -> Iterable[str]:
    """What records have in a field, in their order."""
    sublist, _, name = rule.field.rpartition(".")
    table = "transaction" if rule.record in TRANSACTIONS else rule.record.lower()
    make = tables_of(fake.model).get("transactionline" if sublist else table)
    if make is None:
        return
    found = make(fake.store, fake.dates)
    column = next((each for each in found.columns.values() if each.field == name), None)
    if column is None:
        return
    for record in fake.store.all_of(rule.record).values():
        for row in found.rows_of(record):
            if text := str(column.get(row)):
                yield text


CHANGE_TYPE = FaultKind(_KEPT.name, ChangeRecordFieldType, _apply)
