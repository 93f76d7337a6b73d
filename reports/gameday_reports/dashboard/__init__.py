"""A static site over all runs of a folder: how each stack does over time, and what has not been tried."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from gameday.base.errors import GamedayError
from gameday.scoring.judge import without_garbage_collection
from gameday_reports.dashboard.due import due_actions
from gameday_reports.dashboard.runs import read_runs
from gameday_reports.dashboard.site import Site
from gameday_reports.environment import fill
from gameday_reports.files import write

__all__ = ["build"]

FIGURES = "dashboard.json"

#: Pages that come and go with the runs, and what each says of who wrote it.
_COMES_AND_GOES = re.compile(r"(scenario|stack)-[a-z0-9-]+\.html")
_WRITTEN_HERE = b'<meta name="generator" content="gameday dashboard">'
#: Where that stands at the latest.
_HEAD_BYTES = 2048


def build(runs_dir: Path, out: Path, *, now: datetime, scenarios: Iterable[str] = ()) -> list[Path]:
    """Write the site over the runs of ``runs_dir`` into ``out``, as seen at ``now`` (with its time zone).

    ``out/index.html`` is where to begin, ``out/dashboard.json`` has the same figures. Nothing in ``runs_dir`` is
    changed. A run that is broken or unfinished is listed as such. ``scenarios`` are names of scenarios that are
    listed as never run where no stack has run them. Pages in ``out`` that an earlier build wrote and this one does
    not are removed, and nothing else. Raises GamedayError if the runs' folder cannot be read or the site cannot be
    written.
    """
    with without_garbage_collection():
        runs = read_runs(runs_dir, out.absolute())
        site = Site(runs, due_actions(runs_dir, runs.judged, now.date()), now, scenarios)
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise GamedayError(f"cannot make the folder {str(out)!r}: {problem.strerror}") from None
        written = [write(out / page.name, fill(page.template, page.values)) for page in site.pages()]
        text = msgspec.json.format(msgspec.json.encode(site.figures(), order="deterministic"), indent=1).decode()
        written.append(write(out / FIGURES, text + "\n"))
        _remove_vanished(out, {path.name for path in written})
        return written


def _remove_vanished(out: Path, kept: set[str]) -> None:
    """Remove pages of scenarios and stacks that are no longer among the runs."""
    for path in out.iterdir():
        if path.name in kept or not _COMES_AND_GOES.fullmatch(path.name) or path.is_symlink() or not path.is_file():
            continue
        try:
            with path.open("rb") as page:
                written_here = _WRITTEN_HERE in page.read(_HEAD_BYTES)
            if written_here:
                path.unlink()
        except OSError as problem:
            raise GamedayError(f"cannot remove the old page {path}: {problem.strerror}") from None
