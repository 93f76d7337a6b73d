"""Tries a run's repair list in a sandbox: the ledgers as the run left them, the stack with its memory, then the list.

First the stack replays what it has parked, then what the ledgers still disagree on is corrected in the ERP, and both
ledgers are judged again. Nothing relies on what the stack reports about itself, and nothing of the run is changed: the
sandbox has a folder of its own in ``repairs`` of the run's.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import msgspec

from gameday.base.errors import GamedayError
from gameday.config.gameday_toml import Config
from gameday.config.spoken import check_spoken
from gameday.model.checker import Case
from gameday.model.history import HistoryWriter
from gameday.repair.exported import Exported
from gameday.repair.operations import Correction, RepairOperations, RepairOptions
from gameday.run.apart import apart
from gameday.run.asked_names import AskedNames
from gameday.run.endings import Quiet
from gameday.run.engine import Engine, PhaseNames
from gameday.run.outside import reach_of, why_not_isolated
from gameday.run.plan import look_up_stack, make_workload
from gameday.run.recorder import Recorder
from gameday.run.running import running
from gameday.run.setup import LedgerSnapshot, Restored, Setup
from gameday.run.stack_clock import stack_clock
from gameday.scoring.ledger_state import LedgerState, ledger_state
from gameday.scoring.repair_list import Repair, repair_list
from gameday.scoring.run_folder import HISTORY_FILE, Run

FOLDER = "repairs"
#: For how long nothing may be written to the ERP before the ledgers are read (real seconds).
QUIET_S = 2.0
#: The longest wait for the stack, after a replay and after the corrections (real seconds).
TIMEOUT_S = 30.0
PHASES = PhaseNames(steady_state="repair", recovery="settling")


class Repaired(msgspec.Struct, frozen=True):
    """The ledgers before and after, what was done in between, and where the sandbox's records are."""

    folder: str
    before: LedgerState
    after: LedgerState
    replayed: tuple[str, ...] = ()
    corrected: tuple[Correction, ...] = ()
    notes: tuple[str, ...] = ()


def repair_run(run: Run, config: Config, options: RepairOptions, *, namespace: bool = False) -> Repaired | None:
    """Try the repair list of a judged run; None if its ledgers agree.

    ``namespace``: in a network namespace, unless the stack cannot be. Raises GamedayError, and RunError where the
    sandbox does not start or its ledgers are not the run's.
    """
    case = _with_pair(run.case(control=True), options)
    if not repair_list(case):
        return None
    folder = _new_folder(run.dir / FOLDER)
    setup = _setup(run, case, config, folder)
    if (run.dir / "state").is_dir():
        shutil.copytree(run.dir / "state", folder / "state")
    return _apart(setup, case, options, namespace=namespace)


def repair_exports(
    exported: Exported, stack: str, config: Config, folder: Path, options: RepairOptions, *, namespace: bool = False
) -> Repaired:
    """Try the repair list of two exports, with a stack that has just started; its records go below ``folder``.

    Nothing is replayed: what the stack has parked it knows only where it runs. Raises GamedayError and RunError as
    ``repair_run``.
    """
    case = exported.case
    table, _ = look_up_stack(stack, case.contract.name, config)
    check_spoken(table, case.scenario.flow)
    run_dir = _new_folder(folder / FOLDER)
    # Deals and orders are nobody else's business.
    run_dir.chmod(0o700)
    setup = Setup(
        flow=case.scenario.flow,
        contract=case.contract,
        table=table,
        config=config,
        run_dir=run_dir,
        clock=stack_clock(table, config.run.pace),
        seed=case.scenario.seed,
        ledgers=Restored(exported.catalog, exported.snapshot),
        settings=case.scenario.settings,
    )
    options = msgspec.structs.replace(options, replay=False)
    repaired = _apart(setup, case, options, namespace=namespace)
    return msgspec.structs.replace(repaired, notes=(*exported.notes, *repaired.notes))


