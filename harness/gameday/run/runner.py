"""Runs a scenario against a stack, with its control beside it, and judges it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator

import msgspec

from gameday.base.cancellation import finish, run_interruptible
from gameday.base.errors import RunError, ServerEnded
from gameday.live.channel import Commands, announce
from gameday.model.history import HistoryWriter
from gameday.model.scenario import Scenario
from gameday.model.settings import Settings
from gameday.run.apart import apart
from gameday.run.asked_names import AskedNames
from gameday.run.control import carry_out_control
from gameday.run.endings import Horizon
from gameday.run.engine import Engine
from gameday.run.operations import TimedOperations
from gameday.run.operators import Operators
from gameday.run.outside_looks import Looking, looking
from gameday.run.places import running_in_place
from gameday.run.plan import RunPlan, look_up, make_workload, setup_of
from gameday.run.recorder import Recorder
from gameday.run.safety import refuse_to_begin, safety_watch
from gameday.run.saved_ledgers import SavedLedgers
from gameday.run.skipping import skipping
from gameday.run.tasks import first_error
from gameday.run.watchers import watchers
from gameday.scoring.judge import check_run
from gameday.scoring.run_folder import CONTROL_HISTORY, CONTROL_LEDGERS, HISTORY_FILE, CheckedRun, Run, create
from gameday.scoring.seal import seal


def run_scenario(scenario: Scenario, stack: str, settings: Settings) -> CheckedRun:
    """Run and judge. Raises GamedayError if it could not be carried out; the history so far is kept."""
    plan = look_up(scenario, stack, settings)
    if plan.live is not None and any(command.act == "stop" for command in Commands(plan.live, "").new()):
        raise RunError("an operator stopped the game day before this scenario began")
    if any(command.act == "stop" for command in plan.stops.new()):
        raise RunError("`gameday stop` ended the game day before this scenario began")
    with looking(plan.safety) as outside:
        return _run(plan, outside)


def _run(plan: RunPlan, outside: Looking) -> CheckedRun:
    """Run and judge, unless an abort condition holds already."""
    refuse_to_begin(plan.safety, plan.scenario.horizon_s / plan.clock.pace, outside.first())
    run = create(
        plan.runs_dir,
        stack=plan.table.name,
        scenario=plan.scenario,
        contract=plan.contract,
        pace=plan.clock.pace,
        clock=plan.clock.kind,
        clock_note=plan.clock.sentence,
        isolated=not plan.isolation.why_not,
        isolation_note=plan.isolation.sentence,
        stack_version=plan.table.version,
        rates=plan.rates,
    )
    plan = msgspec.structs.replace(plan, run=run.dir.name)
    if plan.live is not None:
        announce(plan.live, run.dir)
    if plan.isolation.why_not or plan.isolation.already:
        outside.begin(run.dir)
        _carry_out(plan, run, None)
    else:
        names = AskedNames()
        for _ in apart(lambda: _begun(plan, run, names), plan.isolation.reach, names):
            outside.begin(run.dir)
    seal(run.dir, "run")
    return check_run(run)


def _begun(plan: RunPlan, run: Run, names: AskedNames) -> Iterator[None]:
    """Carry out a run, and say first that its process is there."""
    yield None
    _carry_out(plan, run, names)


def _carry_out(plan: RunPlan, run: Run, names: AskedNames | None) -> None:
    """Carry out a run; what it leaves is in its folder."""
    try:
        run_interruptible(_run_with_control(plan, run, names))
    except BaseExceptionGroup as group:
        raise _in_one_line(first_error(group), run) from group
    except OSError as problem:
        raise _in_one_line(problem, run) from problem


def _in_one_line(problem: BaseException, run: Run) -> BaseException:
    """An error of the disk as one that says so; any other as it is."""
    if isinstance(problem, OSError):
        return RunError(f"cannot write the records of the run to {str(run.dir)!r}: {problem.strerror or problem}")
    return problem


async def _run_with_control(plan: RunPlan, run: Run, names: AskedNames | None) -> None:
    """Carry out the run and, beside it, its control; the control first where both use the same fakes or tenants.

    Operators may add notes until the control is over as well.
    """
    wanted = plan.control and bool(plan.scenario.injections)
    if wanted and (plan.config.fakes_url or plan.tenants):
        # Fakes that run elsewhere serve one run at a time: a reset by one would erase the other. In a tenant a stack
        # would find the deals of both.
        await carry_out_control(plan)
    async with asyncio.TaskGroup() as tasks:
        control = tasks.create_task(carry_out_control(plan)) if wanted else None
        with HistoryWriter(run.dir / HISTORY_FILE) as history:
            operators = await _run_faults(plan, run, history, names)
            if operators is not None:
                await operators.obey_until(control)
    if control is not None:
        for name in (CONTROL_HISTORY, CONTROL_LEDGERS):
            shutil.copyfile(control.result() / name, run.dir / name)


async def _run_faults(plan: RunPlan, run: Run, history: HistoryWriter, names: AskedNames | None) -> Operators | None:
    """Carry out the scenario with its faults and write down the ledgers; the operators, if there is a live board."""
    workload = make_workload(plan.scenario, plan.table.absent)
    setup = setup_of(plan, run.dir, workload, names)
    async with running_in_place(setup, plan.places, plan.environments) as environment:
        recorder = Recorder(plan.scenario, environment, history)
        saved = SavedLedgers(recorder)
        operators = Operators(recorder, Commands(plan.live, run.dir.name)) if plan.live is not None else None
        engine = Engine(
            recorder,
            operations=TimedOperations(recorder, workload.operations),
            ending=Horizon(recorder),
            injections=plan.scenario.injections,
            watchers=[
                *watchers(recorder),
                saved.watch,
                Operators(recorder, plan.stops).obey,
                *safety_watch(plan, recorder),
                *skipping(plan, recorder),
                *([operators.obey] if operators is not None else []),
            ],
        )
        try:
            snapshot = await engine.run()
        except BaseException as problem:
            # Everything is healed, so this is all that there will be; what came of a server's end says nothing.
            if not isinstance(problem, ServerEnded):
                await finish(saved.last())
            raise
    run.write_ledgers(crm=snapshot.crm, erp=snapshot.erp, dead_letters=snapshot.dead_letters)
    await saved.complete()
    return operators
