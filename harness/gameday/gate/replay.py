"""Replays business operations through a stack against fresh fakes, as fast as the stack takes them.

No fault strikes. So many deals are on their way at a time; the next is closed when one has arrived. A deal that does
not arrive holds its place until nothing has been written for a while; a stack that has taken none since then has
come to a standstill, and the rest are not tried.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path

import msgspec

from gameday.analysis.host_load import overloaded
from gameday.analysis.reconcile import reconcile
from gameday.base.cancellation import finish
from gameday.config.gameday_toml import Config, StackTable
from gameday.model.checker import Case
from gameday.model.contract import Contract
from gameday.model.events import InvoiceWrite, OrderWrite
from gameday.model.history import History, HistoryWriter
from gameday.model.scenario import Flow, Scenario, WorkloadSpec
from gameday.model.workload import BusinessOperation, Workload
from gameday.run.engine import Engine, Ledgers
from gameday.run.environment import Environment, Shape
from gameday_fakes.events import Event

#: How many deals are on their way at a time: more than any stack's batch, less than would make one late.
WINDOW = 48
#: How long, at the least, nothing may be written before what is missing counts as lost (real seconds).
QUIET_S = 5.0
#: How long an order that is right may still change before the books are read (real seconds).
SETTLE_S = 0.5
#: The longest that a stack may go on writing after the last operation (real seconds).
LONGEST_S = 60.0
POLL_S = 0.02


class Replayed(msgspec.Struct, frozen=True):
    """What a replay left: the books, how many of the deals were tried, and what was wrong with the machine.

    ``standstill`` says that the stack took nothing any more; ``starved`` that the machine did not keep up;
    ``ended`` that the stack's process ended by itself, with its exit code. ``unshaped``: what of ``shape`` a fake
    refused, with its words.
    """

    scenario: Scenario
    books: Ledgers
    history: History
    tried: int
    deals: int
    stall: bool
    ended: str
    overloaded: str
    unshaped: dict[str, str]
    took_s: float


class _Replay(Engine):
    """Drive, with the flow as fast as the stack takes it, to the end of all writing."""

    def __init__(
        self,
        scenario: Scenario,
        contract: Contract,
        environment: Environment,
        workload: Workload,
        history: HistoryWriter,
        pace: float,
    ) -> None:
        super().__init__(scenario, contract, environment, workload, history, pace)
        self._wanted = ("order_write", "invoice_write") if contract.invoiced else ("order_write",)
        #: By deal: the writes that have still to come.
        self._on_their_way: dict[str, set[str]] = {}
        #: Writes that came before the reply to the operation that caused them.
        self._early: dict[str, set[str]] = {}
        self._ids: dict[str, str] = {}
        #: When a deal was last closed or changed, or something written; and after how long without either is lost what
        #: is missing: nothing is before its SLA has passed.
        self._progress_s = time.monotonic()
        self._quiet_s = max(QUIET_S, contract.sla.latency_s / pace)
        self._moved = False
        self.tried = 0
        self.stall = False

    async def _flow(self) -> None:
        """Close the deals, then change those that change: a change of what has not arrived is no second write."""
        operations = self._workload.operations
        for changes in (False, True):
            for operation in operations:
                if (operation.f != "close_deal") is changes and not self.stall:
                    await self._room(WINDOW)
                    if not self.stall:
                        await self._carry_out(operation)
            await self._room(1)

    async def _carry_out(self, operation: BusinessOperation) -> None:
        value = {"key": operation.key, **operation.value}
        self._append("workload", operation.f, "invoke", value)
        self._early.pop(self._ids.get(operation.key, ""), None)
        known = msgspec.to_builtins(operation.value)
        made = await self._environment.fakes.operate(self._scenario.flow.crm, operation.f, operation.key, known)
        deal = made.get("id", "")
        self._deals.add(deal)
        self._append("workload", operation.f, "ok", {**value, "deal": deal})
        self._progress_s = time.monotonic()
        closing = operation.f == "close_deal"
        self.tried += closing
        self._ids[operation.key] = deal
        wanted = self._wanted if closing else self._wanted[:1]
        if left := set(wanted) - self._early.pop(deal, set()):
            self._on_their_way[deal] = left

    async def _room(self, places: int) -> None:
        """Wait until fewer than so many deals are on their way, or those that are count as lost."""
        while len(self._on_their_way) >= places:
            await asyncio.sleep(POLL_S)
            if time.monotonic() - self._progress_s > self._quiet_s:
                self.stall = places > 1 and not self._moved
                self._on_their_way.clear()
                self._moved = False

    def _take(self, event: Event) -> None:
        super()._take(event)
        if event.f in (OrderWrite.f, InvoiceWrite.f) and event.outcome in ("ok", "info"):
            self._progress_s = time.monotonic()
            self._moved = True
            deal = str(event.value.get("deal") or "")
            left = self._on_their_way.get(deal)
            if left is None:
                self._early.setdefault(deal, set()).add(event.f)
            else:
                left.discard(event.f)
                if not left:
                    del self._on_their_way[deal]

    async def _recover(self, *, early: bool) -> None:
        """Until the books agree and nothing is written any more, or nothing has been for long."""
        began_s = time.monotonic()
        while time.monotonic() - began_s < LONGEST_S + self._quiet_s:
            quiet_s = time.monotonic() - self._progress_s
            if quiet_s > self._quiet_s or (quiet_s > SETTLE_S and await self._reconciled()):
                return
            await asyncio.sleep(POLL_S * 5)


async def replay(
    workload: Workload,
    *,
    flow: Flow,
    contract: Contract,
    table: StackTable,
    config: Config,
    folder: Path,
    seed: int,
    pace: float,
    shape: Shape | None = None,
) -> Replayed:
    """Carry out a workload through one stack in a world of its own, and leave its logs in ``folder``.

    ``shape`` are the faults that make the schemas of CRM and ERP those of the contract. Raises RunError where nothing
    could be found out: the stack did not start, a fake died.
    """
    began_s = time.monotonic()
    deals = sum(1 for operation in workload.operations if operation.f == "close_deal")
    # The clock of operations is the stack's own; what the scenario says of their times is that there is none.
    scenario = Scenario("replay", flow, WorkloadSpec("recorded deals", deals, 1e9), seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    environment = Environment(flow, contract, table, config, folder, pace, isolated=True, shape=shape)
    with HistoryWriter(folder / "history.jsonl") as history:
        try:
            await environment.start(seed)
            engine = _Replay(scenario, contract, environment, workload, history, pace)
            books = await engine.run(faults=False)
            child = environment.stack.child
            ended = "" if child is None or child.running else f"exit code {child.process.returncode}"
        finally:
            await finish(environment.end())
    happened = History.read(folder / "history.jsonl")
    case = Case(scenario, contract, happened, books.crm, books.erp, contract.match, books.dead_letters)
    # They hold what the records hold, and nobody reads them again; the logs stay.
    (folder / "history.jsonl").unlink()
    shutil.rmtree(folder / "state", ignore_errors=True)
    return Replayed(
        scenario=scenario,
        books=books,
        history=happened,
        tried=engine.tried,
        deals=deals,
        stall=engine.stall,
        ended=ended,
        overloaded=overloaded(happened, reconcile(case).outcomes, case.contract.sla.latency_s),
        unshaped=environment.unshaped,
        took_s=time.monotonic() - began_s,
    )
