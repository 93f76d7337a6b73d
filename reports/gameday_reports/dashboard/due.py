"""The actions that are still to be done, from the postmortem.yaml of each run that has one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from gameday.base.errors import GamedayError
from gameday_reports.dashboard.summaries import RunSummary
from gameday_reports.postmortem.actions import actions
from gameday_reports.recorded import RecordedRun
from gameday_reports.sidecar import FILE, ActionEntry
from gameday_reports.sidecar_reader import read_sidecar
from gameday_reports.sidecar_redaction import redacted

#: The weekly review lists what is due within this time.
AHEAD = timedelta(days=7)


class DueAction(NamedTuple):
    """One action of a run. ``when`` relates its date to today: passed, due, later, or open if it has no date."""

    run: RunSummary
    what: str
    owner: str
    due: str
    when: str


class DueActions(NamedTuple):
    """Actions by date, those without one last; and the runs whose postmortem.yaml has a mistake, with the error."""

    rows: tuple[DueAction, ...]
    unread: tuple[tuple[str, str], ...]


_ORDER = ("passed", "due", "later", "open")


def due_actions(runs_dir: Path, runs: Sequence[RunSummary], today: date) -> DueActions:
    """All actions that are neither dropped nor done."""
    rows: list[DueAction] = []
    unread: list[tuple[str, str]] = []
    for run in runs:
        run_dir = runs_dir / run.run
        if not (run_dir / FILE).is_file():
            continue
        try:
            rows += _of(run_dir, run, today)
        except GamedayError as problem:
            unread.append((run.run, str(problem).replace(f"{run_dir}/", "")))
    rows.sort(key=lambda row: (_ORDER.index(row.when), row.due, row.run.order))
    return DueActions(tuple(rows), tuple(unread))


def _of(run_dir: Path, run: RunSummary, today: date) -> list[DueAction]:
    written = read_sidecar(run_dir)
    if not any(_is_open(entry) for entry in written.actions):
        return []
    try:
        # A drafted action has only its id in the file: its text, and the names to mask, come from the run.
        recorded = RecordedRun(run_dir)
        what = {row["line"]: recorded.shown(row["what"]) for row in actions(recorded)}
        entries = recorded.sidecar.actions
    except (GamedayError, ArithmeticError):
        what, entries = {}, redacted(written, str).actions
    return [
        DueAction(run, what.get(entry.line) or entry.what or entry.id, entry.owner, entry.due, _when(entry, today))
        for entry in entries
        if _is_open(entry)
    ]


def _is_open(entry: ActionEntry) -> bool:
    return not entry.dropped and not entry.done


def _when(entry: ActionEntry, today: date) -> str:
    if not entry.due:
        return "open"
    due = date.fromisoformat(entry.due)
    if due < today:
        return "passed"
    return "due" if due - today <= AHEAD else "later"
