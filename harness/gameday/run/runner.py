"""Runs a scenario against a stack, with its control beside it, and judges it."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path

import filelock
import msgspec

from gameday.base.cancellation import run_interruptible
from gameday.base.errors import RunError, unknown
from gameday.config.features import beside_feature
from gameday.config.gameday_toml import Config, StackTable, load_config
from gameday.config.isolation import refuse_elsewhere
from gameday.config.stack_table import contract_for
from gameday.config.stack_version import stack_version
from gameday.contracts.flows import bundled_flows, read_flows, with_registered_owners
from gameday.contracts.odcs import load_contract
from gameday.live.channel import Commands, announce
from gameday.model.capability import CHANGES_AFTER_WINNING
from gameday.model.checker import ControlLedgers
from gameday.model.contract import Contract
from gameday.model.history import HistoryWriter
from gameday.model.rates import Rates
from gameday.model.scenario import Scenario, WorkloadSpec
from gameday.model.settings import Settings
from gameday.model.signal import signals
from gameday.model.workload import Workload, operations, workloads
from gameday.run.apart import apart
from gameday.run.clock_watch import ClockWatch
from gameday.run.endings import Horizon
from gameday.run.engine import Engine, Watcher
from gameday.run.environment import running
from gameday.run.load_watch import LoadWatch
from gameday.run.metrics_watch import MetricsWatch
from gameday.run.operations import TimedOperations
from gameday.run.operators import Operators
from gameday.run.outside import reach_of, why_not_isolated
from gameday.run.recorder import Recorder
from gameday.run.setup import LedgerSnapshot, Seeded, Setup
from gameday.run.stack_clock import StackClock, stack_clock
from gameday.run.tasks import first_error
from gameday.scoring.judge import check_run
from gameday.scoring.run_folder import CONTROL_HISTORY, CONTROL_LEDGERS, CheckedRun, Run, create

HISTORY_FILE = "history.jsonl"


class RunPlan(msgspec.Struct, frozen=True):
    """Everything that a run needs, looked up and checked before anything starts.

    ``live`` is the folder through which the live board and the run communicate; None without a board. ``isolated``:
    nothing leads the stack to another machine. ``namespace``: it is carried out in a network
    namespace. ``rates`` are all those of the registry of flows. ``controls_s``: see Settings.
    """

    scenario: Scenario
    contract: Contract
    table: StackTable
    config: Config
    clock: StackClock
    runs_dir: Path
    control: bool = True
    live: Path | None = None
    isolated: bool = False
    namespace: bool = False
    rates: Rates = Rates()
    controls_s: Mapping[str, float] = {}


def look_up(scenario: Scenario, stack: str, settings: Settings) -> RunPlan:
    """Look up everything that the scenario and the settings name. Raises GamedayError for whatever is unknown."""
    config = load_config(Path(settings.config) if settings.config else None)
    table, contract = look_up_stack(stack, scenario.flow.contract, config)
    if settings.isolated:
        refuse_elsewhere(table)
        config = msgspec.structs.replace(config, fakes_url="")
    # In the table, so that a control is shared only by runs of one version.
    table = msgspec.structs.replace(table, version=settings.stack_version or stack_version(table))
    return RunPlan(
        scenario=scenario,
        contract=contract,
        table=table,
        config=config,
        clock=stack_clock(table, settings.pace),
        runs_dir=Path(settings.runs_dir),
        control=settings.control,
        live=Path(settings.live) if settings.live else None,
        isolated=settings.isolated,
        namespace=settings.namespace and not why_not_isolated(table, config),
        rates=read_flows(config.flows_file or bundled_flows()).rates,
        controls_s=settings.controls_s,
    )


def look_up_stack(stack: str, contract: str, config: Config) -> tuple[StackTable, Contract]:
    """A stack's table, and the contract with the matching key that the table names. Raises GamedayError."""
    table = readable_stack(stack, config)
    loaded = load_contract(contract, config.contract_folders)
    # The run folder keeps the owners, so that its results go to them on any machine.
    loaded = with_registered_owners(loaded, read_flows(config.flows_file or bundled_flows()).flows)
    return table, contract_for(loaded, table)


