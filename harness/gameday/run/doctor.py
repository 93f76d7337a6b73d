"""Checks a stack before a game day: every part starts, a deal becomes an order, an alert arrives."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from gameday.analysis.outside_hosts import tried_hosts
from gameday.analysis.unsupported import unsupported_calls
from gameday.base.cancellation import finish
from gameday.base.errors import GamedayError
from gameday.config.gameday_toml import Config, StackTable
from gameday.model.contract import Contract
from gameday.model.history import History, HistoryWriter
from gameday.model.scenario import Flow, Scenario, WorkloadSpec
from gameday.model.workload import Workload, workloads
from gameday.run.arrival import Arrival
from gameday.run.asked_names import AskedNames
from gameday.run.doctor_address import (
    CARRY,
    LinkUse,
    attempt_result,
    check_links,
    lacks_lines,
    links_used,
    refused_names,
    with_every_line,
)
from gameday.run.doctor_alert import try_alert
from gameday.run.doctor_metrics import metrics_found
from gameday.run.doctor_process import clock_followed, withheld_names
from gameday.run.doctor_reasons import reasons, start_failed
from gameday.run.doctor_tenants import logins
from gameday.run.doctor_words import arrived, how_it_learns, how_started, why_not
from gameday.run.engine import Engine
from gameday.run.environment import Environment
from gameday.run.hurried import hurried
from gameday.run.operations import TimedOperations
from gameday.run.outside import Isolation
from gameday.run.part_check import NotCheckedError, PartCheck
from gameday.run.recorder import Recorder
from gameday.run.sandbox_run import SANDBOX_FILE
from gameday.run.sandbox_tenants import remove
from gameday.run.setup import Seeded, Setup
from gameday.run.stack_clock import sandbox_clock, stack_clock
from gameday.scoring.run_folder import HISTORY_FILE
from gameday.workloads.closed_won import PLAIN
from gameday_fakes.sandbox.settings import TenantSettings

SEED = 1


class Doctor:
    """Checks one stack in an environment of its own, whose records are left in ``folder``.

    With ``tenants``, sandboxes take the place of their vendors' fakes: the deal of ``smoke`` is made there, and what
    the check has made is removed at its end.
    """

    def __init__(
        self,
        flow: Flow,
        contract: Contract,
        table: StackTable,
        config: Config,
        folder: Path,
        pace: float,
        isolation: Isolation,
        names: AskedNames | None = None,
        *,
        wait_s: float,
        tenants: Mapping[str, TenantSettings] = MappingProxyType({}),
        smoke: Workload | None = None,
    ) -> None:
        spec = WorkloadSpec(count=1, per_minute=600.0, params=PLAIN)
        workload = smoke or workloads[spec.name](spec, SEED)
        self.table = table
        self._tenants = tenants
        self._isolation = isolation
        self._wait_s = wait_s
        self._environment = Environment(
            Setup(
                flow=flow,
                contract=contract,
                table=hurried(table),
                config=config,
                run_dir=folder,
                clock=sandbox_clock(table, pace) if tenants else stack_clock(table, pace),
                seed=SEED,
                ledgers=Seeded(workload.catalog),
                names=names,
                tenants=tenants,
            )
        )
        self._history = HistoryWriter(folder / HISTORY_FILE)
        self._smoke_deal = next(operation for operation in workload.operations if operation.f == "close_deal")
        self._scenario = Scenario("smoke deal", flow, spec, seed=SEED)
        self._recorder: Recorder
        self._details: tuple[tuple[str, str], ...] = ()
        #: What came over the links, and why no deal became an order: known once the first checks are done.
        self.uses: tuple[LinkUse, ...] = ()
        self.problem = ""

    async def examine(self) -> AsyncIterator[PartCheck]:
        """All checks in order; if the environment does not start, the others are left out."""
        removed: list[PartCheck] = []
        try:
            async for check in self._parts():
                yield check
        finally:
            await finish(self._end(removed))
        for check in removed:
            yield check

    async def _parts(self) -> AsyncIterator[PartCheck]:
        started = await self._check("fakes, proxies and the stack start", self._start)
        yield started
        self.problem = started.problem
        if started.problem:
            await self._count()
            return
        ordered = await self._check("a smoke deal becomes exactly one right order", self._order)
        yield ordered
        alerted = await self._check("a test alert arrives", self._test_alert)
        yield alerted
        self.problem = ordered.problem or alerted.problem
        yield await self._links()
        if self._tenants:
            yield await self._check("its own credentials are accepted", self._logins)
        yield await self._check("dead letters can be listed", self._dead_letters)
        yield await self._check("dead letters can be replayed", self._replay)
        if self.table.metrics or self._environment.setup.config.signals.rules:
            yield await self._check("its metrics can be read", self._metrics)
        if not self._tenants:
            yield await self._check("the fakes have every call that it makes", self._calls)
        yield await self._check("its clock", self._clock)
        yield await self._check("its environment", self._withheld)
        yield await self._check("it is isolated from other machines", self._isolated)

    async def _end(self, removed: list[PartCheck]) -> None:
        """Take everything down, and remove from tenants what the check has made there."""
        try:
            await self._environment.end()
        finally:
            self._history.close()
            if self._tenants and (self._environment.setup.run_dir / SANDBOX_FILE).exists():
                removed.append(await self._check("what it has made there is removed", self._remove))

    async def _remove(self) -> str:
        run_dir = self._environment.setup.run_dir
        try:
            counts = await remove(run_dir, self._tenants)
        except GamedayError as problem:
            raise GamedayError(problem.problem, hint=f"gameday sandbox clean {run_dir}") from None
        return "records: " + ", ".join(f"{vendor} {sum(of.values()):,}" for vendor, of in counts.items())

    async def _logins(self) -> str:
        fakes = self._environment.fakes
        return logins({fake: await fakes.stats(fake) for fake in self._tenants})

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
        try:
            await self._environment.start()
        except GamedayError as problem:
            raise start_failed(problem, self._environment) from None
        self._recorder = Recorder(self._scenario, self._environment, self._history)
        return how_started(self.table, self._environment.stack)

    async def _links(self) -> PartCheck:
        try:
            self.uses = await links_used(self._environment)
        except NotCheckedError as why:
            return PartCheck(CARRY, note=str(why), checked=False)
        return check_links(self.uses, self.table, refused_names(self._environment))

    async def _count(self) -> None:
        """Count what came over the links, as far as there are any."""
        if hasattr(self._environment, "fakes"):
            with contextlib.suppress(GamedayError, NotCheckedError):
                self.uses = await links_used(self._environment)

    def attempt(self) -> Doctor | None:
        """A doctor for the same stack with every line that its table lacks; None if it has all it needs."""
        idle = any(not use.connections or use.untrusted for use in self.uses)
        if self._tenants or not self.problem or not idle or not lacks_lines(self.table):
            return None
        setup = self._environment.setup
        folder = setup.run_dir / "with-tls"
        folder.mkdir()
        table = with_every_line(self.table)
        how = setup.pace, self._isolation, setup.names
        return Doctor(setup.flow, setup.contract, table, setup.config, folder, *how, wait_s=self._wait_s)

    async def try_lines(self, table: StackTable) -> PartCheck:
        """Try one deal, and say which of the lines of this doctor's stack a table needs to have."""
        try:
            for what, act in (("start", self._start), ("order", self._order)):
                self.problem = self.problem or (await self._check(what, act)).problem
            await self._count()
        finally:
            await finish(self._environment.end())
            self._history.close()
        names = self._environment.setup.names
        asked = None if names is None or names.why_not else names.seen
        return attempt_result(self.uses, table, self.problem, asked)

    async def _order(self) -> str:
        """Close one deal and wait for its order."""
        arrival = Arrival(self._recorder, self._wait_s)
        operations = TimedOperations(self._recorder, [self._smoke_deal])
        snapshot = await Engine(self._recorder, operations=operations, ending=arrival).run()
        outcome = arrival.outcome(snapshot)
        if arrived(outcome):
            learns = how_it_learns(self.table, await self._environment.fakes.stats(self._scenario.flow.crm))
            return f"deal {outcome.deal} is order {', '.join(outcome.orders)}{'; ' if learns else ''}{learns}"
        accepted = any(
            operation.f == "deliver" and operation.outcome == "ok" for operation in self._recorder.operations
        )
        # What a tenant sends is not seen here.
        polls = "webhook" in self.table.absent or bool(self._tenants)
        match = self._environment.setup.contract.match
        problem = why_not(outcome, snapshot, match=match, accepted=accepted, polls=polls)
        hint = f"check {'' if polls else '`webhook` and '}`match` in its table, and what it wrote in its log"
        if self._tenants and "webhook" not in self.table.absent:
            hint += f"; gameday does not see what {self._scenario.flow.crm} sends: does it lead to this stack?"
        raise GamedayError(
            "; ".join([f"after {self._wait_s:g} s {problem}", *await reasons(self._recorder)]), hint=hint
        )

    async def _test_alert(self) -> str:
        note, self._details = await try_alert(self._recorder, self.table, self._wait_s)
        return note

    async def _dead_letters(self) -> str:
        if not self.table.dead_letters:
            raise NotCheckedError("the table has no dead_letters")
        return f"{len(await self._environment.stack.dead_letters())} parked"

    async def _replay(self) -> str:
        if not self.table.replay:
            raise NotCheckedError("the table has no replay")
        await self._environment.stack.replay()
        return ""

    async def _metrics(self) -> str:
        rules = self._environment.setup.config.signals.rules
        note, self._details = await metrics_found(self._environment.stack, rules)
        return note

    async def _clock(self) -> str:
        return await clock_followed(self.table, self._environment.setup)

    async def _withheld(self) -> str:
        return withheld_names(self.table)

    async def _isolated(self) -> str:
        if self._isolation.why_not:
            raise NotCheckedError(f"it is not isolated: {self._isolation.why_not}")
        self._details = tuple(("tried", host) for host in tried_hosts(History(self._recorder.operations)))
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
        doctor = make()
        checks = doctor.examine()
        while (check := runner.run(following())) is not None:
            yield check
        if (attempt := doctor.attempt()) is not None:
            yield runner.run(attempt.try_lines(doctor.table))
