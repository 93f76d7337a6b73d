"""Fields that an account, a form of it or a fault makes mandatory: a record without one is not saved. No HTTP here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gameday_fakes.netsuite import customs
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.field import RecordType
from gameday_fakes.netsuite.model import CUSTOM_FORM
from gameday_fakes.netsuite.models import Fulfillment, Invoice, Order, Record, Settlement
from gameday_fakes.netsuite.render import Renderer
from gameday_fakes.netsuite.standard import LINES
from gameday_fakes.netsuite.store import NetSuiteStore


def need_required(store: NetSuiteStore, kind: str, record: Order | Invoice | Settlement | Fulfillment | Record) -> None:
    """Raise Refused for a record that lacks what is mandatory now, as it would be read."""
    known = store.model.record_types[kind]
    if not (store.faults.required or known.mandatory or known.forms):
        return
    body = _as_read(Renderer(store, ""), kind, record)
    sublist = body.get(LINES)
    lines = sublist["items"] if isinstance(sublist, dict) and "items" in sublist else []
    absent: dict[str, None] = {}
    for path in mandatory(known, body.get(CUSTOM_FORM)):
        within, _, name = path.rpartition(".")
        # A field that a fault hides cannot be given either.
        now = store.faults.renamed(kind, within).get(name, name)
        if now and any(part.get(now) in (None, "") for part in (lines if within else (body,))):
            absent[name] = None
    absent |= dict.fromkeys(store.faults.lacks(kind, body, lines))
    if absent:
        fields = {**known.lines, **known.fields}
        need = ", ".join((fields[name].label if name in fields else "") or name for name in absent)
        raise Refused("missing_field", f"Error while accessing a resource. Please enter value(s) for: {need}.")


def _as_read(
    renderer: Renderer, kind: str, record: Order | Invoice | Settlement | Fulfillment | Record
) -> Mapping[str, Any]:
    return renderer.record(kind, record) if isinstance(record, Record) else renderer.transaction(record)


def mandatory(kind: RecordType, form: Any = None) -> list[str]:
    """The paths of the fields that the account and a form require; the preferred form where a record shows none."""
    preferred = kind.further[CUSTOM_FORM].default if kind.forms else None
    id_ = form.get("id") if isinstance(form, Mapping) else preferred
    chosen = next((each for each in kind.forms if each.id == id_), None)
    return [*kind.mandatory, *(chosen.required if chosen else ())]


def examples(store: NetSuiteStore, kind: RecordType, given: Mapping[str, Any], within: str = "") -> dict[str, Any]:
    """Values, in the form of a body, for what a record that people made needs and does not have.

    ``within`` is the sublist of which ``given`` is a line.
    """
    further = kind.further_lines if within else kind.further
    names = (path.rpartition(".") for path in mandatory(kind, given.get(CUSTOM_FORM)))
    needed = [name for sublist, _, name in names if sublist == within and given.get(name) in (None, "")]
    fields = kind.lines if within else kind.fields
    named = {name: msgspec.structs.replace(fields[name], label=fields[name].label or name) for name in needed}
    own = {name: customs.example(store, field) for name, field in named.items()}
    return {**customs.examples(store, further, given), **own}
