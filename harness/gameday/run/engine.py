"""Drives one run through its four phases: steady state, injection, recovery, verification."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec

from gameday.analysis.reconcile import reconcile
from gameday.base.cancellation import finish
from gameday.base.errors import GamedayError
from gameday.base.process import waited_s
from gameday.live.channel import Command, Commands
from gameday.live.obey import obey, take
from gameday.model.checker import Case, DeadLetter
from gameday.model.contract import Contract
from gameday.model.events import DealEvent, ErpWrite, Load, SignalEvent
from gameday.model.events import Event as HistoryEvent
from gameday.model.history import History, HistoryWriter, Operation
from gameday.model.scenario import Scenario
from gameday.model.signal import signals
from gameday.model.workload import Workload
from gameday.run.environment import Environment
from gameday.run.heartbeat import Heartbeat
from gameday.run.injector import Injector
from gameday_fakes.clock import Clock
from gameday_fakes.events import Event
from gameday_fakes.ledger import Ledger

#: How often the fakes' events are fetched (real seconds).
FETCH_S = 0.05
#: How often it is written down how the machine keeps up (real seconds).
LOAD_S = 1.0
#: How long nothing may be written before a reconciled run counts as settled: scenario and real seconds.
SETTLE_S = 60.0
SETTLE_REAL_S = 0.5
#: The events that show that the run is not settled yet.
ACTIVITY = (DealEvent, ErpWrite, SignalEvent)


class Ledgers(msgspec.Struct, frozen=True):
    """What is on record when the run is over."""

    crm: Ledger
    erp: Ledger
    dead_letters: tuple[DeadLetter, ...] = ()


class Engine:
    """One pass of a scenario's workload through a world, with or without its faults."""

    def __init__(
        self,
        scenario: Scenario,
        contract: Contract,
        environment: Environment,
        workload: Workload,
        history: HistoryWriter,
        pace: float,
        commands: Commands | None = None,
    ) -> None:
        self._commands = commands
        self._scenario = scenario
        self._contract = contract
        self._environment = environment
        self._workload = workload
        self._history = history
        self._clock = Clock(pace)
        self._deals: set[str] = set()
        self._operations: list[Operation[HistoryEvent]] = []
        self._last_write_s = 0.0
        self._injector: Injector

    async def run(self, *, faults: bool) -> Ledgers:
        """All four phases. Whatever happens, no fault stands when this returns."""
        await self._environment.seed(self._workload.catalog)
        self._clock.restart(self._clock.pace)
        await self._environment.fakes.start_clock()
        environment = self._environment
        self._injector = Injector(
            clock=self._clock,
            history=self._history,
            rollback=environment.rollback,
            fakes=environment.fakes,
            fakes_by_role=environment.fakes_by_role,
            network=environment.network,
            stack=environment.stack,
            start_stack=environment.start_stack,
        )
        self._phase("steady state")
        async with asyncio.TaskGroup() as tasks:
            ledger_state = [tasks.create_task(self._fetch_for_ever()), tasks.create_task(self._watch_machine())]
            if self._commands is not None:
                ledger_state.append(tasks.create_task(obey(self._commands, self._clock, self._write_command)))
            try:
                async with asyncio.TaskGroup() as flowing:
                    flowing.create_task(self._flow())
                    if faults:
                        for number, _ in enumerate(self._scenario.injections):
                            flowing.create_task(self._inject(number))
                    flowing.create_task(self._sleep_until(self._scenario.healed_s))
                await self._injector.heal_all()
                self._phase("recovery")
                await self._recover(early=faults)
            finally:
                # To the end: a second Ctrl-C must not stop the healing of the first.
                await finish(self._injector.heal_all())
            self._phase("verification")
            books = await self._verify()
            for task in ledger_state:
                task.cancel()
        return books

    async def listen_until(self, control: asyncio.Task[Any] | None) -> None:
        """Take what the room asks for until the control is over as well; from then on the history is closed."""
        if self._commands is None:
            return
        if control is not None:
            listening = asyncio.create_task(obey(self._commands, self._clock, self._write_command))
            try:
                await asyncio.wait((listening, control), return_when=asyncio.FIRST_COMPLETED)
            finally:
                listening.cancel()
            [ended] = await asyncio.gather(listening, return_exceptions=True)
            if isinstance(ended, GamedayError):
                raise ended
        self._append("harness", "closed", "info", {})
        # What was asked before the board could know.
        take(self._commands, self._clock, self._write_command)

    async def _flow(self) -> None:
        """Carry out the business operations, each at its time."""
        for operation in self._workload.operations:
            await self._sleep_until(operation.at_s)
            value = {"key": operation.key, **operation.value}
            self._append("workload", operation.f, "invoke", value)
            made = await self._environment.fakes.operate(
                self._scenario.flow.crm, operation.f, operation.key, msgspec.to_builtins(operation.value)
            )
            self._deals.add(made.get("id", ""))
            self._append("workload", operation.f, "ok", {**value, "deal": made.get("id", "")})

    async def _inject(self, number: int) -> None:
        injection = self._scenario.injections[number]
        await self._sleep_until(injection.at_s)
        if number == 0:
            self._phase("injection")
        await self._injector.inject(number, injection)
        if injection.duration_s is not None:
            await self._sleep_until(injection.at_s + injection.duration_s)
            await self._injector.heal(number)

    async def _recover(self, *, early: bool) -> None:
        """Wait for the horizon; end before it once the books agree and everything has gone quiet.

        A control runs to the horizon: a false alarm may come late.
        """
        while self._clock.now_s() < self._scenario.horizon_s:
            began = time.monotonic()
            if early and self._quiet() and await self._reconciled():
                return
            pause_s = max(0.2, 5 * (time.monotonic() - began))
            left_s = self._clock.real_s(self._scenario.horizon_s - self._clock.now_s())
            await asyncio.sleep(max(0.0, min(pause_s, left_s)))

    def _quiet(self) -> bool:
        settle_s = max(SETTLE_S, SETTLE_REAL_S * self._clock.pace)
        return self._clock.now_s() - self._last_write_s > settle_s

    async def _reconciled(self) -> bool:
        if (await self._environment.fakes.health()).get("pending"):
            return False
        books = await self._ledgers()
        outcomes = reconcile(self._case(books)).outcomes
        return bool(outcomes) and all(outcome.state in ("ok", "late") for outcome in outcomes)

    async def _verify(self) -> Ledgers:
        await self._fetch()
        books = await self._ledgers()
        try:
            letters = await self._environment.stack.dead_letters()
        except GamedayError as problem:
            # A stack that is down has no say in what it has parked; the ledgers have.
            self._append("harness", "note", "info", {"text": str(problem)})
            letters = ()
        for ledger in (books.crm, books.erp):
            value = {"system": ledger.system, "entries": len(ledger.entries), "phase": "verification"}
            self._append("harness", "ledger", "ok", value)
        self._append("harness", "dead_letters", "ok", {"open": len(letters)})
        return msgspec.structs.replace(books, dead_letters=letters)

    async def _ledgers(self) -> Ledgers:
        flow = self._scenario.flow
        return Ledgers(await self._environment.fakes.ledger(flow.crm), await self._environment.fakes.ledger(flow.erp))

    def _case(self, books: Ledgers) -> Case:
        return Case(
            scenario=self._scenario,
            contract=self._contract,
            history=History(self._operations),
            crm=books.crm,
            erp=books.erp,
            match=self._contract.match,
        )

    async def _fetch_for_ever(self) -> None:
        while True:
            await self._fetch()
            await asyncio.sleep(FETCH_S)

    async def _watch_machine(self) -> None:
        """Write down how the machine keeps up: a starved one, or one that stands still, is late for everybody."""
        before: dict[tuple[str, int], float] = {}
        began = time.monotonic()
        with Heartbeat(self._environment.run_dir) as heartbeat:
            while True:
                await asyncio.sleep(LOAD_S)
                pids = self._environment.pids().items()
                after = {(name, pid): waited for name, pid in pids if (waited := waited_s(pid)) is not None}
                now = time.monotonic()
                waits = {name: round(waited - before.get((name, pid), 0.0), 3) for (name, pid), waited in after.items()}
                load = Load(round(now - began, 3), waits, round(heartbeat.stalled_s(), 3))
                self._append("harness", "load", "info", msgspec.to_builtins(load))
                before, began = after, now

    async def _fetch(self) -> None:
        for event in await self._environment.fakes.events():
            self._take(event)

    def _take(self, event: Event) -> None:
        value = event.value
        if event.f in ("alert", "ticket"):
            try:
                signal = signals[event.process](value["raw"], self._deals)
            except (GamedayError, KeyError) as problem:
                value = {**value, "problem": str(problem)}
            else:
                value = {**value, "signal": msgspec.to_builtins(signal)}
        self._append(event.process, event.f, event.outcome, value, event.time_s)

    def _append(
        self, process: str, f: str, outcome: str, value: dict[str, object], time_s: float | None = None
    ) -> None:
        at_s = self._clock.now_s() if time_s is None else time_s
        operation = self._history.append(process, f, outcome, at_s, value)  # type: ignore[arg-type]
        self._operations.append(operation)
        if isinstance(operation.event, ACTIVITY):
            self._last_write_s = at_s

    def _write_command(self, asked: Command, at_s: float) -> None:
        self._append("harness", asked.act, "info", {"by": asked.by, "text": asked.text}, at_s)

    def _phase(self, name: str) -> None:
        self._append("harness", "phase", "info", {"phase": name})

    async def _sleep_until(self, at_s: float) -> None:
        await self._clock.sleep(at_s - self._clock.now_s())
