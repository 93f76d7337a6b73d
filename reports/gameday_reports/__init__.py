"""Reports of game days: a postmortem and a brief for people, results for machines, a summary of several runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gameday.model.checker import Case
from gameday.scoring.judge import without_garbage_collection
from gameday_reports.files import write
from gameday_reports.recorded import RecordedRun
from gameday_reports.report import reports
from gameday_reports.summary import NotRun, page

__all__ = ["NotRun", "render", "render_summary"]


def render(run_dir: Path, *, case: Case | None = None, unredacted: bool = False) -> list[Path]:
    """Write every report of a judged run into its folder: postmortem, brief, repair list, results, JUnit.

    ``case`` saves reading the records again when the caller has just judged them. Names that the contract classifies
    as confidential are masked unless ``unredacted``. Raises GamedayError if the run cannot be read, has not been
    judged, or has a postmortem.yaml with a mistake in it.
    """
    run = RecordedRun(run_dir, case=case, unredacted=unredacted)
    with without_garbage_collection():
        return [write(run_dir / name, text) for _, report in reports.items() for name, text in report(run).items()]


def render_summary(run_dirs: Sequence[Path], out: Path, *, not_run: Sequence[NotRun] = ()) -> Path:
    """Write one page about the runs of a game day, linked to their postmortems, and the scenarios that did not run."""
    return write(out, page(run_dirs, out, not_run))
