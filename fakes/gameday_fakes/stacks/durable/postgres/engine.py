"""One worker's way of a deal: the body of its job."""

from __future__ import annotations

import asyncio
from typing import Any

from gameday_fakes.stacks.durable.crm import Record
from gameday_fakes.stacks.durable.engine import Engine
from gameday_fakes.stacks.durable.postgres.store import PostgresStore
from gameday_fakes.stacks.durable.store import QUEUED, LeaseLostError
from gameday_fakes.stacks.durable.trouble import Trouble

#: How long a job waits before it looks again whether a gate is open, in real seconds.
SHORTEST_LOOK_S, LONGEST_LOOK_S = 0.02, 0.5
#: How long reading waits for deals that arrive together, in real seconds.
LONGEST_GATHER_S = 0.02


class JobEngine(Engine):
    """The engine of a worker: Procrastinate gives it the deals, one job each."""

    def __init__(self, store: PostgresStore, *parts: Any, **named: Any) -> None:
        super().__init__(*parts, **named)
        self._shared = store
        self._asked: dict[str, asyncio.Future[Record | Trouble]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def settle(self, deal: str) -> None:
        """Work on a deal, if it is due and nobody else has. Raises StoreError."""
        probing = await self._admitted()
        row = self._shared.claim(deal)
        try:
            if row is None:
                self._inbox.release(deal)
            else:
                outcome = await self._read_with_others(deal)
                await self._work(deal, outcome, int(row["generation"]), probing=probing)
        except LeaseLostError:
            self._shared.redo(deal)
        finally:
            self._shared.release(deal)
            if probing:
                self._left()
        row = self._shared.deal(deal)
        if row is not None and row["state"] == QUEUED:
            self._shared.wake_at(deal, row["due_s"])
        await self._shared.committed()

    async def _admitted(self) -> bool:
        """Wait until a deal may pass the gates; whether it passes as a probe.

        Jobs wait in hand, at most as many as the worker has slots, so that a closed gate stops the fetching of more.
        """
        gates = self._gates.values()
        while self.paused or not all(gate.admits(1) for gate in gates):
            wait_s = max((gate.wait_s() for gate in gates), default=0.0)
            await asyncio.sleep(min(max(wait_s, SHORTEST_LOOK_S), LONGEST_LOOK_S))
        probing = any(gate.closed_by for gate in gates)
        for gate in gates:
            gate.entered()
        return probing

    def _left(self) -> None:
        for gate in self._gates.values():
            gate.left()

    async def _read_with_others(self, deal: str) -> Record | Trouble:
        """Read a deal in one batch with those that are asked for meanwhile."""
        answer: asyncio.Future[Record | Trouble] = asyncio.get_running_loop().create_future()
        self._asked[deal] = answer
        if self._reading is None or self._reading.done():
            self._reading = asyncio.get_running_loop().create_task(self._read_asked())
        return await answer

    async def _read_asked(self) -> None:
        await asyncio.sleep(min(self._pace.real_s(self._definition.source.linger_s), LONGEST_GATHER_S))
        while self._asked:
            batch = dict(list(self._asked.items())[: self._definition.source.batch])
            for deal in batch:
                del self._asked[deal]
            outcomes = await self._read([*batch])
            for deal, answer in batch.items():
                if not answer.done():
                    answer.set_result(outcomes[deal])
