"""A static site over all runs of a folder: how each stack does over time, and what has not been tried."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from gameday.errors import GamedayError
from gameday.store import without_garbage_collection
from gameday_reports.dashboard.due import due_actions
from gameday_reports.dashboard.site import Site
from gameday_reports.dashboard.trials import read_trials
from gameday_reports.environment import fill
from gameday_reports.files import write

__all__ = ["build"]

FIGURES = "dashboard.json"


def build(runs_dir: Path, out: Path, *, now: datetime) -> list[Path]:
    """Write the site over the runs of ``runs_dir`` into ``out``, as seen at ``now`` (with its time zone).

    ``out/index.html`` is where to begin, ``out/dashboard.json`` has the same figures. Nothing in ``runs_dir`` is
    changed. A run that is broken or unfinished is listed as such. Raises GamedayError if the runs' folder cannot be
    read or the site cannot be written.
    """
    with without_garbage_collection():
        trials = read_trials(runs_dir, out.absolute())
        site = Site(trials, due_actions(runs_dir, trials.judged, now.date()), now)
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise GamedayError(f"cannot make the folder {str(out)!r}: {problem.strerror}") from None
        written = [write(out / page.name, fill(page.template, page.values)) for page in site.pages()]
        text = msgspec.json.format(msgspec.json.encode(site.figures(), order="deterministic"), indent=1).decode()
        return [*written, write(out / FIGURES, text + "\n")]
