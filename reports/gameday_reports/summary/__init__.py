"""One page over the runs of a game day."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gameday.store import Run
from gameday_reports.environment import fill


def page(run_dirs: Sequence[Path], out: Path) -> str:
    """The page as it will stand at ``out``; its links are relative to that."""
    return fill("summary/templates/index.html.jinja", {"rows": [_row(run_dir, out) for run_dir in run_dirs]})


def _row(run_dir: Path, out: Path) -> dict[str, Any]:
    run = Run(run_dir)
    link = quote(os.path.relpath(run_dir / "postmortem.html", out.parent))
    return {"scenario": run.scenario().name, "stack": run.info().stack, "link": link, "cells": run.headline()}
