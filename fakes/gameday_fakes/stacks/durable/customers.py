"""The customers of deals: the ERP has to know them, and who decides about a deal has to know how much one matters."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections import defaultdict
from typing import Protocol

from gameday_fakes.stacks.durable.crm import Crm, Record
from gameday_fakes.stacks.durable.erp import Erp
from gameday_fakes.stacks.durable.store import Store
from gameday_fakes.stacks.durable.trouble import Trouble


class Customers(Protocol):
    """Ensures that the ERP has an account's customer, and returns the id under which it has it."""

    async def ensure(self, account: str) -> str: ...


class KeyedCustomers:
    """Adds a customer under the account's id as its external id, so two deals of one account make one customer."""

    def __init__(self, crm: Crm, erp: Erp, store: Store) -> None:
        self.crm = crm
        self.erp = erp
        self._store = store
        #: The customer of each account that has been looked up.
        self._known: dict[str, str] = {}
        self._one_at_a_time: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def ensure(self, account: str) -> str:
        """Raises Trouble."""
        # What one deal has looked up, the others need not.
        async with self._one_at_a_time[account]:
            if account not in self._known:
                self._known[account] = await self._find_or_add(account)
        return self._known[account]

    async def _find_or_add(self, account: str) -> str:
        if await self.erp.has_customer(account):
            return account
        found = await self.crm.account(account)
        # A new one gets the oldest id, which stays among those of the account whatever it is merged with.
        key = min((account, *found.former), key=lambda id_: (len(id_), id_))
        # Not every ERP can add under a key: of two deals, or two workers, both would find none, and both add one.
        async with self._store.hold(f"customer:{key}"):
            # A merge in the CRM gives an account another id; the ERP has it under the one that it had before.
            for former in found.former:
                if await self.erp.has_customer(former):
                    return former
            await self.erp.put_customer(dataclasses.replace(found, id=key))
        return key


class Tiers:
    """How much the customers of deals in trouble matter; each is asked for once."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm
        self._known: dict[str, str] = {}

    async def of(self, account: str) -> str:
        """The tier of an account; empty where there is none, or where the CRM does not answer at this moment."""
        if account not in self._known:
            with contextlib.suppress(Trouble):
                self._known[account] = await self._crm.tier(account)
        return self._known.get(account, "")

    async def beside(self, record: Record) -> Record:
        """What people learn of a deal's customer, beside the deal itself: ``customer_tier``, or nothing."""
        tier = await self.of(str(record["account"])) if record.get("account") else ""
        return {"customer_tier": tier} if tier else {}