def _apart(setup: Setup, case: Case, options: RepairOptions, *, namespace: bool) -> Repaired:
    """Carry out the list of a case, off all networks if asked and possible, and write what came of it."""
    names = AskedNames()
    setup = msgspec.structs.replace(setup, names=names)

    def carry_out() -> list[Repaired]:
        return [asyncio.run(_repair(setup, case, repair_list(case), options))]

    apart_from_networks = namespace and not why_not_isolated(setup.table, setup.config)
    (repaired,) = apart(carry_out, reach_of(setup.table), names) if apart_from_networks else carry_out()
    (setup.run_dir / "repair.json").write_bytes(msgspec.json.format(msgspec.json.encode(repaired), indent=1) + b"\n")
    return repaired


def _with_pair(case: Case, options: RepairOptions) -> Case:
    """The case between the vendors that are asked for."""
    flow = case.scenario.flow
    flow = msgspec.structs.replace(flow, crm=options.crm or flow.crm, erp=options.erp or flow.erp)
    return msgspec.structs.replace(case, scenario=msgspec.structs.replace(case.scenario, flow=flow))


def _setup(run: Run, case: Case, config: Config, folder: Path) -> Setup:
    """The run's own environment, with the ledgers as the run left them."""
    info = run.info()
    table, _ = look_up_stack(info.stack, case.contract.name, config)
    check_spoken(table, case.scenario.flow)
    return Setup(
        flow=case.scenario.flow,
        contract=case.contract,
        table=table,
        config=config,
        run_dir=folder,
        clock=stack_clock(table, info.pace),
        seed=case.scenario.seed,
        ledgers=Restored(make_workload(case.scenario).catalog, LedgerSnapshot(case.crm, case.erp, case.dead_letters)),
        settings=case.scenario.settings,
    )


async def _repair(setup: Setup, case: Case, repairs: tuple[Repair, ...], options: RepairOptions) -> Repaired:
    """Start the sandbox, carry out the list, and judge the ledgers again. Raises GamedayError."""
    with HistoryWriter(setup.run_dir / HISTORY_FILE) as history:
        async with running(setup) as environment:
            # Alerts of the sandbox report nothing to anybody: detection is judged by those of the run.
            recorder = Recorder(case.scenario, environment, history, earlier=case.history, signals=False)
            quiet = Quiet(recorder, quiet_s=QUIET_S, timeout_s=TIMEOUT_S)
            operations = RepairOperations(recorder, repairs, quiet, options)
            snapshot = await Engine(recorder, operations=operations, ending=quiet, phases=PHASES).run()
    # The sandbox began with the customers of the run, so it takes those for old that the stack added in the run.
    restored = setup.ledgers.snapshot.erp.new_customers if isinstance(setup.ledgers, Restored) else None
    added = [each for each in snapshot.erp.new_customers or () if each not in (restored or ())]
    new = (*(case.erp.new_customers or ()), *added)
    stated = case.erp.new_customers is not None or snapshot.erp.new_customers is not None
    erp = msgspec.structs.replace(snapshot.erp, new_customers=tuple(dict.fromkeys(new)) if stated else None)
    snapshot = msgspec.structs.replace(snapshot, erp=erp)
    Run(setup.run_dir).write_ledgers(crm=snapshot.crm, erp=snapshot.erp, dead_letters=snapshot.dead_letters)
    return Repaired(
        folder=str(setup.run_dir),
        before=ledger_state(case),
        after=ledger_state(msgspec.structs.replace(recorder.case(snapshot), control=case.control, rates=case.rates)),
        replayed=operations.replayed,
        corrected=operations.corrected,
        notes=tuple(recorder.notes),
    )


def _new_folder(folder: Path) -> Path:
    """The next of the numbered folders; a sandbox's records are never overwritten."""
    number = 1
    while True:
        try:
            (folder / str(number)).mkdir(parents=True)
        except FileExistsError:
            number += 1
        except OSError as problem:
            raise GamedayError(f"cannot make a folder in {folder}: {problem.strerror}") from None
        else:
            return folder / str(number)