def readable_stack(stack: str, config: Config) -> StackTable:
    """A stack's table. Raises GamedayError if there is none, or if nothing could read the stack's alerts or tickets."""
    table = config.stack(stack)
    for key, system in (("alerts", table.alerts), ("tickets", table.tickets)):
        if system not in signals:
            where = f"{key!r} of stack {stack!r}"
            raise unknown("signal source", system, signals, where=where, hint="nothing could read its alerts")
    return table


def make_workload(scenario: Scenario, absent: Iterable[str] = ()) -> Workload:
    """The business operations of a scenario, from its seed; without those that need what a stack does without."""
    made = workloads[scenario.workload.name](located(scenario), scenario.seed)
    if CHANGES_AFTER_WINNING not in absent:
        return made
    changes = {operations[name].act for name in operations}
    kept = tuple(operation for operation in made.operations if operation.f not in changes)
    return msgspec.structs.replace(made, operations=kept)


def located(scenario: Scenario) -> WorkloadSpec:
    """The workload of a scenario with the path of the file that its feature names.

    The scenario keeps the name, and so its digest.
    """
    spec = scenario.workload
    if "file" not in spec.params:
        return spec
    path = beside_feature(scenario.feature, str(spec.params["file"]))
    return msgspec.structs.replace(spec, params={**spec.params, "file": path})


def run_scenario(scenario: Scenario, stack: str, settings: Settings) -> CheckedRun:
    """Run and judge. Raises GamedayError if it could not be carried out; the history so far is kept."""
    plan = look_up(scenario, stack, settings)
    if plan.live is not None and any(command.act == "stop" for command in Commands(plan.live, "").new()):
        raise RunError("an operator stopped the game day before this scenario began")
    run = create(
        plan.runs_dir,
        stack=plan.table.name,
        scenario=plan.scenario,
        contract=plan.contract,
        pace=plan.clock.pace,
        clock=plan.clock.kind,
        clock_note=plan.clock.sentence,
        stack_version=plan.table.version,
        rates=plan.rates,
    )
    if plan.live is not None:
        announce(plan.live, run.dir)
    if plan.namespace:
        deque(apart(lambda: _carry_out(plan, run), reach_of(plan.table)))
    else:
        _carry_out(plan, run)
    return check_run(run)


def _carry_out(plan: RunPlan, run: Run) -> tuple[()]:
    """Carry out a run; what it leaves is in its folder."""
    try:
        run_interruptible(_run_with_control(plan, run))
    except BaseExceptionGroup as group:
        raise first_error(group) from group
    return ()


async def _run_with_control(plan: RunPlan, run: Run) -> None:
    """Carry out the run and, beside it, its control; the control first where both use the same fakes.

    Operators may add notes until the control is over as well.
    """
    wanted = plan.control and bool(plan.scenario.injections)
    if wanted and plan.config.fakes_url:
        # Fakes that run elsewhere serve one run at a time: a reset by one would erase the other.
        await _run_control(plan)
    async with asyncio.TaskGroup() as tasks:
        control = tasks.create_task(_run_control(plan)) if wanted else None
        with HistoryWriter(run.dir / HISTORY_FILE) as history:
            operators = await _run_faults(plan, run, history)
            if operators is not None:
                await operators.obey_until(control)
    if control is not None:
        for name in (CONTROL_HISTORY, CONTROL_LEDGERS):
            shutil.copyfile(control.result() / name, run.dir / name)


def _watchers(recorder: Recorder) -> list[Watcher]:
    """What watches every pass: the host's load, the stack's clock, and its metrics where there are rules about them."""
    setup = recorder.environment.setup
    metrics = [MetricsWatch(recorder).watch] if setup.table.metrics and setup.config.signals.rules else []
    return [LoadWatch(recorder).watch, ClockWatch(recorder).watch, *metrics]


