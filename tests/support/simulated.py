"""Game days of tests on virtual time: a live one takes five seconds of a processor, a simulated one half a second.

The engine, the fakes, the bundled stack and the judge are those of any run; what is simulated are processes, sockets
and clocks. So a test of what a stack's bug does to the ledgers, or of how the judge sees it, needs no live run.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import msgspec

from gameday.explore.simulated import is_simulated
from gameday.model.checker import Case, Result, Verdict
from gameday.model.scenario import Scenario
from gameday.model.settings import Settings, Target
from gameday.steps.session import run_session

TESTS = Path(__file__).parents[1]


class Simulated(NamedTuple):
    """A simulated game day: its result, its verdicts, and the case that was judged."""

    result: Result
    verdicts: tuple[Verdict, ...]
    case: Case


class Simulation:
    """A process that simulates, which is started when it is first asked."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, feature: Path, settings: Settings) -> Simulated:
        """The one scenario of a feature against the one target of the settings. Raises what went wrong in it."""
        [scenario] = planned(feature, settings)
        return self.judged(scenario, settings)

    def written(self, text: str, folder: Path, *, seed: int = 1, control: bool = False, **pair: str) -> Simulated:
        """The one scenario of a feature with this text, against the durable stack; ``pair`` as in the settings."""
        feature = folder / "written.feature"
        feature.write_text(text, encoding="utf-8")
        targets = (Target("durable", seed),)
        return self.run(feature, Settings(targets=targets, runs_dir=str(folder), control=control, **pair))

    def judged(self, scenario: Scenario, settings: Settings) -> Simulated:
        """The same of a scenario that has been planned."""
        [target] = settings.targets
        process = self._started()
        assert process.stdin is not None and process.stdout is not None
        pickle.dump((target.stack, settings, scenario), process.stdin)
        process.stdin.flush()
        reply = pickle.load(process.stdout)  # noqa: S301 - our own
        if isinstance(reply, Exception):
            raise reply
        assert isinstance(reply, Simulated)
        return reply

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            path = os.pathsep.join(filter(None, (str(TESTS), os.environ.get("PYTHONPATH"))))
            self._process = subprocess.Popen(
                [sys.executable, "-m", "support.simulating"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0"},
            )
        return self._process


def planned(feature: Path, settings: Settings) -> list[Scenario]:
    """The scenarios of a feature, complete, that are applicable to the pair of the settings: one at least."""
    outcomes = run_session([feature], msgspec.structs.replace(settings, mode="plan"))
    assert not [outcome.problem for outcome in outcomes if outcome.planned is None]
    found = [each.planned for each in outcomes if each.planned is not None and not each.not_applicable]
    assert found, [outcome.why for outcome in outcomes]
    return found


def can_be_simulated(scenario: Scenario) -> bool:
    """Whether a simulation does what every fault of a scenario does."""
    return all(is_simulated(each.fault, each.params, each.target) for each in scenario.injections)
