"""A static site about all runs of a folder: how each stack does over time, and what has not been tested."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import msgspec

from gameday.base.errors import GamedayError
from gameday.contracts.flows import FlowRegistry
from gameday.model.contract import Contract
from gameday.scoring.judge import without_garbage_collection
from gameday_reports.dashboard.due import due_actions
from gameday_reports.dashboard.figures import figures
from gameday_reports.dashboard.production import Production
from gameday_reports.dashboard.runs import read_runs
from gameday_reports.dashboard.site import NO_FLOWS, NOTHING_KNOWN, Site
from gameday_reports.environment import fill
from gameday_reports.files import write

__all__ = ["Production", "build"]

FIGURES = "dashboard.json"

#: Pages of single scenarios and stacks, which may disappear; and the mark of pages that the dashboard wrote.
_PAGE_OF_ONE = re.compile(r"(scenario|stack)-[a-z0-9-]+\.html")
_WRITTEN_HERE = b'<meta name="generator" content="gameday dashboard">'
#: The mark is within so many bytes.
_HEAD_BYTES = 2048


def build(
    runs_dir: Path,
    out: Path,
    *,
    now: datetime,
    scenarios: Iterable[str] = (),
    not_applicable: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    registry: FlowRegistry = NO_FLOWS,
    contracts: Mapping[str, Contract] = MappingProxyType({}),
    production: Production = NOTHING_KNOWN,
) -> list[Path]:
    """Write the site about the runs in ``runs_dir`` into ``out``, as of ``now`` (with a time zone).

    ``out/index.html`` is the first page, ``out/dashboard.json`` has the same figures. No run is changed; what runs were
    judged to be is kept beside them. Damaged or unfinished runs are listed as such. ``scenarios`` are names of
    scenarios to list as never run if no stack has run them; ``not_applicable`` says for a stack and a scenario why it
    does not apply. ``registry`` has the flows with their owners, ``contracts`` are theirs by name. ``production`` is
    what happened beside the drills. Pages that an
    earlier build wrote into ``out`` and this one does not are removed; nothing else is. Raises GamedayError if the
    runs' folder cannot be read or the site cannot be written.
    """
    with without_garbage_collection():
        runs = read_runs(runs_dir, out.absolute())
        due = due_actions(runs_dir, runs.judged, now.date())
        site = Site(runs, due, now, scenarios, not_applicable, registry, contracts, production, out)
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise GamedayError(f"cannot create the folder {str(out)!r}: {problem.strerror}") from None
        written = [write(out / page.name, fill(page.template, page.values)) for page in site.pages()]
        text = msgspec.json.format(msgspec.json.encode(figures(site), order="deterministic"), indent=1).decode()
        written.append(write(out / FIGURES, text + "\n"))
        _remove_old_pages(out, {path.name for path in written})
        return written


def _remove_old_pages(out: Path, kept: set[str]) -> None:
    """Remove the dashboard's pages of scenarios and stacks that no longer have runs."""
    for path in out.iterdir():
        if path.name in kept or not _PAGE_OF_ONE.fullmatch(path.name) or path.is_symlink() or not path.is_file():
            continue
        try:
            with path.open("rb") as page:
                written_here = _WRITTEN_HERE in page.read(_HEAD_BYTES)
            if written_here:
                path.unlink()
        except OSError as problem:
            raise GamedayError(f"cannot remove the old page {path}: {problem.strerror}") from None
