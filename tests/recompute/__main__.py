"""Compares the figures of recorded runs with the recomputed ones: ``python -m recompute RUN [RUN ...]``."""

from __future__ import annotations

import sys
from pathlib import Path

from recompute.compare import count, differences


def main(folders: list[str]) -> int:
    """Print what differs; 1 if anything does, 2 without a judged run."""
    given = [Path(folder) for folder in folders]
    runs = [run for folder in given for run in sorted({p.parent for p in folder.rglob("scorecard.json")})]
    if not runs:
        sys.stderr.write(f"no judged run in {', '.join(folders) or 'nothing'}; name run folders, or folders of them\n")
        return 2
    figures = bad = 0
    for run in runs:
        found = differences(run)
        figures += count(run)
        bad += bool(found)
        for line in found:
            sys.stdout.write(f"{run.name}: {line}\n")
    sys.stdout.write(f"{len(runs)} runs, {figures} figures, {bad} runs that differ\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
