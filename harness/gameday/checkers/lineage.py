"""A deal can be followed into the ERP: its order and its invoice have one correlation id, and no other deal has it."""

from __future__ import annotations

from collections import Counter

from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.base.counts import every
from gameday.model.capability import CORRELATION_IDS
from gameday.model.checker import Case, Result, Verdict, checkers, needs

NAME = "lineage"


@checkers.register(NAME)
@needs(CORRELATION_IDS)
def lineage(case: Case, field: str = "") -> Verdict:
    """The open order and the invoices of each won deal have the same value in ``field``, which no other deal has.

    ``field`` is one of the ERP's own; without it, the contract's ``correlation`` is meant, and a contract without one
    asks for no such id. The ERP's ledger states the contract's, if the organisation has it; of another field it has to
    state orders and invoices (setting ``ledger fields``).
    """
    agreed, states = case.contract.correlation, case.erp.states
    if not field and f"fields.{agreed}" not in states:
        lacks = f"the ERP has no field {agreed}" if agreed else "the contract names no field of correlation ids"
        return Verdict(NAME, Result.NOT_APPLICABLE, f"not applicable: {lacks}")
    field = field or agreed
    if unstated := [name for name in (f"fields.{field}", f"fields.invoice.{field}") if name not in states]:
        return inconclusive(NAME, f"the ERP's ledger does not state {' and '.join(unstated)}: set its ledger fields")
    orders = {entry.id: entry for entry in case.erp.entries}
    ordered = [o for o in reconcile(case).outcomes if o.orders and not o.void]
    if not ordered:
        return inconclusive(NAME, "no won deal has an order")
    values: dict[str, set[str]] = {}
    for outcome in ordered:
        found = [orders[id_] for id_ in outcome.orders]
        values[outcome.deal] = {
            fields.get(field, "")
            for entry in found
            for fields in (entry.fields, *(invoice.fields for invoice in entry.invoices if invoice.is_open))
        }
    holders = Counter(value for of_deal in values.values() for value in of_deal)
    without, differing, shared = list[OrderOutcome](), list[OrderOutcome](), list[OrderOutcome]()
    for outcome in ordered:
        of_deal = values[outcome.deal]
        if "" in of_deal:
            without.append(outcome)
        elif len(of_deal) > 1:
            differing.append(outcome)
        elif holders[next(iter(of_deal))] > 1:
            shared.append(outcome)
    if bad := [*without, *differing, *shared]:
        counts = (
            f"without one: {len(without):,}; with several: {len(differing):,}; with that of another: {len(shared):,}"
        )
        return failed(NAME, f"deals whose order and invoice cannot be traced by {field}: {counts}", bad)
    return passed(NAME, f"order and invoice of {every(len(ordered), 'deal')} have one {field}, and each its own")
