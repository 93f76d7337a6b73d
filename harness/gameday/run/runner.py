"""Runs a scenario against a stack: the only place where anything happens."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from pathlib import Path

import filelock
import msgspec

from gameday.base.cancellation import finish, run_interruptible
from gameday.base.errors import GamedayError, RunError, unknown
from gameday.config.gameday_toml import Config, StackTable, load_config
from gameday.config.isolation import refuse_elsewhere
from gameday.config.stack_table import stack_version
from gameday.contracts.flows import bundled_flows, read_flows, with_registered_owners
from gameday.contracts.odcs import load_contract
from gameday.live.channel import Commands, announce
from gameday.model.contract import Contract
from gameday.model.history import HistoryWriter
from gameday.model.scenario import Scenario
from gameday.model.settings import Settings
from gameday.model.signal import signals
from gameday.model.workload import Workload, workloads
from gameday.run.engine import Engine, Ledgers
from gameday.run.environment import Environment
from gameday.scoring.judge import check_run
from gameday.scoring.run_folder import CheckedRun, Run, create

HISTORY_FILE = "history.jsonl"


class Plan(msgspec.Struct, frozen=True):
    """Everything that a run needs, found and checked before anything starts.

    ``live`` is the folder through which the live board and the run speak; None without a board. ``isolated``: nothing
    leads the stack to another machine.
    """

    scenario: Scenario
    contract: Contract
    table: StackTable
    config: Config
    pace: float
    runs_dir: Path
    control: bool = True
    live: Path | None = None
    isolated: bool = False


def look_up(scenario: Scenario, stack: str, settings: Settings) -> Plan:
    """Everything that the scenario and the settings name. Raises GamedayError for whatever is unknown."""
    config = load_config(Path(settings.config) if settings.config else None)
    table, contract = look_up_stack(stack, scenario.flow.contract, config)
    if settings.isolated:
        refuse_elsewhere(table)
        config = msgspec.structs.replace(config, fakes_url="")
    # In the table, so that a control is shared only by runs of one version.
    table = msgspec.structs.replace(table, version=settings.stack_version or stack_version(table))
    return Plan(
        scenario=scenario,
        contract=contract,
        table=table,
        config=config,
        pace=settings.pace,
        runs_dir=Path(settings.runs_dir),
        control=settings.control,
        live=Path(settings.live) if settings.live else None,
        isolated=settings.isolated,
    )


def look_up_stack(stack: str, contract: str, config: Config) -> tuple[StackTable, Contract]:
    """A stack's table, and the contract with the matching key that the table names. Raises GamedayError."""
    table = readable_stack(stack, config)
    found = load_contract(contract, config.contract_folders)
    # What becomes of the run is routed by these, today and when its folder is read on another machine.
    found = with_registered_owners(found, read_flows(config.flows_file or bundled_flows()).flows)
    return table, msgspec.structs.replace(found, match=table.match) if table.match else found


def readable_stack(stack: str, config: Config) -> StackTable:
    """A stack's table. Raises GamedayError if there is none, or if nothing could read the stack's alerts or tickets."""
    table = config.stack(stack)
    for key, system in (("alerts", table.alerts), ("tickets", table.tickets)):
        if system not in signals:
            where = f"{key!r} of stack {stack!r}"
            raise unknown("signal source", system, signals, where=where, hint="nothing could read its alerts")
    return table


def run_scenario(scenario: Scenario, stack: str, settings: Settings) -> CheckedRun:
    """Run and judge. Raises GamedayError if the run could not be carried out; the history so far stays."""
    made = look_up(scenario, stack, settings)
    if made.live is not None and any(asked.act == "stop" for asked in Commands(made.live, "").new()):
        raise RunError("the day was stopped before this scenario began")
    run = create(
        made.runs_dir,
        stack=made.table.name,
        scenario=made.scenario,
        contract=made.contract,
        pace=made.pace,
        stack_version=made.table.version,
    )
    if made.live is not None:
        announce(made.live, run.dir)
    try:
        run_interruptible(_both(made, run))
    except BaseExceptionGroup as several:
        raise first_error(several) from several
    return check_run(run)


def first_error(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """What a group of failed tasks comes to: an error with a line of its own where there is one."""
    told = several.subgroup(GamedayError) or several
    first: BaseException = told
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first


async def _both(made: Plan, run: Run) -> None:
    """The run and, beside it, its control; the control first where both share the same fakes.

    The room may go on adding notes while the control does.
    """
    wanted = made.control and bool(made.scenario.injections)
    if wanted and made.config.fakes_url:
        # Fakes that run elsewhere are one world for both: what one resets, the other would lose.
        await _control(made)
    async with asyncio.TaskGroup() as tasks:
        control = tasks.create_task(_control(made)) if wanted else None
        with HistoryWriter(run.dir / HISTORY_FILE) as history:
            engine, books = await _one(made, run.dir, history, faults=True)
            run.write_ledgers(crm=books.crm, erp=books.erp, dead_letters=books.dead_letters)
            await engine.listen_until(control)
    if control is not None:
        shutil.copyfile(control.result(), run.dir / "control.jsonl")


async def _one(made: Plan, run_dir: Path, history: HistoryWriter, *, faults: bool) -> tuple[Engine, Ledgers]:
    workload = make_workload(made.scenario)
    flow = made.scenario.flow
    environment = Environment(flow, made.contract, made.table, made.config, run_dir, made.pace, isolated=made.isolated)
    try:
        await environment.start(made.scenario.seed)
        # A control listens only to what is asked of every run, which is to stop.
        commands = Commands(made.live, run_dir.name if faults else "") if made.live is not None else None
        engine = Engine(made.scenario, made.contract, environment, workload, history, made.pace, commands)
        return engine, await engine.run(faults=faults)
    finally:
        await finish(environment.end())


def make_workload(scenario: Scenario) -> Workload:
    """The business operations of a scenario, from its seed."""
    return workloads[scenario.workload.name](scenario.workload, scenario.seed)


async def _control(made: Plan) -> Path:
    """The history of a fault-free run of equal flow, workload and length; made once and shared by all that agree."""
    shape = msgspec.structs.replace(
        made.scenario,
        name="control",
        injections=(),
        expectations=(),
        feature="",
        description="",
        tags=(),
        # Without its injections the scenario would be judged earlier; it has to last as long.
        recovery_s=made.scenario.horizon_s - made.scenario.workload_s,
    )
    text = msgspec.json.encode(
        [shape, made.table, made.contract.digest, made.pace], order="deterministic", enc_hook=str
    )
    folder = made.runs_dir / "controls" / hashlib.sha256(text).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    finished = folder / "control.jsonl"
    lock = filelock.AsyncFileLock(folder / "lock")
    async with lock:
        if not finished.exists():
            attempt = folder / HISTORY_FILE
            attempt.unlink(missing_ok=True)
            with HistoryWriter(attempt) as history:
                await _one(msgspec.structs.replace(made, scenario=shape), folder, history, faults=False)
            attempt.rename(finished)
    return finished
