"""Runs every benchmark, one after the other so that none disturbs another: ``python tests/bench/all.py``.

Exits with 1 if one missed its target.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = (
    "fakes.py",
    "proxy.py",
    "harness.py",
    "check.py",
    "report.py",
    "records.py",
    "gate.py",
    "live.py",
    "queries.py",
    "hostile.py",
    "memory.py",
    "reconcile.py",
    "cluster.py",
    "durable.py",
)


def main() -> int:
    """Run them all, also if one has missed its target."""
    missed = []
    for path in (Path(__file__).with_name(name) for name in BENCHMARKS):
        if not path.exists():
            continue
        sys.stdout.write(f"== {path.stem}\n")
        sys.stdout.flush()
        if subprocess.run([sys.executable, str(path)], check=False).returncode:
            missed.append(path.stem)
    sys.stdout.write(f"missed: {', '.join(missed)}\n" if missed else "all targets met\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
