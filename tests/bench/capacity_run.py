"""Measures what a run takes: three scenarios of the library against `durable`, one after another, without controls."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

FEATURES = ("network/latency_spike.feature", "schema/hidden_field.feature", "limits/rate_limit.feature")
PACE = 60
_GAMEDAY = (sys.executable, "-c", "from gameday.cli import main; main()")


class Memory(threading.Thread):
    """The largest memory of a process and all that it has started, in MiB: shared pages count once (Pss)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self.largest_mib, self._over = pid, 0.0, threading.Event()

    def run(self) -> None:
        """Look every second."""
        while not self._over.wait(1.0):
            self.largest_mib = max(self.largest_mib, sum(map(_pss_kib, _tree(self._pid))) / 1024)

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self.join()


def _tree(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                parent = int((each / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(each.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


def _pss_kib(pid: int) -> int:
    try:
        return int(re.findall(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[0])
    except (OSError, IndexError):
        return 0


def _processor_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


def features() -> list[str]:
    """The features that are run."""
    folder = Path(__file__).parents[2] / "scenarios" / "gameday_scenarios"
    return [str(folder / name) for name in FEATURES]


def measure() -> dict[str, float]:
    """The coefficients of a run, each the mean of all."""
    with tempfile.TemporaryDirectory() as temporary:
        runs = Path(temporary) / "runs"
        before_s, began_s = _processor_s(), time.monotonic()
        words = ["run", *features(), "--stack", "durable", "--no-control", "-j", "1", "--pace", str(PACE)]
        process = subprocess.Popen([*_GAMEDAY, *words, "--runs", str(runs)], cwd=temporary, stdout=subprocess.DEVNULL)
        memory = Memory(process.pid)
        memory.start()
        process.wait()
        memory.stop()
        took_s, processor_s = time.monotonic() - began_s, _processor_s() - before_s
        folders = [each for each in runs.iterdir() if (each / "history.jsonl").is_file()]
        # On a busy machine one that is inconclusive is run again.
        if len(folders) < len(FEATURES):
            raise SystemExit(f"{len(folders)} of {len(FEATURES)} scenarios were run")
        size = sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())
        before_s = _processor_s()
        for _ in range(2):
            subprocess.run(
                [*_GAMEDAY, "check", *map(str, folders)], cwd=temporary, stdout=subprocess.DEVNULL, check=False
            )
        judging_s = (_processor_s() - before_s) / 2
    sys.stdout.write(f"{len(folders)} runs: {took_s:.1f} s, {processor_s:.1f} s of processor time\n")
    number = len(folders)
    return {
        "run_processor_s": round(processor_s / number, 1),
        "run_memory_mib": round(memory.largest_mib),
        "run_disk_kib": round(size / number / 1024),
        "judge_processor_s": round(judging_s / number, 2),
    }
