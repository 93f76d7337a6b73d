"""The runs of a session on the live board: reads their histories and passes on the operators' commands."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.live.channel import BegunRuns, Command, command
from gameday.live.log import LogEntry
from gameday.live.state import LiveState
from gameday.live.tail import Tail
from gameday.live.view import hides, view
from gameday.model.checker import margin_s
from gameday.model.history import LineDecoder
from gameday.scoring.budget import budget_of
from gameday.scoring.run_folder import Run

NOTES_GO = "postmortem.yaml takes notes"
LAST_PHASE = "verification"
REPORT = "postmortem.html"
_encode = msgspec.json.Encoder(decimal_format="string").encode


class Seen(msgspec.Struct, frozen=True):
    """What a page has already received: its run, the board's version, the last entry, whether anything was hidden."""

    run: int = 0
    version: int = 0
    entry: int = 0
    hidden: bool = True


class LiveRun:
    """One run in progress. ``number`` is its place in the session; its folder's name would give away the injection."""

    def __init__(self, number: int, run_dir: Path, limit: int | None, clock: Callable[[], float]) -> None:
        run = Run(run_dir)
        self.number = number
        self.name = run_dir.name
        self._dir = run_dir
        self.info = run.info()
        self.result = ""
        scenario, contract = run.scenario(), run.contract()
        margin = margin_s(contract, self.info.pace)
        budget = budget_of(scenario, contract, limit)
        self.state = LiveState(scenario, contract, budget=budget, margin_s=margin, rates=run.rates())
        self._clock = clock
        self._tail = Tail(run_dir / "history.jsonl", LineDecoder(lenient=True))
        self._lead_s: float | None = None
        #: The notes that were sent to the run: by whom, and their texts.
        self.asked: list[tuple[str, str]] = []

    def too_late(self) -> list[tuple[str, str]]:
        """The notes that were sent while the history was closing, and are not in it."""
        return [*(Counter(self.asked) - Counter(self.state.notes)).elements()]

    def now_s(self) -> float:
        """The present scenario second, estimated from the newest operations."""
        if self._lead_s is None or self.state.phase == LAST_PHASE:
            # From there on the run judges and reports, which takes real time but no scenario time.
            return self.state.time_s
        return max(self.state.time_s, self._lead_s + self._clock() * self.info.pace)

    def read(self) -> bool:
        """Read what is new in the history; returns whether anything on the board has changed."""
        operations = self._tail.new()
        for op in operations:
            self.state.take(op)
        if operations:
            # No operation comes from the future, so the one with the least delay gives the best estimate.
            lead_s = operations[-1].time_s - self._clock() * self.info.pace
            self._lead_s = lead_s if self._lead_s is None else max(self._lead_s, lead_s)
        affected = self.state.tally.affected
        if self.state.phase and not self.result:
            self.state.advance(self.now_s())
        return bool(operations) or self.state.tally.affected != affected

    def end(self, result: str) -> None:
        """The run is over: read the rest of its history and the scorecard."""
        while self._tail_has_more():
            pass
        self.result = result
        self.state.close()
        for by, text in self.too_late():
            self.state.log.add(self.state.time_s, "note", f"too late for the history: {NOTES_GO}", text, by)
        with contextlib.suppress(GamedayError):
            # A stopped run has no scorecard.
            run = Run(self._dir)
            card = run.scorecard()
            self.state.judged, self.state.judged_revenue = card.states, card.revenue
            verdicts = run.verdicts()[1]
            # Those that every run has come before those of the expectations.
            of_expectations = verdicts[max(0, len(verdicts) - len(self.state.scenario.expectations)) :]
            self.state.verdicts = tuple(verdict.result.word for verdict in of_expectations)

    @property
    def report(self) -> Path | None:
        """The page of the report, once the run is over and has one."""
        path = self._dir / REPORT
        return path if self.result and path.is_file() else None

    def _tail_has_more(self) -> bool:
        operations = self._tail.new()
        for op in operations:
            self.state.take(op)
        return bool(operations)


