"""Simulates scenarios: the engine, the recorder and the judge of any run, in an environment on virtual time."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from gameday.analysis.effects import effects
from gameday.config.clock_choice import OWN, choose_clock
from gameday.config.gameday_toml import config_of
from gameday.model.checker import Case, ControlLedgers, Result, Verdict
from gameday.model.history import HistoryWriter
from gameday.model.scenario import Flow, Scenario
from gameday.model.settings import Settings
from gameday.model.workload import Workload
from gameday.run.endings import Horizon
from gameday.run.engine import Engine
from gameday.run.fault_free import control_length_s, control_of
from gameday.run.operations import TimedOperations
from gameday.run.plan import RunPlan, look_up, make_workload, setup_of
from gameday.run.recorder import Recorder
from gameday.scoring.judge import judge, lacks_only_control, without_garbage_collection
from gameday.scoring.run_folder import HISTORY_FILE
from gameday.simulation.endings import Settled
from gameday.simulation.environment import SimulatedEnvironment
from gameday.simulation.virtual_time import VirtualLoop, VirtualTime

#: A control lasts at least so long after its workload (scenario seconds).
CONTROL_S = 900.0
#: The newest controls and workloads are kept, up to this number.
MOST_CONTROLS = 200


class Simulator:
    """Simulates runs of one stack, one after the other, on the clock of this process."""

    def __init__(
        self,
        clock: VirtualTime,
        stack: str,
        settings: Settings,
        folder: Path,
        *,
        left_out: tuple[str, ...] = (),
        searching: bool = False,
    ) -> None:
        """``folder``: where runs have their folders, which are deleted.

        ``left_out``: the kinds of events that are not recorded, because nobody will read them. ``searching``: what
        would pass if its control did has passed, because days without a fault are runs of their own; and a run ends
        once it has settled.
        """
        self._left_out = left_out
        self._searching = searching
        self._clock = clock
        self._stack = stack
        self._settings = settings
        self._folder = folder
        #: The control of each workload, with how long it lasted.
        self._controls: dict[bytes, tuple[float, Case]] = {}
        self._plans: dict[Flow, RunPlan] = {}
        self._workloads: dict[bytes, Workload] = {}

    def judged(self, scenario: Scenario, race: int = 0) -> tuple[Result, tuple[Verdict, ...], Case]:
        """Simulate a scenario and judge it, with its fault-free control where that may decide. Raises GamedayError.

        What passes without a control has none: that the stack is right on a day without a fault is what days without
        a fault show. A search leaves it out, too, where nothing else keeps a run from passing. Of two runs of the same
        ``race``, every request takes as long in both.
        """
        plan = self._plan(scenario)
        case = msgspec.structs.replace(
            self._case(plan, race, Settled if self._searching else Horizon), rates=plan.day_rates
        )
        result, verdicts = _judged(case)
        # A fault without effect makes a run inconclusive, whatever its control shows.
        idle = result is Result.INCONCLUSIVE and any(effect.problem for effect in effects(case))
        if result is Result.INCONCLUSIVE and self._searching and lacks_only_control(case, verdicts):
            result = Result.PASSED
        if plan.control and scenario.injections and not idle and result is not Result.PASSED:
            control = self._control(plan)
            case = msgspec.structs.replace(
                case, control=control.history, control_ledgers=ControlLedgers(control.crm, control.erp)
            )
            result, verdicts = _judged(case)
        return result, verdicts, case

    def _plan(self, scenario: Scenario) -> RunPlan:
        """The plan of a scenario; contract, stack and configuration are read once for each flow."""
        flow = scenario.flow
        if flow not in self._plans:
            self._plans[flow] = look_up(scenario, self._stack, _followed(self._stack, self._settings))
        return msgspec.structs.replace(self._plans[flow], scenario=scenario)

    def _control(self, plan: RunPlan) -> Case:
        """The control of a plan: that of any schedule with the same workload that lasted as long, or longer."""
        control, lasts_s = control_of(plan.scenario), control_length_s(plan.scenario)
        key = msgspec.json.encode(control, enc_hook=str)
        known = self._controls.get(key)
        if known is None or known[0] < lasts_s:
            # Most others last a little longer or shorter.
            lasts_s = max(lasts_s, CONTROL_S)
            control = msgspec.structs.replace(control, recovery_s=lasts_s)
            case = self._case(msgspec.structs.replace(plan, scenario=control), 0, Horizon)
            self._controls[key] = known = (lasts_s, case)
            _keep_newest(self._controls)
        return known[1]

    def _workload(self, plan: RunPlan) -> Workload:
        """The workload of a plan, which many schedules of a search have too."""
        key = msgspec.json.encode([control_of(plan.scenario), plan.scenario.by_people], enc_hook=str)
        if key not in self._workloads:
            self._workloads[key] = make_workload(plan.scenario, plan.table.absent)
            _keep_newest(self._workloads)
        return self._workloads[key]

    def _case(self, plan: RunPlan, race: int, ending: type[Horizon | Settled]) -> Case:
        workload = self._workload(plan)
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            self._clock.restart()
            loop = VirtualLoop(self._clock)
            try:
                return loop.run_until_complete(_run(plan, workload, race, Path(folder), self._left_out, ending))
            finally:
                loop.run_until_complete(_cancel_others())
                loop.close()


def _keep_newest(kept: dict[bytes, Any]) -> None:
    if len(kept) > MOST_CONTROLS:
        del kept[next(iter(kept))]


def _followed(stack: str, settings: Settings) -> Settings:
    """The settings with a pace that the stack follows: 1, unless it divides its durations itself."""
    table = config_of(settings).stack(stack)
    kind = choose_clock(table.clock, url=table.url, templates=table.texts, where=f"[stack.{stack}]")
    return settings if kind == OWN else msgspec.structs.replace(settings, pace=1.0)


def _judged(case: Case) -> tuple[Result, tuple[Verdict, ...]]:
    with without_garbage_collection():
        return judge(case)


async def _run(
    plan: RunPlan,
    workload: Workload,
    race: int,
    folder: Path,
    left_out: tuple[str, ...],
    ending: type[Horizon | Settled],
) -> Case:
    environment = SimulatedEnvironment(setup_of(plan, folder, workload), race, left_out)
    with environment.network.routed(), HistoryWriter(folder / HISTORY_FILE) as history:
        try:
            await environment.start()
            recorder = Recorder(plan.scenario, environment, history)
            engine = Engine(
                recorder,
                operations=TimedOperations(recorder, workload.operations),
                ending=ending(recorder),
                injections=plan.scenario.injections,
            )
            return recorder.case(await engine.run())
        finally:
            await environment.end()


async def _cancel_others() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
