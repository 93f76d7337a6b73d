"""Measures the overhead of the harness: ``python tests/bench/harness.py``.

Measures how long `gameday --help` takes, and how much longer a scenario takes than it declares: starting and stopping
the fakes, the proxies and the stack, judging and reporting. Run it alone. Exits with 1 if it misses a target.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gameday.model.events import PhaseBegan
from gameday.model.history import History
from gameday.model.scenario import Expectation, Flow, Injection, Scenario, WorkloadSpec
from gameday.model.settings import Settings
from gameday.run.runner import run_scenario

GAMEDAY = str(Path(sys.executable).with_name("gameday"))
ROUNDS = 9
HELP_TARGET_S = 0.120
SCENARIOS = 3
OVERHEAD_TARGET_S = 1.0
PACE = 60.0


def help_s() -> float:
    """The median wall time of `gameday --help` (real seconds)."""
    took_s = []
    for _ in range(ROUNDS):
        began_s = time.perf_counter()
        subprocess.run([GAMEDAY, "--help"], check=True, stdout=subprocess.DEVNULL)
        took_s.append(time.perf_counter() - began_s)
    return statistics.median(took_s)


def overhead_s() -> float:
    """The median of the time that a small scenario takes beyond its phases, without a control (real seconds)."""
    return statistics.median(_overhead_s(seed) for seed in range(1, SCENARIOS + 1))


def _overhead_s(seed: int) -> float:
    scenario = Scenario(
        name="a small scenario",
        flow=Flow("salesforce", "netsuite", "closed-won-to-sales-order"),
        workload=WorkloadSpec(count=12, per_minute=12.0),
        injections=(Injection(20.0, "record lock", "erp", 30.0),),
        expectations=(Expectation("exactly once", {"within_s": 120.0, "after": "fix"}),),
        seed=seed,
    )
    with tempfile.TemporaryDirectory(prefix="gameday-bench-") as runs_dir:
        began_s = time.perf_counter()
        checked = run_scenario(scenario, "durable", Settings(pace=PACE, runs_dir=runs_dir, control=False))
        took_s = time.perf_counter() - began_s
        phases = {op.event.phase: op.time_s for op in History.read(checked.run_dir / "history.jsonl").of(PhaseBegan)}
    return took_s - (phases["verification"] - phases["steady state"]) / PACE


def main() -> int:
    """Measure and judge."""
    missed = 0
    for what, measured_s, target_s in (
        ("gameday --help", help_s(), HELP_TARGET_S),
        ("a scenario beyond its declared time", overhead_s(), OVERHEAD_TARGET_S),
    ):
        met = measured_s < target_s
        missed += not met
        sys.stdout.write(f"{'ok    ' if met else 'MISSED'} {what}: {measured_s:.3f} s (target: < {target_s:g} s)\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
