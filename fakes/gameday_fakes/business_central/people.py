"""What people do with documents by themselves: under a fault, they cancel invoices that were posted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from gameday_fakes.business_central.history import Change, event_of
from gameday_fakes.business_central.service import deal_of_document
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.records import Record

if TYPE_CHECKING:
    from gameday_fakes.business_central.handlers import BusinessCentral

INVOICES = "salesInvoices"


class People:
    """Cancels invoices as the active faults say, each deal's once for each fault."""

    def __init__(self, fake: BusinessCentral) -> None:
        self._fake = fake
        self._done: set[tuple[str, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def note(self, changed: Iterable[Change]) -> None:
        """Look at what a request has changed: an invoice that was posted may be cancelled later."""
        state = self._fake.state
        if not state.cancellations:
            return
        for name, record, _ in changed:
            if name != INVOICES or record.values["status"] != "Open":
                continue
            deal = deal_of_document(self._fake.store, name, record)
            for fault_id, after_s in state.cancelling(deal).items():
                if (fault_id, deal) not in self._done:
                    self._done.add((fault_id, deal))
                    task = asyncio.get_running_loop().create_task(self._cancel(fault_id, record, deal, after_s))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)

    async def _cancel(self, fault_id: str, invoice: Record, deal: str, after_s: float) -> None:
        fake = self._fake
        await fake.clock.sleep(after_s)
        found = fake.store.get(INVOICES, invoice.values["id"])
        if fault_id not in fake.state.cancellations or found is None:
            return
        try:
            with fake.store.transaction():
                fake.service.posting.cancel(found)
        except ODataError:
            # It is cancelled already, or its period is closed.
            return
        changed = [(name, record, "updated") for name, record in fake.service.posting.written]
        fake.hit(fault_id, "invoice.write", deal)
        event = event_of(fake.store, "invoice_write", changed, 200)
        if event is not None:
            fake.events.append(fake.name, event[0], "ok", event[1])
        fake.webhooks.note(changed, lambda name, record: deal_of_document(fake.store, name, record))

    def reset(self) -> None:
        """Forget all that is under way."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
        self._done.clear()
