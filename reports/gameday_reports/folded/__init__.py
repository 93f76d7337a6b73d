"""Several runs of one scenario against one stack as one postmortem: every run is visible, and nothing is averaged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gameday_reports.environment import fill
from gameday_reports.files import write
from gameday_reports.folded.context import context

__all__ = ["fold"]


def fold(run_dirs: Sequence[Path], out: Path, *, unredacted: bool = False) -> Path:
    """Write the page about these judged runs; its links are relative to ``out``.

    Raises GamedayError if a run cannot be read, or if they are not of one scenario, contract, rubric and stack.
    """
    return write(out, fill("folded/templates/folded.html.jinja", context(run_dirs, out, unredacted=unredacted)))
