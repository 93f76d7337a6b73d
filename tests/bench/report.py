"""Measures how long the reports of a large run take: ``python tests/bench/report.py [--orders 100000] [--json]``.

Builds a run folder as ``check.py`` does, judges it, and writes its reports twice, each time in a separate process: with
the case in memory, as right after a run, and from disk, as on a later day.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from check import SyntheticRun

from gameday.scoring.judge import check_run
from gameday.scoring.run_folder import Run
from gameday.scoring.score import score
from gameday.scoring.seal import seal
from gameday_reports import render

TARGET_S = 5.0
TARGET_BYTES = 2_000_000
MODES = ("from disk", "case in memory")


def measure(orders: int, seed: int = 1) -> dict[str, dict[str, float]]:
    """For each mode the seconds by the clock and of the processor; then the size of each file in bytes.

    On a machine that others use, the clock and the processor time differ.
    """
    with tempfile.TemporaryDirectory() as folder:
        run_dir = SyntheticRun(orders, seed).record(Path(folder)).dir
        seal(run_dir, "run")
        check_run(Run(run_dir))
        figures: dict[str, dict[str, float]] = {}
        for mode in MODES:
            command = [sys.executable, __file__, "--render", str(run_dir), "--mode", mode]
            figures[mode] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        names = ("postmortem.html", "postmortem.md", "results.json", "junit.xml")
        figures["bytes"] = {name: float((run_dir / name).stat().st_size) for name in names}
        return figures


def render_once(run_dir: Path, mode: str) -> dict[str, float]:
    """Write the reports of a judged run and measure it."""
    case = None
    if mode == "case in memory":
        case = Run(run_dir).case()
        score(case)
    began, processor = time.perf_counter(), time.process_time()
    render(run_dir, case=case)
    return {"whole": time.perf_counter() - began, "processor": time.process_time() - processor}


def main() -> int:
    """Measure and print; returns 1 if the time or the size of the page misses its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--render", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--mode", choices=MODES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.render:
        print(json.dumps(render_once(arguments.render, arguments.mode)))  # noqa: T201
        return 0
    figures = measure(arguments.orders)
    if arguments.json:
        print(json.dumps(figures))  # noqa: T201
    else:
        print(f"{arguments.orders:,} orders")  # noqa: T201
        for mode in MODES:
            print("  {:16} {whole:6.2f} s, of the processor {processor:.2f} s".format(mode, **figures[mode]))  # noqa: T201
        for name, size in figures["bytes"].items():
            print(f"  {name:16} {size / 1000:6,.0f} kB")  # noqa: T201
    slow = any(figures[mode]["whole"] > TARGET_S for mode in MODES)
    return int(slow or figures["bytes"]["postmortem.html"] > TARGET_BYTES)


if __name__ == "__main__":
    sys.exit(main())
