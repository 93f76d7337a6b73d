"""The fault-free control of a run: the same workload, and no fault."""

from __future__ import annotations

import hashlib
from pathlib import Path

import filelock
import msgspec

from gameday.analysis.alerts import alarms
from gameday.analysis.kept_waiting import held_up
from gameday.analysis.reconcile import reconcile
from gameday.live.channel import Commands
from gameday.model.checker import Case, ControlLedgers
from gameday.model.history import HistoryWriter
from gameday.run.endings import Horizon
from gameday.run.engine import Engine
from gameday.run.fault_free import control_length_s, control_of
from gameday.run.operations import TimedOperations
from gameday.run.operators import Operators
from gameday.run.places import running_in_place
from gameday.run.plan import RunPlan, make_workload, setup_of
from gameday.run.recorder import Recorder
from gameday.run.sandbox_tenants import leaving_nothing
from gameday.run.skipping import skipping
from gameday.run.watchers import watchers
from gameday.scoring.run_folder import CONTROL_HISTORY, CONTROL_LEDGERS, HISTORY_FILE
from gameday.scoring.seal import seal, verify

#: How often a control is carried out, unless the machine keeps up in it earlier.
ATTEMPTS = 2
#: In the folder of a control that the machine disturbed: why, in a clause.
DISTURBED_FILE = "disturbed.txt"


async def carry_out_control(plan: RunPlan) -> Path:
    """The folder of a fault-free run with the same workload; shared by all runs that agree in it.

    It lasts at least as long as this run may: one that lasts longer has seen all that a shorter one would have. As so
    many runs are judged by it, one that the machine disturbed is carried out anew: at once, and by a repeated run.
    """
    scenario = control_of(plan.scenario)
    shared = msgspec.json.encode(
        [scenario, plan.table, plan.contract.digest, plan.clock, *([plan.tenants] if plan.tenants else [])],
        order="deterministic",
        enc_hook=str,
    )
    controls = plan.runs_dir / "controls" / hashlib.sha256(shared).hexdigest()[:16]
    controls.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted_s = max(control_length_s(plan.scenario), plan.controls_s.get(scenario.digest(), 0.0))
    plan = msgspec.structs.replace(plan, scenario=msgspec.structs.replace(scenario, recovery_s=wanted_s))
    async with filelock.AsyncFileLock(controls / "lock"):
        for finished in sorted(controls.glob(f"*/{CONTROL_HISTORY}")):
            usable = not (plan.repeat and (finished.parent / DISTURBED_FILE).exists())
            if float(finished.parent.name) >= wanted_s and usable and verify(finished.parent, kinds=["control"]).counts:
                return finished.parent
        folder = controls / f"{wanted_s:g}"
        # An operator at a live board is waiting for it.
        for _ in range(1 if plan.live is not None else ATTEMPTS):
            _put_aside(folder)
            if not await _attempt(plan, folder):
                break
    return folder


def disturbed(case: Case) -> str:
    """Why the machine may have caused what is wrong in a control, in one clause; empty if nothing is, or it kept up."""
    found = reconcile(case)
    wrong = found.affected or found.orphans or found.strays or alarms(case)
    return held_up(case) if wrong else ""


def _put_aside(folder: Path) -> None:
    """Keep what an earlier attempt left, in a folder beside it: a stack must not find its old state."""
    if not folder.exists():
        return
    earlier = folder.parent / "earlier"
    earlier.mkdir(exist_ok=True)
    folder.rename(earlier / f"{len(list(earlier.iterdir())) + 1}")


async def _attempt(plan: RunPlan, folder: Path) -> str:
    """Carry out a control in a new folder; why the machine disturbed it, in one clause, or empty."""
    folder.mkdir(mode=0o700)
    history_file = folder / HISTORY_FILE
    with HistoryWriter(history_file) as history:
        case = await _run_without_faults(plan, folder, history)
    ledgers = ControlLedgers(case.crm, case.erp)
    (folder / CONTROL_LEDGERS).write_bytes(msgspec.json.encode(ledgers))
    why = disturbed(case)
    if why:
        (folder / DISTURBED_FILE).write_text(why + "\n", encoding="utf-8")
    history_file.rename(folder / CONTROL_HISTORY)
    seal(folder, "control", (CONTROL_HISTORY, CONTROL_LEDGERS))
    return why


async def _run_without_faults(plan: RunPlan, folder: Path, history: HistoryWriter) -> Case:
    """Carry out a control, up to its horizon; what it left, to be judged."""
    workload = make_workload(plan.scenario, plan.table.absent)
    setup = setup_of(plan, folder, workload)
    async with (
        leaving_nothing(folder, plan.tenants),
        running_in_place(setup, plan.places, plan.environments) as environment,
    ):
        recorder = Recorder(plan.scenario, environment, history)
        watching = [*watchers(recorder), Operators(recorder, plan.stops).obey, *skipping(plan, recorder)]
        if plan.live is not None:
            # A control obeys only what is sent to every run, which is to stop.
            watching.append(Operators(recorder, Commands(plan.live, "")).obey)
        engine = Engine(
            recorder,
            operations=TimedOperations(recorder, workload.operations),
            ending=Horizon(recorder),
            watchers=watching,
        )
        return recorder.case(await engine.run())
