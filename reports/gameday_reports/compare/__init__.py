"""Compares two runs, or all runs of two versions: what became worse, what better, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from gameday.base.counts import plural
from gameday.base.errors import GamedayError, unknown
from gameday.scoring.run_folder import RUN_FILE
from gameday_reports.dashboard.comparison import Compared, compared, earlier, why_not_comparable
from gameday_reports.dashboard.runs import read_run, read_runs
from gameday_reports.dashboard.summaries import RunSummary

__all__ = ["Comparison", "compare", "lines", "select"]

#: Stands between a stack and its version.
AT = "@"


class Comparison(NamedTuple):
    """The pairs that were compared, and for each run without a comparable one its scenario, seed and the reason."""

    compared: Compared
    left_out: tuple[tuple[RunSummary, str], ...]


def select(text: str, runs_dir: Path) -> list[RunSummary]:
    """The runs that ``text`` means: a run's folder, its name in ``runs_dir``, STACK@VERSION, or a STACK.

    Of a version or a stack, the newest run of each scenario and seed. Raises GamedayError for a run that does not
    count, and for what is none of these.
    """
    for folder in (Path(text), runs_dir / text):
        if (folder / RUN_FILE).is_file():
            return [read_run(folder)]
    if not runs_dir.is_dir():
        raise GamedayError(f"{text!r} is no run's folder, and there is no folder {str(runs_dir)!r}")
    runs = read_runs(runs_dir, runs_dir).judged
    newest = {
        (run.scenario, run.seed): run for run in runs if text in (run.stack, f"{run.stack}{AT}{run.stack_version}")
    }
    if not newest:
        known = {f"{run.stack}{AT}{run.stack_version}" if run.stack_version else run.stack for run in runs}
        raise unknown("run or version", text, sorted(known))
    return list(newest.values())


def compare(before: Sequence[RunSummary], after: Sequence[RunSummary]) -> Comparison:
    """Compare each later run with the earlier one of its scenario, of its seed if there is one.

    Only runs with the same rubric, contract and scenario are compared.
    """
    pairs, left_out = [], []
    for run in sorted(after, key=lambda run: (run.scenario, run.seed)):
        same = [other for other in before if other.scenario == run.scenario]
        comparable = [other for other in same if other.digests == run.digests]
        if match := earlier(comparable, run):
            pairs.append((match, run))
        else:
            why = why_not_comparable(same[-1].digests, run.digests) if same else "it ran only after"
            left_out.append((run, why))
    missing = {run.scenario for run in before} - {run.scenario for run in after}
    left_out += [(run, "it ran only before") for run in before if run.scenario in missing]
    return Comparison(compared(pairs), tuple(left_out))


def lines(comparison: Comparison) -> Iterable[str]:
    """The comparison for a terminal: worse first, then better; the last line is the sum of it."""
    for word, changes in (("worse", comparison.compared.worse), ("better", comparison.compared.better)):
        for change in changes:
            yield f"{word:7} {_named(change.after)}"
            yield from (f"          {what}" for what in change.what)
    if comparison.compared.same:
        yield f"same    {plural(comparison.compared.same, 'run')}"
    for run, why in comparison.left_out:
        yield f"left    {_named(run)}: {why}"
    yield f"{comparison.compared.sentence.capitalize()}."


def _named(run: RunSummary) -> str:
    return f"{run.scenario}, seed {run.seed}"
