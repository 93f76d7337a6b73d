"""Ways in which a ledger gets worse: each leaves one deal wrong in the ERP. And alerts to be added to a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from gameday.analysis.reconcile import reconcile
from gameday.model.checker import Case
from gameday.model.events import AlertRaised
from gameday.model.history import operation
from gameday.model.signal import Signal
from gameday_fakes.ledger import Entry, Invoice
from judge.events import in_order

replace = msgspec.structs.replace
Worsening = Callable[[Entry], tuple[Entry, ...]]


def _bill(order: Entry, **changes: Any) -> Entry:
    return replace(order, invoices=tuple(replace(invoice, **changes) for invoice in order.invoices))


#: Those that leave more in the ERP than there should be.
TWICE = ("posted twice", "posted twice at once", "invoiced twice")
#: What becomes of the deal's open order.
WORSENINGS: Mapping[str, Worsening] = {
    "lost": lambda _: (),
    "cancelled": lambda order: (replace(order, state="cancelled"),),
    "posted twice": lambda order: (order, replace(order, id=f"{order.id}-2", time_s=order.time_s + 500)),
    "posted twice at once": lambda order: (order, replace(order, id=f"{order.id}-2")),
    "of another total": lambda order: (replace(order, total=order.total + 1),),
    "without a line": lambda order: (replace(order, lines=order.lines[1:]),),
    "of another quantity": lambda order: (
        replace(order, lines=(replace(order.lines[0], quantity=Decimal(99)), *order.lines[1:])),
    ),
    "of another customer": lambda order: (replace(order, customer="ACC-other"),),
    "in another currency": lambda order: (replace(order, currency="CHF"),),
    "not invoiced": lambda order: (replace(order, invoices=()),),
    "invoiced twice": lambda order: (
        replace(order, invoices=(*order.invoices, Invoice("INV-2", order.total, order.currency, order.time_s + 500))),
    ),
    "invoiced wrong": lambda order: (_bill(order, total=order.total * 2),),
}


def worsened(case: Case, deal: str, how: str) -> Case:
    """The case with one deal's open order worse; the same case if the deal has none."""
    entries = tuple(
        entry
        for order in case.erp.entries
        for entry in (
            WORSENINGS[how](order) if order.state == "open" and order.keys.get(case.match) == deal else (order,)
        )
    )
    return replace(case, erp=replace(case.erp, entries=entries))


def deals_in(case: Case, state: str) -> list[str]:
    """The won deals of this end state."""
    return [outcome.deal for outcome in reconcile(case).outcomes if outcome.state == state and not outcome.void]


def unreported(case: Case) -> set[str]:
    """The deals that are wrong and unreported."""
    return {outcome.deal for outcome in reconcile(case).outcomes if outcome.unreported}


def alerted(case: Case, *deals: str, at_s: float, role: str = "history", **fields: Any) -> Case:
    """The case with one more alert, which is good but for the given fields; in the control if ``role`` says so."""
    known: dict[str, Any] = {
        "kind": "alert",
        "source": "pagerduty",
        "action": "trigger",
        "key": f"added {at_s:g} {' '.join(deals)}",
        "orders": deals,
        "flow": case.contract.name,
        "owner": case.contract.owner,
        "reason": "record lock",
        "context": {deal: {"Id": deal} for deal in deals},
        "first_seen": "00:01",
    }
    event = AlertRaised(signal=Signal(**(known | fields)), raw={})
    history = getattr(case, role)
    return replace(case, **{role: in_order([*history, operation("pagerduty", "alert", event, "ok", at_s, 0)])})
