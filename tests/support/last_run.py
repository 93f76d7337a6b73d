"""The run that a command ended with: one that the machine was too busy to judge is carried out again."""

from __future__ import annotations

from pathlib import Path


def last_run(runs: Path, named: str = "*") -> Path:
    """The folder of the last run of a folder of runs, by its name (``*`` stands for anything)."""
    found = [file.parent for file in runs.glob(f"{named}/run.json")]
    assert found, f"no run {named} in {runs}"
    return max(found, key=lambda run: (run / "run.json").stat().st_mtime_ns)
