"""Writes the ERP's order ids back to the CRM in batches; single parts may fail inside an HTTP 200."""

from __future__ import annotations

from gameday_fakes.stacks.durable.crm import Crm
from gameday_fakes.stacks.durable.definition import Definition
from gameday_fakes.stacks.durable.incidents import Incidents
from gameday_fakes.stacks.durable.store import Store
from gameday_fakes.stacks.durable.trouble import Trouble

BATCH = 200


class WriteBack:
    """The pending write-backs. They are in the store, so a restart loses none."""

    def __init__(self, definition: Definition, store: Store, crm: Crm, incidents: Incidents) -> None:
        self._field = definition.source.write_back_field
        self._reason = definition.reasons["write_back_failed"]
        self._store = store
        self._crm = crm
        self._incidents = incidents

    async def run_once(self) -> None:
        """Write back one batch; failed parts are retried later. Raises Trouble if the whole batch fails."""
        rows = self._store.rows(
            "SELECT id, order_id FROM deals WHERE state = 'done' AND order_id != '' AND written_back != order_id "
            "ORDER BY random() LIMIT ?",
            BATCH,
        )
        if not rows:
            return
        orders = {row["id"]: row["order_id"] for row in rows}
        outcomes = await self._crm.update({deal: {self._field: order} for deal, order in orders.items()})
        for deal, trouble in outcomes.items():
            self._outcome(deal, orders[deal], trouble)

    def _outcome(self, deal: str, order: str, trouble: Trouble | None) -> None:
        if trouble is None:
            self._store.set_deal(deal, written_back=order)
            self._store.note(deal, "written back", order)
        else:
            self._store.note(deal, self._reason.code, trouble.detail)