async def _run_faults(plan: RunPlan, run: Run, history: HistoryWriter) -> Operators | None:
    """Carry out the scenario with its faults and write down the ledgers; the operators, if there is a live board."""
    workload = make_workload(plan.scenario, plan.table.absent)
    async with running(_setup(plan, run.dir, workload)) as environment:
        recorder = Recorder(plan.scenario, environment, history)
        operators = Operators(recorder, Commands(plan.live, run.dir.name)) if plan.live is not None else None
        engine = Engine(
            recorder,
            operations=TimedOperations(recorder, workload.operations),
            ending=Horizon(recorder, early=True),
            injections=plan.scenario.injections,
            watchers=[*_watchers(recorder), *([operators.obey] if operators is not None else [])],
        )
        snapshot = await engine.run()
    run.write_ledgers(crm=snapshot.crm, erp=snapshot.erp, dead_letters=snapshot.dead_letters)
    return operators


def control_of(scenario: Scenario) -> Scenario:
    """The fault-free control of a scenario: the same workload and nothing else, judged when the last deal is closed."""
    return msgspec.structs.replace(
        scenario,
        name="control",
        injections=(),
        expectations=(),
        workload=located(scenario),
        feature="",
        description="",
        tags=(),
        recovery_s=0.0,
    )


def control_length_s(scenario: Scenario) -> float:
    """How long a control lasts after its workload (scenario seconds): until its scenario is judged at the latest."""
    return scenario.horizon_s - scenario.workload_s


async def _run_control(plan: RunPlan) -> Path:
    """The folder of a fault-free run with the same workload; shared by all runs that agree in it.

    It lasts at least as long as this run may: one that lasts longer has seen all that a shorter one would have.
    """
    scenario = control_of(plan.scenario)
    shared = msgspec.json.encode(
        [scenario, plan.table, plan.contract.digest, plan.clock], order="deterministic", enc_hook=str
    )
    controls = plan.runs_dir / "controls" / hashlib.sha256(shared).hexdigest()[:16]
    controls.mkdir(parents=True, exist_ok=True)
    wanted_s = max(control_length_s(plan.scenario), plan.controls_s.get(scenario.digest(), 0.0))
    async with filelock.AsyncFileLock(controls / "lock"):
        for finished in sorted(controls.glob(f"*/{CONTROL_HISTORY}")):
            if float(finished.parent.name) >= wanted_s:
                return finished.parent
        folder = controls / f"{wanted_s:g}"
        folder.mkdir(exist_ok=True)
        attempt = folder / HISTORY_FILE
        attempt.unlink(missing_ok=True)
        scenario = msgspec.structs.replace(scenario, recovery_s=wanted_s)
        with HistoryWriter(attempt) as history:
            snapshot = await _run_without_faults(msgspec.structs.replace(plan, scenario=scenario), folder, history)
        ledgers = ControlLedgers(snapshot.crm, snapshot.erp)
        (folder / CONTROL_LEDGERS).write_bytes(msgspec.json.encode(ledgers))
        attempt.rename(folder / CONTROL_HISTORY)
    return folder


async def _run_without_faults(plan: RunPlan, folder: Path, history: HistoryWriter) -> LedgerSnapshot:
    """Carry out a control, up to its horizon; the ledgers at its end."""
    workload = make_workload(plan.scenario, plan.table.absent)
    async with running(_setup(plan, folder, workload)) as environment:
        recorder = Recorder(plan.scenario, environment, history)
        watchers = _watchers(recorder)
        if plan.live is not None:
            # A control obeys only what is sent to every run, which is to stop.
            watchers.append(Operators(recorder, Commands(plan.live, "")).obey)
        engine = Engine(
            recorder,
            operations=TimedOperations(recorder, workload.operations),
            ending=Horizon(recorder, early=False),
            watchers=watchers,
        )
        return await engine.run()


def _setup(plan: RunPlan, folder: Path, workload: Workload) -> Setup:
    return Setup(
        flow=plan.scenario.flow,
        contract=plan.contract,
        table=plan.table,
        config=plan.config,
        run_dir=folder,
        clock=plan.clock,
        seed=plan.scenario.seed,
        ledgers=Seeded(workload.catalog),
        isolated=plan.isolated,
        settings=plan.scenario.settings,
    )
