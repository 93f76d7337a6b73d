"""Fields that a fault has made mandatory: a record without one is not saved. No HTTP here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.models import Invoice, Order, Record
from gameday_fakes.netsuite.render import Renderer
from gameday_fakes.netsuite.standard import LINES
from gameday_fakes.netsuite.store import NetSuiteStore


def need_required(store: NetSuiteStore, kind: str, record: Order | Invoice | Record) -> None:
    """Raise Refused for a record that lacks what is mandatory now, as it would be read."""
    if not store.faults.required:
        return
    renderer = Renderer(store, "")
    if isinstance(record, Order):
        body = renderer.order(record, expand=True)
    elif isinstance(record, Invoice):
        body = renderer.invoice(record, expand=True)
    else:
        body = renderer.record(kind, record)
    sublist = body.get(LINES)
    lines: Iterable[Mapping[str, Any]] = sublist["items"] if isinstance(sublist, dict) and "items" in sublist else ()
    absent = store.faults.lacks(kind, body, lines)
    if absent:
        known = store.model.record_types[kind]
        fields = {**known.lines, **known.fields}
        labels = [(fields[name].label if name in fields else "") or name for name in absent]
        need = ", ".join(labels)
        raise Refused("missing_field", f"Error while accessing a resource. Please enter value(s) for: {need}.")
