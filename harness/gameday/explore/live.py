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
from gameday.model.settings import Settings, Target
from gameday.scoring.judge import judge_run
from gameday.scoring.run_folder import Run
from gameday.simulation.observation import Observation, observed
from gameday.steps.outcome import Outcome
from gameday.steps.session import run_session
from gameday.steps.workers import Workers


class Live:
    """Runs of one stack, by what carries them out. The folders of runs that did not fail are deleted."""

    mode = "live"
    #: A session has one seed for all of its features.
    one_seed = True
    #: How often a failure is run again to see whether it repeats.
    repeats = 3
    step_repeats = 0
    shrink_s = 600.0

    def __init__(self, stack: str, settings: Settings, place: Workers) -> None:
        self.workers = place.at_a_time
        self._place = place
        self._stack = stack
        self._settings = settings

    def observe(self, schedules: Sequence[Schedule]) -> list[Observation]:
        """What each of these schedules, which have one seed, shows, in their order."""
        settings = msgspec.structs.replace(self._settings, targets=(Target(self._stack, schedules[0].seed),))
        with tempfile.TemporaryDirectory(prefix="gameday-explore-") as folder:
            paths = [Path(folder) / f"schedule-{number:04}.feature" for number, _ in enumerate(schedules)]
            for path, schedule in zip(paths, schedules, strict=True):
                path.write_text(feature_text(schedule, schedule.expected, title=path.stem, notes=[]), encoding="utf-8")
            place = self._place if len(paths) > 1 else self._place.alone()
            outcomes = {Path(each.feature).name: each for each in run_session(paths, settings, workers=place)}
        seen = (_observation(outcomes.get(path.name)) for path in paths)
        return [founded(schedule, each) for schedule, each in zip(schedules, seen, strict=True)]

    def again(self, schedule: Schedule, times: int) -> list[Observation]:
        """What a schedule shows when it is run again."""
        return [self.observe([schedule])[0] for _ in range(times)]

    def close(self) -> None:
        """Nothing is left open."""


def _observation(outcome: Outcome | None) -> Observation:
    if outcome is None or not outcome.run_dir:
        return Observation("not run", outcome.why if outcome is not None else "the session has no outcome of it")
    run_dir = Path(outcome.run_dir)
    try:
        checked = judge_run(Run(run_dir))
    except GamedayError as problem:
        return Observation("not run", str(problem))
    assert checked.case is not None  # noqa: S101 - it was judged just now
    observation = observed(checked.result, checked.verdicts, checked.case, str(run_dir))
    if observation.result != "failed":
        shutil.rmtree(run_dir, ignore_errors=True)
    return observation
