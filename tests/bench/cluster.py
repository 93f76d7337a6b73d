"""Measures what a Dask cluster adds to runs: ``python tests/bench/cluster.py [--rounds 3] [--at-a-time 4]``.

The same scenarios by so many processes of this machine, and by as many Dask workers on it, each for one run, turn about
so that both meet the same machine, after a round that does not count. What is compared is the time of the session, from
its first process to its last report; the cluster is up before. Run it alone. Exits with 1 if the cluster adds more than
the target.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from gameday.cluster.address import read_address
from gameday.cluster.connection import check_workers, connected
from gameday.cluster.dask_workers import DaskWorkers
from gameday.config.features import library
from gameday.model.settings import Settings, Target
from gameday.steps.planning import plan_scenarios
from gameday.steps.schedule import scheduled
from gameday.steps.session import LocalWorkers, run_session
from gameday.steps.workers import Workers
from support.dask_cluster import dask_cluster

FEATURES = [library() / name for name in ("network", "limits", "access")]
STACK = "durable"
TARGET = 0.10


def main() -> int:
    """Measure both, turn about."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at-a-time", type=int, default=4)
    parser.add_argument("--features", type=Path, nargs="+", default=FEATURES)
    chosen = parser.parse_args()
    took_s: dict[str, list[float]] = {"local": [], "cluster": []}
    with tempfile.TemporaryDirectory(prefix="gameday-bench-") as name:
        folder = Path(name)
        # Both sides seal with the same key.
        os.environ["XDG_STATE_HOME"] = str(folder / "cluster" / "state")
        with (
            dask_cluster(folder / "cluster", chosen.at_a_time) as cluster,
            connected(read_address(cluster.address)) as client,
        ):
            checked = check_workers(client, Settings(), _say)
            places: dict[str, Workers] = {
                "local": LocalWorkers(chosen.at_a_time),
                "cluster": DaskWorkers(client, checked, _say),
            }
            # The first round finds nothing in the caches, so it does not count.
            for number in range(chosen.rounds + 1):
                for kind, place in sorted(places.items(), reverse=bool(number % 2)):
                    each_s = session_s(chosen.features, place, folder / f"{kind}-{number}")
                    _say(f"round {number}, {kind}: {each_s:.1f} s")
                    took_s[kind] += [each_s] if number else []
    local_s, cluster_s = (statistics.median(took_s[kind]) for kind in places)
    added = cluster_s / local_s - 1
    _say(f"medians: {local_s:.1f} s by {chosen.at_a_time} processes, {cluster_s:.1f} s by as many Dask workers")
    _say(f"the cluster adds {added:.1%}; target: at most {TARGET:.0%}: {'met' if added <= TARGET else 'MISSED'}")
    return 0 if added <= TARGET else 1


def session_s(features: list[Path], place: Workers, runs_dir: Path) -> float:
    """How long a session of these scenarios takes (real seconds)."""
    settings = Settings(targets=(Target(STACK, 1),), runs_dir=str(runs_dir))
    planned = plan_scenarios(features, settings)
    settings = scheduled(settings, planned, longest_first=True)
    began_s = time.perf_counter()
    outcomes = run_session(features, settings, workers=place)
    took_s = time.perf_counter() - began_s
    results = Counter(outcome.result for outcome in outcomes)
    _say(f"{len(outcomes)} scenarios: {', '.join(f'{count} {word}' for word, count in sorted(results.items()))}")
    return took_s


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
