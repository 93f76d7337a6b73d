"""Reads deals from the CRM as they are now."""

from __future__ import annotations

from gameday_fakes.stacks.durable.crm import Crm, Record
from gameday_fakes.stacks.durable.trouble import Trouble


class FreshReader:
    """Reads the current state of the deals and ignores the values that an event carries."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    async def read(self, deals: list[str]) -> dict[str, Record | Trouble]:
        """Raises Trouble if the batch fails as a whole."""
        return await self._crm.read_deals(deals)
