"""What ``gameday run`` shows during the runs."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Group
from rich.live import Live
from rich.text import Text

from gameday.analysis.exits import StackExit
from gameday.base.durations import words
from gameday.base.errors import GamedayError
from gameday.base.json_text import DECODER_ERRORS
from gameday.base.terminal import console, literal
from gameday.commands.run_summary import STYLES
from gameday.model.events import Aborted, PhaseBegan, Stopped
from gameday.model.history import LineDecoder
from gameday.steps.outcome import Outcome

if TYPE_CHECKING:
    from gameday.scoring.run_folder import RunInfo

REFRESH_S = 0.5
#: How often a log without a terminal gets a line about what is running (real seconds).
REPORT_S = 60.0
BAR = 12
_TAIL_BYTES = 65536


class Running(NamedTuple):
    """A run under way: ``share`` of its longest duration is over, and ``left_s`` real seconds of it are left."""

    stack: str
    scenario: str
    phase: str
    share: float
    left_s: float

    @property
    def left(self) -> str:
        """How long it still takes, in words."""
        return f"about {words(math.ceil(self.left_s))} left" if self.left_s > 0 else "ending"


class Progress:
    """Shows which scenarios are running, in which phase and for how long at most, and which are done.

    On a terminal it is a live display; elsewhere it prints a line for each scenario that ends, and every minute one
    for what is running.
    """

    def __init__(self, runs_dir: Path, planned: list[Outcome]) -> None:
        self._runs_dir = runs_dir
        self._total = len(planned)
        self._lengths = {o.scenario: o.planned.horizon_s for o in planned if o.planned}
        self._began = time.time()
        self._done: list[Outcome] = []
        #: The outcomes of scenarios that were run again because the machine was too busy, each with the next one.
        self.repeated: list[tuple[Outcome, Outcome]] = []
        self._console = console(err=True)
        self._live = (
            Live(console=self._console, auto_refresh=False, transient=True) if self._console.is_terminal else None
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._refresh, daemon=True)

    def __enter__(self) -> Progress:
        if self._live:
            self._live.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self._live:
            self._live.stop()

    def finished(self, outcome: Outcome) -> None:
        """A scenario has ended; if it had been run before, this outcome replaces the earlier one."""
        done = [known for known in self._done if known.node != outcome.node]
        self.repeated += [(known, outcome) for known in self._done if known.node == outcome.node]
        self._done = [*done, outcome]
        style = STYLES.get(outcome.result, "")
        why = outcome.why if outcome.overloaded or outcome.not_applicable else outcome.problem
        line = Text.assemble(
            f"{len(self._done):>3}/{self._total} ",
            (f"{outcome.result:8}", style),
            literal(f" {outcome.stack}: {outcome.scenario}" + (f": {why}" if why else "")),
        )
        shown = self._live.console if self._live else self._console
        shown.print(line, soft_wrap=True)
        for ended in _exits(outcome):
            shown.print(Text(literal(f"        {ended.sentence}: {ended.last_line}"), "bold"), soft_wrap=True)

    def _refresh(self) -> None:
        while not self._stop.wait(REFRESH_S if self._live else REPORT_S):
            if self._live:
                self._live.update(self._view(), refresh=True)
            else:
                self._console.print(Text(literal(self._line())), soft_wrap=True)

    def _head(self) -> str:
        return f"{len(self._done)} of {self._total} scenarios done, {words(round(time.time() - self._began))}"

    def _view(self) -> Group:
        # Two lines for each run: in a narrow terminal the phase and the time left are what must not be cut off.
        lines = [Text(self._head(), "bold")]
        for run in self._under_way():
            lines.append(Text(literal(f"{run.stack}: {run.scenario}"), no_wrap=True, overflow="ellipsis"))
            bar = f"{'━' * round(run.share * BAR):{BAR}}"
            lines.append(Text.assemble(("    ", ""), (f"{run.phase:13}", "cyan"), (bar, "blue"), f" {run.left}"))
        return Group(*lines)

    def _line(self) -> str:
        running = [f"{run.stack}: {run.scenario} ({run.phase}, {run.left})" for run in self._under_way()]
        return f"{self._head()}; running: {'; '.join(running) or 'nothing yet'}"

    def _under_way(self) -> list[Running]:
        from gameday.scoring.run_folder import Run

        found = []
        finished = {Path(outcome.run_dir).name for outcome in self._done}
        for folder in sorted(self._runs_dir.iterdir()):
            history = folder / "history.jsonl"
            if folder.name in finished or not history.exists() or history.stat().st_mtime < self._began:
                continue
            if (folder / "scorecard.json").exists() or not (folder / "run.json").exists():
                continue
            # Another command may be making the folder, or deleting it.
            with contextlib.suppress(GamedayError, OSError):
                run = Run(folder)
                if tail := _tail(history):
                    found.append(self._running(run.info(), run.scenario().name, *tail))
        return found

    def _running(self, info: RunInfo, scenario: str, phase: str, time_s: float) -> Running:
        length_s = self._lengths.get(scenario, 0.0)
        share = min(1.0, max(0.0, time_s) / length_s) if length_s else 0.0
        return Running(info.stack, scenario, phase, share, max(0.0, length_s - time_s) / info.pace)


def _exits(outcome: Outcome) -> tuple[StackExit, ...]:
    """The ends of the stack's process that no fault caused; none of a run that was not judged."""
    from gameday.scoring.run_folder import Run

    try:
        return Run(Path(outcome.run_dir)).scorecard().exits if outcome.run_dir else ()
    except GamedayError:
        return ()


def _tail(history: Path) -> tuple[str, float] | None:
    """The phase and the scenario time at the end of a history that is being written; None of an aborted run."""
    with history.open("rb") as file:
        file.seek(max(0, history.stat().st_size - _TAIL_BYTES))
        lines = file.read().splitlines()
    phase, time_s = "", 0.0
    decoder = LineDecoder(lenient=True)
    for line in lines:
        try:
            operation = decoder.decode(line)
        except DECODER_ERRORS:
            continue
        time_s = operation.time_s
        if isinstance(operation.event, PhaseBegan):
            phase = operation.event.phase
        elif isinstance(operation.event, Aborted | Stopped):
            return None
    return phase, time_s
