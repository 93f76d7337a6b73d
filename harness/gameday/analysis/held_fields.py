"""Which of the compared fields each of two systems holds: those that it states of any document, or says that it has."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Sequence

from gameday.model.contract import COMPARED_FIELDS
from gameday_fakes.ledger import Entry, Invoice, Ledger

_Documents = Sequence[Entry | Invoice]


def held_fields(crm: Ledger, erp: Ledger) -> dict[str, tuple[bool, bool]]:
    """Of each field, whether the CRM holds it and whether the ERP does."""
    deals, orders = _stated(crm.entries) | {*crm.states}, _stated(erp.entries) | {*erp.states}
    invoices = _stated([invoice for entry in erp.entries for invoice in entry.invoices])
    invoices |= {field.removeprefix("invoice.") for field in erp.states if field.startswith("invoice.")}
    held = {}
    for field in COMPARED_FIELDS:
        name = field.removeprefix("invoice.")
        # A period is compared with the invoice's own date, and every deal has lines.
        in_crm = name in ("period", "lines") or name not in _STATES or name in deals
        held[field] = in_crm, name not in _STATES or name in (orders if name == field else invoices)
    return held


def _stated(documents: _Documents) -> frozenset[str]:
    """Which of the fields in ``_STATES`` any of the documents states; without documents, all of them may be."""
    return frozenset(name for name, states in _STATES.items() if not documents or states(documents))


# A ledger has a document for every deal, and a field that none states is looked for in all of them: no loop in Python.


def _any_has(name: str) -> Callable[[_Documents], bool]:
    """Whether any document has an attribute that is not empty."""

    def states(documents: _Documents) -> bool:
        return any(map(operator.attrgetter(name), documents))

    return states


def _has_period(documents: _Documents) -> bool:
    return not isinstance(documents[0], Invoice) or _any_has("period")(documents)


def _any_line_has(name: str) -> Callable[[_Documents], bool]:
    """Whether any line of a document has an attribute."""

    def states(documents: _Documents) -> bool:
        lines: Iterable[object] = itertools.chain.from_iterable(map(operator.attrgetter("lines"), documents))
        return any(map(operator.is_not, map(operator.attrgetter(name), lines), itertools.repeat(None)))

    return states


#: How to see whether documents of one kind state a field; all documents state the others.
_STATES: dict[str, Callable[[_Documents], bool]] = {
    "date": _any_has("date"),
    "customer": _any_has("customer"),
    "subsidiary": _any_has("subsidiary"),
    "terms": _any_has("terms"),
    "period": _has_period,
    "lines": _any_has("lines"),
    "line.discount": _any_line_has("discount"),
    "line.tax": _any_line_has("tax"),
}
