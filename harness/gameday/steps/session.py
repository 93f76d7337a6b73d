"""One pytest session over feature files: planned in this process, run in several."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from gameday.base.errors import GamedayError, Mistakes
from gameday.base.process import Identity, identify
from gameday.base.processors import scenarios_at_a_time
from gameday.base.registry import load_modules
from gameday.config.features import find_features
from gameday.model.settings import Settings
from gameday.steps.bdd import forget_features, worker_pid
from gameday.steps.outcome import Outcome
from gameday.steps.plugin import RESULT_PROPERTY, SETTINGS_OPTION, STEPS_GROUP
from gameday.steps.workers import OnOutcome, Workers

#: How long an interrupted worker may take to heal its faults and end (real seconds).
INTERRUPT_GRACE_S = 15.0
#: How much slower a scenario goes for which the machine was too busy although nothing ran beside it.
SLOWER = 3
#: Plugins of pytest that a session does without; the last one looks for garbage several times at its end.
UNUSED = ("terminal", "cacheprovider", "doctest", "junitxml", "faulthandler", "unraisableexception")


class _Listener:
    """Gathers the outcomes from the reports, and the mistakes found while features are collected."""

    def __init__(self, on_outcome: OnOutcome) -> None:
        self.outcomes: list[Outcome] = []
        self.mistakes: list[GamedayError] = []
        self.workers: list[Identity] = []
        self._on_outcome = on_outcome

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take each scenario's outcome, or the reason why it has none."""
        for name, value in report.user_properties:
            if name == RESULT_PROPERTY and report.when == "call":
                self._take(msgspec.json.decode(str(value), type=Outcome))
                return
        if report.failed and report.when != "teardown":
            # The plugin had no chance to attach an outcome: a worker died.
            text = " ".join(str(report.longrepr).split())[-300:]
            node = report.nodeid
            self._take(Outcome(node, node, "", 0, "not run", problem=text, exit_code=3, node=node))

    def pytest_exception_interact(self, call: pytest.CallInfo[Any], report: Any) -> None:
        """A feature that cannot be read is a mistake of its author, not a failed scenario."""
        if isinstance(report, pytest.CollectReport) and call.excinfo is not None:
            problem = call.excinfo.value
            if not isinstance(problem, GamedayError):
                problem = GamedayError(f"{report.nodeid}: {type(problem).__name__}: {problem}")
            self.mistakes.append(problem)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodeready(self, node: Any) -> None:
        """A worker has started."""
        self.workers.append(identify(worker_pid(node)))

    def pytest_keyboard_interrupt(self) -> None:
        """Pass an interruption on at once: xdist would wait for workers that have not heard of it."""
        _signal(self.workers, signal.SIGINT)

    def _take(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._on_outcome(outcome)


class LocalWorkers(NamedTuple):
    """So many processes of this machine; 0: this process."""

    at_a_time: int = 0

    @property
    def outstanding(self) -> Sequence[str]:
        """Nothing is on another machine; what is left here is found by its rollback log."""
        return ()

    def alone(self) -> LocalWorkers:
        """One process, or still this one."""
        return LocalWorkers(min(self.at_a_time, 1))

    def carry_out(self, paths: Sequence[Path], settings: Settings, on_outcome: OnOutcome) -> list[Outcome]:
        """As of Workers."""
        return _session(paths, settings, self.at_a_time, on_outcome)


def run_session(
    paths: Iterable[Path],
    settings: Settings,
    *,
    workers: int | Workers = 0,
    on_outcome: OnOutcome = lambda _: None,
    again: bool = False,
) -> list[Outcome]:
    """Run, or plan, every scenario of these files and folders against every target.

    ``workers``: what carries them out; a number is so many processes of this machine, and 0 stays in this process. With
    ``again``, scenarios that are inconclusive because the machine was too busy are run again at the end, one at a time,
    and slower if they were alone already; the last outcome counts. A failed scenario is never run again. ``on_outcome``
    is called with all. Raises GamedayError, or Mistakes with all, if features cannot be read or there is none.
    """
    place = LocalWorkers(workers) if isinstance(workers, int) else workers
    paths = [find_features(path) for path in paths]
    outcomes = place.carry_out(paths, settings, on_outcome)
    for pace in paces_alone(settings.pace, place.at_a_time) if again else ():
        overloaded = tuple(outcome.node for outcome in outcomes if outcome.overloaded)
        if not overloaded:
            break
        alone = msgspec.structs.replace(settings, repeat=True, nodes=overloaded, pace=pace)
        decided = [outcome for outcome in outcomes if not outcome.overloaded]
        outcomes = [*decided, *place.alone().carry_out(paths, alone, on_outcome)]
    return outcomes


def paces_alone(pace: float, workers: int) -> list[float]:
    """The paces at which a scenario is run again alone: the same unless it was alone before, then a slower one."""
    same = [pace] if workers > 1 else []
    return [*same, max(1.0, pace / SLOWER)] if pace > 1 else same


def _session(paths: Sequence[Path], settings: Settings, workers: int, on_outcome: OnOutcome) -> list[Outcome]:
    forget_features()
    # One more than scenarios, so that each worker has something to do while another one's control is carried out.
    places = settings.environments or max(workers, scenarios_at_a_time()) + 1
    settings = msgspec.structs.replace(settings, environments=places)
    # Here already, for a clear error: pytest would only say that something went wrong.
    load_modules(STEPS_GROUP)
    listener = _Listener(on_outcome)
    with tempfile.NamedTemporaryFile("wb", suffix=".json", prefix="gameday-") as file:
        file.write(msgspec.json.encode(settings))
        file.flush()
        arguments = _arguments(paths, file.name, workers, plan=settings.mode == "plan")
        # Every installed pytest plugin would be loaded into every worker; those that are needed are named.
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        try:
            code = pytest.main(arguments, plugins=[listener])
        except KeyboardInterrupt:
            # A second one, while pytest was dealing with the first.
            code = pytest.ExitCode.INTERRUPTED
        if code == pytest.ExitCode.INTERRUPTED and not listener.mistakes:
            # While the file of settings exists: a worker that is starting reads it before it can end.
            _interrupt(listener.workers)
            raise KeyboardInterrupt
    if len(listener.mistakes) == 1 and not _mistaken(listener.outcomes):
        raise listener.mistakes[0]
    if listener.mistakes:
        # A feature that cannot be read must not hide the mistakes of the others.
        texts = (text for outcome in listener.outcomes for text in outcome.mistakes)
        raise Mistakes([*listener.mistakes, *map(GamedayError, dict.fromkeys(texts))])
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        tagged = f" tagged @{settings.tag}" if settings.tag else ""
        raise GamedayError(f"no scenario{tagged} in {', '.join(map(str, paths))}", hint="features end in .feature")
    if code in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
        raise GamedayError(f"pytest could not run the features (exit code {int(code)})")
    return listener.outcomes


def _mistaken(outcomes: Sequence[Outcome]) -> bool:
    return any(outcome.mistakes for outcome in outcomes)


def _arguments(paths: Sequence[Path], settings_file: str, workers: int, *, plan: bool) -> list[str]:
    common = Path(os.path.commonpath(paths))
    root = str(common if common.is_dir() else common.parent)
    plugins = ["pytest_bdd.plugin", "gameday.steps.plugin", *(["xdist.plugin"] if workers else [])]
    parallel = ["-n", str(workers), "--dist", "load", "--maxschedchunk", "1"] if workers else []
    return [
        *(part for plugin in plugins for part in ("-p", plugin)),
        *(part for plugin in UNUSED for part in ("-p", f"no:{plugin}")),
        *parallel,
        *(["--continue-on-collection-errors"] if plan else []),
        # Without a border pytest lists every folder between the root of the file system and the features.
        *("-c", os.devnull, "--rootdir", root, "--confcutdir", root, "--import-mode=importlib"),
        *(SETTINGS_OPTION, settings_file),
        *map(str, paths),
    ]


def _interrupt(workers: Sequence[Identity]) -> None:
    """Interrupt the workers that still run: they heal their faults and end.

    A worker that does not end is killed, as are all on a second interruption; the command heals what they left.
    """
    try:
        _signal(workers, signal.SIGINT)
        _wait(workers, INTERRUPT_GRACE_S)
    finally:
        _signal(workers, signal.SIGKILL)
        _wait(workers, INTERRUPT_GRACE_S)


def _signal(workers: Sequence[Identity], sign: signal.Signals) -> None:
    for worker in workers:
        # It may end in between.
        with contextlib.suppress(ProcessLookupError):
            if worker.alive():
                os.kill(worker.pid, sign)


def _wait(workers: Sequence[Identity], limit_s: float) -> None:
    deadline_s = time.monotonic() + limit_s
    while any(worker.alive() for worker in workers) and time.monotonic() < deadline_s:
        time.sleep(0.02)
