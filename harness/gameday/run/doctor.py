"""Checks a stack before a game day: every part starts, a deal becomes an order, an alert arrives."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import msgspec

from gameday.analysis.exits import exits
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.analysis.unsupported import unsupported_calls
from gameday.base.cancellation import finish
from gameday.base.errors import GamedayError
from gameday.config.gameday_toml import Config, StackTable
from gameday.config.stack_environment import withheld
from gameday.config.stack_table import hurried
from gameday.model.contract import Contract
from gameday.model.events import AlertRaised
from gameday.model.history import History, HistoryWriter, select
from gameday.model.scenario import Flow, Scenario, WorkloadSpec
from gameday.model.workload import workloads
from gameday.run.alert_echo import echo
from gameday.run.doctor_words import arrived, how_it_learns, how_started, refusals, why_not
from gameday.run.engine import Engine
from gameday.run.environment import Environment
from gameday.run.operations import TimedOperations
from gameday.run.outside import Isolation
from gameday.run.recorder import Recorder
from gameday.run.setup import LedgerSnapshot, Seeded, Setup
from gameday.run.tasks import until
from gameday.workloads.closed_won import PLAIN

#: How long a deal and an alert may take (real seconds).
ARRIVAL_S = 30.0
POLL_S = 0.1
SEED = 1


class PartCheck(msgspec.Struct, frozen=True):
    """One part of a stack. ``problem`` is empty if it works, or if it was not ``checked``; ``note`` says why not.

    ``details`` are lines below it, each a name and a text.
    """

    what: str
    problem: str = ""
    note: str = ""
    checked: bool = True
    details: tuple[tuple[str, str], ...] = ()


class NotCheckedError(Exception):
    """A part of a stack cannot be checked; the text says why."""


class Doctor:
    """Checks one stack in an environment of its own, whose records are left in ``folder``."""

    def __init__(
        self,
        flow: Flow,
        contract: Contract,
        table: StackTable,
        config: Config,
        folder: Path,
        pace: float,
        isolation: Isolation,
    ) -> None:
        spec = WorkloadSpec(count=1, per_minute=600.0, params=PLAIN)
        workload = workloads[spec.name](spec, SEED)
        self._table = table
        self._isolation = isolation
        self._environment = Environment(
            Setup(
                flow=flow,
                contract=contract,
                table=hurried(table),
                config=config,
                run_dir=folder,
                pace=pace,
                seed=SEED,
                ledgers=Seeded(workload.catalog),
            )
        )
        self._history = HistoryWriter(folder / "history.jsonl")
        self._smoke_deal = next(operation for operation in workload.operations if operation.f == "close_deal")
        self._scenario = Scenario("smoke deal", flow, spec, seed=SEED)
        self._recorder: Recorder
        self._details: tuple[tuple[str, str], ...] = ()

    async def examine(self) -> AsyncIterator[PartCheck]:
        """All checks in order; if the environment does not start, the others are left out."""
        try:
            started = await self._check("fakes, proxies and the stack start", self._start)
            yield started
            if started.problem:
                return
            yield await self._check("a smoke deal becomes exactly one right order", self._order)
            yield await self._check("a test alert arrives", self._test_alert)
            yield await self._check("dead letters can be listed", self._dead_letters)
            yield await self._check("dead letters can be replayed", self._replay)
            yield await self._check("the fakes have every call that it makes", self._calls)
            yield await self._check("its environment", self._withheld)
            yield await self._check("it is isolated from other machines", self._isolated)
        finally:
            await finish(self._environment.end())
            self._history.close()

    async def _check(self, what: str, act: Callable[[], Awaitable[str]]) -> PartCheck:
        self._details = ()
        try:
            note = await act()
        except NotCheckedError as why:
            return PartCheck(what, note=str(why), checked=False)
        except GamedayError as problem:
            return PartCheck(what, str(problem))
        return PartCheck(what, note=note, details=self._details)

    async def _start(self) -> str:
        await self._environment.start()
        self._recorder = Recorder(self._scenario, self._environment, self._history)
        return how_started(self._table, self._environment.stack)

    async def _order(self) -> str:
        """Close one deal and wait for its order."""
        arrival = Arrival(self._recorder)
        operations = TimedOperations(self._recorder, [self._smoke_deal])
        snapshot = await Engine(self._recorder, operations=operations, ending=arrival).run()
        outcome = arrival.outcome(snapshot)
        if arrived(outcome):
            learns = how_it_learns(self._table, await self._environment.fakes.stats(self._scenario.flow.crm))
            return f"deal {outcome.deal} is order {', '.join(outcome.orders)}{'; ' if learns else ''}{learns}"
        accepted = any(
            operation.f == "deliver" and operation.outcome == "ok" for operation in self._recorder.operations
        )
        polls = "webhook" in self._table.absent
        match = self._environment.setup.contract.match
        problem = why_not(outcome, snapshot, match=match, accepted=accepted, polls=polls)
        raise GamedayError(
            "; ".join([f"after {ARRIVAL_S:g} s {problem}", *await self._reasons()]),
            hint=f"check {'' if polls else '`webhook` and '}`match` in its table, and what it wrote in its log",
        )

    async def _reasons(self) -> list[str]:
        """What may explain a missing order: how the stack learns of deals, refusals, runs of a batch that failed."""
        fakes, flow = self._environment.fakes, self._scenario.flow
        said = [how_it_learns(self._table, await fakes.stats(flow.crm))]
        said += [refusals(await fakes.refused(fake), fake) for fake in (flow.crm, flow.erp)]
        failed = exits(self._recorder.case(await self._environment.snapshot()))
        said += [f"{each.sentence}: {each.last_line}" for each in failed[-1:]]
        return [sentence for sentence in said if sentence]

    async def _test_alert(self) -> str:
        if not self._table.test_alert:
            raise NotCheckedError("the table has no test_alert")
        await self._recorder.fetch()
        before = len(self._recorder.operations)

        async def has_alert() -> bool:
            await self._recorder.fetch()
            return any(operation.f == "alert" for operation in self._recorder.operations[before:])

        await self._environment.stack.test_alert()
        if await until(has_alert, timeout_s=ARRIVAL_S, poll_s=POLL_S):
            self._details = self._understood(before)
            return f"at {self._table.alerts}"
        raise GamedayError(
            f"after {ARRIVAL_S:g} s there is no alert at {self._table.alerts}", hint="does it page {pager_url}?"
        )

    def _understood(self, since: int) -> tuple[tuple[str, str], ...]:
        """What was understood of the first alert from this operation on. Raises GamedayError if it cannot be read."""
        for alert in select(self._recorder.operations[since:], AlertRaised):
            if alert.event.problem:
                raise GamedayError(f"the alert could not be read: {alert.event.problem}")
            if alert.event.signal is not None:
                return tuple(echo(alert.event.signal, self._recorder.contract))
        return ()

    async def _dead_letters(self) -> str:
        if not self._table.dead_letters:
            raise NotCheckedError("the table has no dead_letters")
        return f"{len(await self._environment.stack.dead_letters())} parked"

    async def _replay(self) -> str:
        if not self._table.replay:
            raise NotCheckedError("the table has no replay")
        await self._environment.stack.replay()
        return ""

    async def _withheld(self) -> str:
        """Which variables the stack did not get, by their names."""
        if not self._table.parts:
            raise NotCheckedError("it runs already")
        names = withheld(os.environ, self._table.inherit)
        hint = "; name in `inherit` what it needs" if names else ""
        return f"{len(names)} variables were withheld{': ' if names else ''}{', '.join(names)}{hint}"

    async def _isolated(self) -> str:
        if self._isolation.why_not:
            raise NotCheckedError(f"it is not isolated: {self._isolation.why_not}")
        if self._isolation.unanswered:
            raise GamedayError(
                f"nothing answers at {', '.join(map(str, self._isolation.unanswered))}, which `reach` names",
                hint="start it before the run",
            )
        return self._isolation.sentence

    async def _calls(self) -> str:
        await self._recorder.fetch()
        calls = unsupported_calls(History(self._recorder.operations))
        if calls.sentence:
            raise GamedayError(calls.sentence, hint="runs that fail where it makes them will be inconclusive")
        return ""


def examined(make: Callable[[], Doctor]) -> Iterator[PartCheck]:
    """The checks of a doctor, each as soon as it is done; the doctor is made here, in the process that examines."""

    async def following() -> PartCheck | None:
        return await anext(checks, None)

    with asyncio.Runner() as runner:
        checks = make().examine()
        while (check := runner.run(following())) is not None:
            yield check


class Arrival:
    """Over when the first deal has its order, or has had time enough."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def wait(self) -> None:
        """Wait until it is over."""
        await until(self._over, timeout_s=ARRIVAL_S, poll_s=POLL_S)

    def outcome(self, snapshot: LedgerSnapshot) -> OrderOutcome:
        """What has become of the deal."""
        return reconcile(self._recorder.case(snapshot)).outcomes[0]

    async def _over(self) -> bool:
        return arrived(self.outcome(await self._recorder.environment.snapshot()))
