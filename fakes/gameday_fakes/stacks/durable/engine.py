"""The workers: claim deals, re-read them from the CRM in batches and write their orders, a few at a time."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from gameday_fakes.stacks.durable.contract import Contract, Deal
from gameday_fakes.stacks.durable.crm import Record
from gameday_fakes.stacks.durable.customers import Tiers
from gameday_fakes.stacks.durable.definition import Definition
from gameday_fakes.stacks.durable.doubts import note_doubt, note_unanswered
from gameday_fakes.stacks.durable.failures import DeadLetters, Failures
from gameday_fakes.stacks.durable.gate import Gate
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.orders import Settlement
from gameday_fakes.stacks.durable.store import Row, Store, StoreError
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.environment import Pace

_log = logging.getLogger("durable")

#: The longest wait, in real seconds, when no deal is known to fall due.
IDLE_REAL_S = 1.0


class Reader(Protocol):
    """Reads deals from the CRM, each with its own outcome."""

    async def read(self, deals: list[str]) -> dict[str, Record | Trouble]:
        """Raises Trouble if the batch fails as a whole."""


class Prices(Protocol):
    """Checks whether the ERP would accept a deal's prices."""

    async def check(self, deal: Deal) -> None:
        """Raises Trouble if not."""

    def forget(self) -> None:
        """Discard the prices that were read before."""


class Engine:
    """The workers of one flow. ``gates`` has ``crm`` and ``erp``."""

    def __init__(
        self,
        definition: Definition,
        pace: Pace,
        store: Store,
        inbox: Inbox,
        gates: dict[str, Gate],
        reader: Reader,
        contract: Contract,
        prices: Prices,
        settlement: Settlement,
        failures: Failures,
        dead_letters: DeadLetters,
    ) -> None:
        self._definition = definition
        self._pace = pace
        self._store = store
        self._inbox = inbox
        self._gates = gates
        self._reader = reader
        self._contract = contract
        self._prices = prices
        self._settlement = settlement
        self._failures = failures
        self._dead_letters = dead_letters
        self._slots = asyncio.Semaphore(definition.concurrency)
        self.paused = False
        #: What says how much the customers of deals in trouble matter; None where nobody asks.
        self.tiers: Tiers | None = None

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as workers:
            while True:
                self._inbox.news.clear()
                claimed = self._claim()
                if not claimed:
                    await self._wait()
                    continue
                probing = any(gate.closed_by for gate in self._gates.values())
                for gate in self._gates.values():
                    gate.entered()
                # An event that arrives from here on may tell of something that this reading does not see.
                generations = {deal: self._generation(deal) for deal in claimed}
                for deal, outcome in (await self._read(claimed)).items():
                    workers.create_task(self._work(deal, outcome, generations[deal], probing=probing))

    def _generation(self, deal: str) -> int:
        row = self._store.deal(deal)
        return int(row["generation"]) if row is not None else 0

    def _claim(self) -> list[str]:
        if self.paused:
            return []
        # Hold only as many deals in memory as the slots can take soon; the rest waits on disk.
        room = min(self._definition.source.batch, 3 * self._definition.concurrency - len(self._inbox.in_hand))
        if room < self._definition.concurrency:
            # Read a backlog in batches, not one deal at a time as slots become free.
            return []
        for gate in self._gates.values():
            room = min(room, gate.admits(room))
        return self._inbox.claim(room) if room > 0 else []

    async def _wait(self) -> None:
        """Wait until a deal arrives, falls due, or a probe is allowed."""
        due_s = self._store.next_due_s(self._inbox.in_hand)
        wait_s = IDLE_REAL_S if due_s is None else due_s - self._store.now_s()
        for gate in self._gates.values():
            if gate.closed_by is not None:
                wait_s = max(wait_s, gate.wait_s())
        # Overdue deals that were not claimed wait for a slot; its release sets ``news``.
        wait_s = min(wait_s, IDLE_REAL_S) if wait_s > 0 else IDLE_REAL_S
        try:
            async with asyncio.timeout(wait_s):
                await self._inbox.news.wait()
            # Read together what arrives together.
            await asyncio.sleep(self._pace.real_s(self._definition.source.linger_s))
        except TimeoutError:
            return

    async def _read(self, deals: list[str]) -> dict[str, Record | Trouble]:
        try:
            return await self._reader.read(deals)
        except Trouble as trouble:
            return dict.fromkeys(deals, trouble)
        except Exception as problem:  # noqa: BLE001 - a reply of an unknown shape is a trouble too
            _log.exception("reading %s", deals)
            return dict.fromkeys(deals, Trouble("refused", f"cannot read the CRM's reply: {problem!r}", system="crm"))

    async def _work(self, deal: str, outcome: Record | Trouble, generation: int, *, probing: bool) -> None:
        """Settle a deal as it was read when its row had this generation; later events keep it queued."""
        try:
            async with self._slots:
                row = self._store.deal(deal)
                stopped = any(gate.closed_by for gate in self._gates.values())
                if row is None or (stopped and not probing):
                    return
                note_unanswered(self._store, row)
                try:
                    await self._settle(row, outcome)
                except Trouble as trouble:
                    await self._add_tier(trouble, outcome)
                    self._failed(row, trouble, outcome)
                except StoreError:
                    raise
                except KeyError as missing:
                    _log.exception("deal %s", deal)
                    detail = f"a reply lacks the field {missing}"
                    self._failed(row, Trouble("schema_changed", detail, system="erp"), outcome)
                except Exception as problem:  # noqa: BLE001 - one poison record must not end the workers
                    _log.exception("deal %s", deal)
                    self._failed(row, Trouble("refused", f"internal error: {problem!r}", system="erp"), outcome)
                else:
                    self._store.finish(deal, generation)
                    self._dead_letters.settled(deal)
        finally:
            if probing:
                for gate in self._gates.values():
                    gate.left()
            self._inbox.release(deal)

    async def _settle(self, row: Row, outcome: Record | Trouble) -> None:
        if isinstance(outcome, Trouble):
            if outcome.reason == "schema_changed":
                raise await self._contract.explain(outcome)
            raise outcome
        deal = await self._contract.check(outcome)
        self._gates["crm"].worked()
        if deal.version and deal.version < row["version"]:
            raise Trouble("stale", f"read {deal.version}, wrote {row['version']}", system="crm", payload=outcome)
        if not deal.won:
            await self._settlement.void(deal)
        else:
            # Where a deal is ordered already, a price that has moved since is nobody's trouble.
            if not row["approved"] and not await self._settlement.is_ordered(deal, row):
                await self._prices.check(deal)
            await self._settlement.settle(deal, row)
        self._gates["erp"].worked()

    async def _add_tier(self, trouble: Trouble, outcome: Record | Trouble) -> None:
        """Add the customer's tier to what people learn of a deal, unless the CRM itself is in trouble."""
        record = trouble.payload or (None if isinstance(outcome, Trouble) else outcome)
        if self.tiers is None or not record or trouble.system == "crm":
            return
        if tier := await self.tiers.beside(record):
            trouble.payload = {**record, **tier}

    def _failed(self, row: Row, trouble: Trouble, outcome: Record | Trouble) -> None:
        if trouble.reason == "price_drift":
            self._prices.forget()
        note_doubt(self._store, row["id"], trouble)
        self._failures.failed(row, trouble, None if isinstance(outcome, Trouble) else outcome)
        if self._definition.reasons[trouble.reason].patience_s:
            # The ERP has taken the order, and only takes its time: what else was refused for the same reason may pass.
            self._dead_letters.settled(row["id"])
