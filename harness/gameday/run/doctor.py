"""Checks a stack before a game day: every part is reached, a deal arrives, an alert arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec

from gameday.analysis.reconcile import reconcile
from gameday.base.cancellation import finish
from gameday.base.errors import GamedayError
from gameday.config.gameday_toml import Config, StackTable
from gameday.model.checker import Case
from gameday.model.contract import Contract
from gameday.model.history import History
from gameday.model.scenario import Flow, Scenario, WorkloadSpec
from gameday.model.workload import workloads
from gameday.run.environment import Environment

#: How long a deal and an alert may take (real seconds).
ARRIVAL_S = 30.0
POLL_S = 0.1


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at. ``problem`` is empty if it is well."""

    what: str
    problem: str = ""
    note: str = ""


class Doctor:
    """Examines one stack in a world of its own."""

    def __init__(
        self, flow: Flow, contract: Contract, table: StackTable, config: Config, folder: Path, pace: float
    ) -> None:
        spec = WorkloadSpec(count=1, per_minute=60.0)
        self._scenario = Scenario("smoke deal", flow, spec, seed=1)
        self._contract = contract
        self._table = table
        self._environment = Environment(flow, contract, table, config, folder, pace)

    async def examine(self) -> AsyncIterator[Finding]:
        """All checks in their order; where the surroundings do not come up, the rest is not tried."""
        try:
            finding = await self._look("fakes, proxies and the stack start", self._start)
            yield finding
            if finding.problem:
                return
            yield await self._look("a smoke deal becomes exactly one right order", self._smoke_deal)
            yield await self._look("a test alert arrives", self._test_alert)
            yield await self._look("dead letters can be listed", self._dead_letters)
            yield await self._look("dead letters can be replayed", self._replay)
        finally:
            await finish(self._environment.end())

    async def _look(self, what: str, act: Callable[[], Awaitable[str]]) -> Finding:
        try:
            return Finding(what, note=await act())
        except GamedayError as problem:
            return Finding(what, str(problem))

    async def _start(self) -> str:
        await self._environment.start(seed=1)
        child = self._environment.stack.child
        return f"process {child.identity.pid}" if child else self._table.url

    async def _smoke_deal(self) -> str:
        flow = self._scenario.flow
        workload = workloads[self._scenario.workload.name](self._scenario.workload, 1)
        await self._environment.seed(workload.catalog)
        operation = next(op for op in workload.operations if op.f == "close_deal")
        value = msgspec.to_builtins(operation.value)
        deal = (await self._environment.fakes.operate(flow.crm, operation.f, operation.key, value))["id"]
        delivered = False
        problem = "the CRM's event was not taken"
        for _ in range(round(ARRIVAL_S / POLL_S)):
            await asyncio.sleep(POLL_S)
            delivered = delivered or any(
                e.f == "deliver" and e.outcome == "ok" for e in await self._environment.fakes.events()
            )
            crm, erp = await self._environment.fakes.ledger(flow.crm), await self._environment.fakes.ledger(flow.erp)
            case = Case(self._scenario, self._contract, History(), crm, erp, match=self._contract.match)
            outcome = reconcile(case).outcomes[0]
            if outcome.state in ("ok", "late"):
                return f"deal {deal} is order {', '.join(outcome.orders)}"
            if erp.entries:
                keys = ", ".join(f"{k}={v!r}" for k, v in erp.entries[0].keys.items())
                wrong = outcome.differences or f"no match by {case.match!r}"
                problem = f"the ERP's order is {outcome.state}: {wrong}; its keys: {keys}"
            elif delivered:
                problem = "the CRM's event was taken, but no order came"
        raise GamedayError(f"{problem} within {ARRIVAL_S:g} s", hint="is `webhook` right, and `match`? see stack.log")

    async def _test_alert(self) -> str:
        if not self._table.test_alert:
            return "not tried: the table has no test_alert"
        await self._environment.stack.test_alert()
        for _ in range(round(ARRIVAL_S / POLL_S)):
            await asyncio.sleep(POLL_S)
            if any(event.f == "alert" for event in await self._environment.fakes.events()):
                return f"at {self._table.alerts}"
        raise GamedayError(f"no alert at {self._table.alerts} within {ARRIVAL_S:g} s", hint="does it page {pager_url}?")

    async def _dead_letters(self) -> str:
        if not self._table.dead_letters:
            return "not tried: the table has no dead_letters"
        return f"{len(await self._environment.stack.dead_letters())} parked"

    async def _replay(self) -> str:
        if not self._table.replay:
            return "not tried: the table has no replay"
        await self._environment.stack.replay()
        return ""
