"""Runs schedules as features, by the same session as `gameday run`: real processes, sockets and proxies."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gameday.base.errors import GamedayError
from gameday.explore.feature import feature_text
from gameday.explore.finding import founded
from gameday.explore.schedule import Schedule
from gameday.model.checker import Result
from gameday.model.settings import Settings, Target
from gameday.scoring.judge import judge_run, lacks_only_control
from gameday.scoring.run_folder import Run
from gameday.simulation.observation import Observation, observed
from gameday.steps.outcome import Outcome
from gameday.steps.session import run_session
from gameday.steps.workers import Workers

#: The shortest a fault is: real seconds, for no pace shortens the work of a request; and scenario seconds.
SHORTEST_REAL_S = 1.5
SHORTEST_S = 10.0


class Live:
    """Runs of one stack, by what carries them out. The folders of runs that did not fail are deleted."""

    mode = "live"
    #: A session has one seed for all of its features.
    one_seed = True
    #: How often a failure is run again to see whether it repeats.
    repeats = 5
    step_repeats = 0
    shrink_s = 180.0
    shrink_late_s = 60.0

    def __init__(self, stack: str, settings: Settings, place: Workers) -> None:
        self.workers = place.at_a_time
        self._place = place
        self._stack = stack
        self._settings = settings
        self.shortest_s = max(SHORTEST_S, SHORTEST_REAL_S * settings.pace)

    def observe(self, schedules: Sequence[Schedule]) -> list[Observation]:
        """What each of these schedules, which have one seed, shows, in their order.

        As in a simulated search they have no control: no failure needs one, and that the stack is right on a day
        without a fault is what days without a fault show.
        """
        return self._seen(schedules, control=False)

    def again(self, schedule: Schedule, races: Sequence[int]) -> list[Observation]:
        """What a schedule shows when it is run again, with its control, which all of these runs share."""
        return self._seen([schedule] * len(races), control=True)

    def close(self) -> None:
        """Nothing is left open."""

    def _seen(self, schedules: Sequence[Schedule], *, control: bool) -> list[Observation]:
        if not schedules:
            return []
        target = Target(self._stack, schedules[0].seed)
        settings = msgspec.structs.replace(self._settings, targets=(target,), control=control)
        # The longest ones begin first, so that nothing waits for one of them at the end.
        turns = sorted(range(len(schedules)), key=lambda number: -schedules[number].length_s)
        with tempfile.TemporaryDirectory(prefix="gameday-explore-") as folder:
            paths = {number: Path(folder) / f"schedule-{turn:04}.feature" for turn, number in enumerate(turns)}
            for number, path in paths.items():
                schedule = schedules[number]
                path.write_text(feature_text(schedule, schedule.expected, title=path.stem, notes=[]), encoding="utf-8")
            place = self._place if len(paths) > 1 else self._place.alone()
            outcomes = {Path(each.feature): each for each in run_session(paths.values(), settings, workers=place)}
            # What the machine may have broken decides nothing, and may be a failure all the same.
            doubtful = [path for path in paths.values() if _is_doubtful(outcomes.get(path))][: self.workers]
            for path in doubtful:
                shutil.rmtree(outcomes[path].run_dir, ignore_errors=True)
            if doubtful:
                alone = run_session(doubtful, settings, workers=self._place.alone(), again=True)
                outcomes |= {Path(each.feature): each for each in alone}
        return [
            founded(schedule, _observation(outcomes.get(paths[number]))) for number, schedule in enumerate(schedules)
        ]


def _is_doubtful(outcome: Outcome | None) -> bool:
    """Whether something was broken in a run, and the machine may have broken it."""
    failed = (each.result is Result.FAILED for each in (outcome.verdicts if outcome is not None else ()))
    return outcome is not None and outcome.overloaded and any(failed)


def _observation(outcome: Outcome | None) -> Observation:
    if outcome is None or not outcome.run_dir:
        return Observation("not run", outcome.why if outcome is not None else "the session has no outcome of it")
    run_dir = Path(outcome.run_dir)
    try:
        checked = judge_run(Run(run_dir))
    except GamedayError as problem:
        return Observation("not run", str(problem))
    assert checked.case is not None  # noqa: S101 - it was judged just now
    awaits_control = checked.result is Result.INCONCLUSIVE and lacks_only_control(checked.case, checked.verdicts)
    result = Result.PASSED if awaits_control else checked.result
    observation = observed(result, checked.verdicts, checked.case, str(run_dir))
    if observation.result != "failed":
        shutil.rmtree(run_dir, ignore_errors=True)
    return observation