class Board:
    """Everything that the page shows and can ask for. One thread only.

    ``limit`` is the abort budget in affected deals; None leaves it to the feature and the contract.
    """

    def __init__(
        self,
        folder: Path,
        *,
        blind: bool = False,
        limit: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.blind = blind
        self.runs: list[LiveRun] = []
        self.version = 0
        self.over = False
        self.stop_asked = False
        self._folder = folder
        self._limit = limit
        self._clock = clock
        self._begun = BegunRuns(folder)
        self._views: dict[tuple[int, bool], tuple[int, msgspec.Raw]] = {}

    def poll(self) -> bool:
        """Read what is new, and stop if the abort budget is used up; returns whether anything has changed."""
        changed = False
        for run_dir in self._begun.new():
            self.runs.append(LiveRun(len(self.runs) + 1, run_dir, self._limit, self._clock))
            changed = True
        for run in self.runs:
            if run.result:
                continue
            changed = run.read() or changed
            budget, affected = run.state.budget, run.state.tally.affected
            if budget.used_up(affected) and not self.stop_asked:
                self.stop("the abort budget", f"{affected} affected deals, the budget was {budget.limit}")
        self.version += changed
        return changed

    def finished(self, stack: str, seed: int, scenario: str, result: str) -> None:
        """A scenario has ended with this result."""
        for run in self.runs:
            named = run.info.stack, run.info.seed, run.state.scenario.name
            if not run.result and named == (stack, seed, scenario):
                run.end(result)
                self.version += 1
                return

    def close(self) -> None:
        """The session is over."""
        self.poll()
        for run in self.runs:
            if not run.result:
                run.end("not run")
        self.over = True
        self.version += 1

    # -- the operators' commands ---------------------------------------------------------------------

    def note(self, number: int, by: str, text: str) -> None:
        """Add a note to a run's history. Raises GamedayError if it is over."""
        run = self._in_progress(number)
        run.asked.append((by, text))
        command(self._folder, Command("note", by, text, run=run.name))

    def reveal(self, number: int, by: str) -> None:
        """Show the injection once the run has recorded who asked. Raises GamedayError if the run is over."""
        command(self._folder, Command("reveal", by, run=self._in_progress(number).name))

    def acknowledge(self, number: int, by: str) -> None:
        """Acknowledge the run's open alerts at its pager. Raises GamedayError if the run is over."""
        command(self._folder, Command("acknowledge", by, run=self._in_progress(number).name))

    def stop(self, by: str, text: str) -> None:
        """Stop every run of the session; all faults are healed."""
        self.stop_asked = True
        command(self._folder, Command("stop", by, text))

    def _in_progress(self, number: int) -> LiveRun:
        run = self.run(number)
        if run is None or run.result:
            raise GamedayError(f"run {number} is not in progress")
        if run.state.closed:
            raise GamedayError("the run is being judged, and its history is closed", hint=NOTES_GO)
        return run

    # -- the page's content --------------------------------------------------------------------------

    def run(self, number: int) -> LiveRun | None:
        """A run by its number; 0 is the newest."""
        if number == 0:
            return self.runs[-1] if self.runs else None
        return self.runs[number - 1] if 0 < number <= len(self.runs) else None

    def message(self, number: int, seen: Seen) -> tuple[Seen, bytes]:
        """The next message for a page, as JSON, with what the page has received then."""
        run = self.run(number)
        hidden = run is not None and self._hides(run)
        anew = run is None or run.number != seen.run or hidden != seen.hidden
        entries: list[LogEntry] = []
        if run is not None:
            entries = run.state.log.after(0 if anew else seen.entry, blind=hidden)
        message = {
            "run": run.number if run else 0,
            "runs": [self._line(each) for each in self.runs],
            "view": self._view(run, hidden=hidden) if run else None,
            "now_s": round(run.now_s(), 3) if run else 0.0,
            "pace": run.info.pace if run else 0.0,
            "anew": anew,
            "entries": entries,
            "stop_asked": self.stop_asked,
            "over": self.over,
        }
        last = run.state.log.last if run else 0
        return Seen(run.number if run else 0, self.version, last, hidden), _encode(message)

    def _hides(self, run: LiveRun) -> bool:
        return hides(run.state, blind=self.blind)

    def _line(self, run: LiveRun) -> dict[str, Any]:
        """A run as the list of runs shows it."""
        name = f"Run {run.number}" if self._hides(run) else run.state.scenario.name
        return {
            "number": run.number,
            "name": name,
            "stack": run.info.stack,
            "seed": run.info.seed,
            "result": run.result,
            "started": run.info.started,
            "report": str(run.report or ""),
        }

    def _view(self, run: LiveRun, *, hidden: bool) -> msgspec.Raw:
        """The run's view, encoded once for all pages."""
        version, encoded = self._views.get((run.number, hidden), (-1, msgspec.Raw()))
        if version != self.version:
            encoded = msgspec.Raw(_encode(view(run.state, blind=self.blind)))
            self._views[run.number, hidden] = self.version, encoded
        return encoded
