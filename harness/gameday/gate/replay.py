"""Replays recorded deals through one stack against fresh fakes, as fast as the stack takes them, without any fault."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any

import msgspec

from gameday.analysis.clock_ignored import clock_ignored
from gameday.analysis.host_load import overloaded
from gameday.config.gameday_toml import StackTable
from gameday.gate.replay_operations import ReplayEnd, WindowedOperations
from gameday.gate.request import Request
from gameday.model.checker import Case
from gameday.model.contract import Contract
from gameday.model.history import History, HistoryWriter
from gameday.model.scenario import Scenario, WorkloadSpec
from gameday.model.workload import Workload
from gameday.run.engine import Engine
from gameday.run.environment import Environment
from gameday.run.recorder import Recorder
from gameday.run.running import running
from gameday.run.setup import LedgerSnapshot, SchemaFaults, Seeded, Setup
from gameday.run.stack_clock import stack_clock
from gameday.run.tasks import first_error
from gameday.run.watchers import watchers
from gameday.scoring.run_folder import HISTORY_FILE

_FIGURES = re.compile(r"\d[\d.,]+")


class Replayed(msgspec.Struct, frozen=True):
    """What a replay left: the ledgers, how many of the deals were tried, and what was wrong.

    ``stalled``: the stack stopped writing, and the rest of the deals were not tried. ``ended``: the exit code and the
    last line of its log, if the stack's process ended by itself. ``overloaded``: the host load, in one clause, if it
    was too high to judge by, or the program that ignores the stack's clock. ``refused_schema_faults``: the schema
    faults that a fake refused, by id, with its reason.
    """

    scenario: Scenario
    ledgers: LedgerSnapshot
    history: History
    tried: int
    deals: int
    stalled: bool
    ended: str
    overloaded: str
    refused_schema_faults: dict[str, str]
    took_s: float

    def case(self, contract: Contract) -> Case:
        """What a judge may look at."""
        crm, erp, letters = self.ledgers.crm, self.ledgers.erp, self.ledgers.dead_letters
        return Case(self.scenario, contract, self.history, crm, erp, contract.match, letters)


async def replay(
    request: Request,
    workload: Workload,
    contract: Contract,
    table: StackTable,
    name: str,
    *,
    schema_faults: SchemaFaults,
    pace: float = 0.0,
) -> Replayed:
    """Carry out a workload through one stack in an environment of its own; its logs are in the gate's folder.

    ``schema_faults`` make the schemas of CRM and ERP those of the contract. Raises RunError where the stack cannot be
    judged: it did not start, or a fake died.
    """
    began_s = time.monotonic()
    folder = request.folder / name
    folder.mkdir(parents=True, exist_ok=True)
    setup = Setup(
        flow=request.flow,
        contract=contract,
        table=table,
        config=request.config,
        run_dir=folder,
        clock=stack_clock(table, pace or request.pace),
        seed=request.seed,
        ledgers=Seeded(workload.catalog),
        isolated=True,
        schema_faults=schema_faults,
    )
    path = folder / HISTORY_FILE
    with HistoryWriter(path) as history:
        async with running(setup) as environment:
            replayed = await _carry_out(environment, workload, history, began_s)
    # They hold what the records hold, and are not read again; the logs are kept.
    path.unlink()
    shutil.rmtree(folder / "state", ignore_errors=True)
    return replayed


async def _carry_out(environment: Environment, workload: Workload, history: HistoryWriter, began_s: float) -> Replayed:
    """Replay a workload in an environment that is up, and judge the host load."""
    setup = environment.setup
    deals = sum(1 for operation in workload.operations if operation.f == "close_deal")
    # The operations come as fast as the stack takes them, so in the scenario they take no time at all.
    scenario = Scenario("replay", setup.flow, WorkloadSpec("recorded deals", deals, 1e9), seed=setup.seed)
    recorder = Recorder(scenario, environment, history)
    operations = WindowedOperations(recorder, workload)
    engine = Engine(
        recorder,
        operations=operations,
        ending=ReplayEnd(recorder, operations),
        watchers=watchers(recorder),
    )
    ledgers = await engine.run()
    child = environment.stack.child
    # Without figures, which may be those of a record.
    last_words = _FIGURES.sub("…", child.last_words()) if child else ""
    case = recorder.case(ledgers)
    return Replayed(
        scenario=scenario,
        ledgers=ledgers,
        history=case.history,
        tried=operations.tried,
        deals=deals,
        stalled=operations.stalled,
        ended="" if child is None or child.running else f"exit code {child.process.returncode}{last_words}",
        overloaded=clock_ignored(case) or overloaded(case),
        refused_schema_faults=environment.schema_faults.refused,
        took_s=time.monotonic() - began_s,
    )


def run_all(
    replays: Iterable[Coroutine[Any, Any, Replayed]],
    *,
    also: Sequence[Coroutine[Any, Any, None]] = (),
    apart: bool = False,
) -> tuple[Replayed, ...]:
    """Carry out replays, and what is to be done ``also``, side by side; ``apart``: one after the other.

    Raises RunError where one of the stacks cannot be judged.
    """

    async def together() -> tuple[Replayed, ...]:
        if apart:
            found = tuple([await each for each in replays])
            for each in also:
                await each
            return found
        async with asyncio.TaskGroup() as tasks:
            replaying = [tasks.create_task(one) for one in replays]
            for each in also:
                tasks.create_task(each)
        return tuple(task.result() for task in replaying)

    try:
        return asyncio.run(together())
    except BaseExceptionGroup as group:
        raise first_error(group) from group
