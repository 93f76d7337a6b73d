"""One page about the runs of a game day."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gameday_reports.environment import fill
from gameday_reports.summary.context import NotRun, context

__all__ = ["NotRun", "page"]


def page(run_dirs: Sequence[Path], out: Path, not_run: Sequence[NotRun] = ()) -> str:
    """The page to be written at ``out``; its links are relative to that place."""
    return fill("summary/templates/index.html.jinja", context(run_dirs, out, not_run))
