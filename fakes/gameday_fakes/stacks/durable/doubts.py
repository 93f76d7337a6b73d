"""Deals with a write that the ERP did not answer in time: what it did not do then, it may do yet, over a later write.

So the reconciler compares such a deal with its orders for longer than a server holds a request, also one that it has
found right before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gameday_fakes.stacks.durable.contract import is_void
from gameday_fakes.stacks.durable.crm import Crm, Record, read_in_batches
from gameday_fakes.stacks.durable.definition import Definition
from gameday_fakes.stacks.durable.erp import Erp, LedgerOrder
from gameday_fakes.stacks.durable.store import Row, Store
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.environment import Pace

#: The fact with the moment since which a deal is in doubt.
IN_DOUBT = "in_doubt:"


def note_doubt(store: Store, deal: str, trouble: Trouble) -> None:
    """Note a deal of which the ERP may have carried out a request, or may do so yet."""
    store.set_deal(deal, unanswered=0)
    if trouble.system == "erp" and trouble.reason == "slow":
        _note(store, deal)


def note_unanswered(store: Store, row: Row) -> None:
    """Note the same of a deal whose order was on its way when the process at work on it was killed."""
    if row["unanswered"]:
        store.set_deal(row["id"], unanswered=0)
        _note(store, row["id"])


def _note(store: Store, deal: str) -> None:
    store.set_fact(f"{IN_DOUBT}{deal}", str(store.now_s()))


def is_in_doubt(store: Store, deal: str) -> bool:
    """Whether that may have happened to a deal not long ago."""
    return bool(store.fact(f"{IN_DOUBT}{deal}"))


def renew_doubts(store: Store, deal: str) -> None:
    """A deal is not as it was written: if it was in doubt, other writes may land yet, and all in doubt are so anew."""
    if is_in_doubt(store, deal):
        for each in store.facts(IN_DOUBT):
            _note(store, each)


async def with_late_invoices(store: Store, erp: Erp, record: Record, orders: list[LedgerOrder]) -> list[LedgerOrder]:
    """The orders of a deal; a cancelled one of a void deal in doubt has not ended if an invoice was made late of it.

    Raises Trouble.
    """
    if not is_void(record) or not is_in_doubt(store, record["id"]):
        return orders
    return [
        replace(order, ended=False) if order.ended and await erp.invoices_of(order.id) else order for order in orders
    ]


async def deals_in_doubt(
    store: Store, crm: Crm, definition: Definition, pace: Pace, *, also: Sequence[str] = ()
) -> list[Record]:
    """The deals in doubt that are done, and others, as the CRM has them now. Raises Trouble if it cannot be read."""
    since_s = store.now_s() - pace.real_s(definition.reconcile.in_doubt_s)
    deals = list(also)
    for deal, noted_s in store.facts(IN_DOUBT).items():
        row = store.deal(deal)
        if float(noted_s) < since_s:
            store.set_fact(f"{IN_DOUBT}{deal}", "")
        elif row is not None and row["state"] == "done" and deal not in also:
            deals.append(deal)
    found = await read_in_batches(crm, deals, definition.source.batch)
    return [record for record in found if "amount" in record]
