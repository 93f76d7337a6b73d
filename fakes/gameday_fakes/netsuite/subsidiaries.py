"""In an account of several companies each transaction is of its customer's company, and so is what classifies it.

Oracle's NetSuite help, "Subsidiaries in NetSuite". An account enforces it by the setting ``subsidiaries_must_match``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.models import Order
from gameday_fakes.netsuite.standard import CLASSIFICATIONS, LINES
from gameday_fakes.netsuite.store import NetSuiteStore


def need_matching(store: NetSuiteStore, order: Order) -> None:
    """Raise Refused for an order of another subsidiary than its customer's, or with a location of another one."""
    if not store.house_rules.subsidiaries_must_match:
        return
    own = store.records["customer"][order.customer].fields.get("subsidiary", order.subsidiary)
    if order.subsidiary != own:
        raise _foreign("subsidiary", order.subsidiary, "subsidiary")
    _need_classified(store, order.custom, order.subsidiary, "")
    for index, line in enumerate(order.lines):
        _need_classified(store, line.custom, order.subsidiary, f"{LINES}.items[{index}].")


def _need_classified(store: NetSuiteStore, values: Mapping[str, Any], subsidiary: str, at: str) -> None:
    for name, field in CLASSIFICATIONS.items():
        record = store.find(field.to, values.get(name, ""))
        of = record.fields.get("subsidiary") if record else None
        if of and of != subsidiary:
            raise _foreign(name, values[name], f"{at}{name}")


def _foreign(name: str, id_: str, path: str) -> Refused:
    detail = f"Error while accessing a resource. Invalid Field Value {id_} for the following field: {name}."
    return Refused("invalid_content", detail, path=path)
