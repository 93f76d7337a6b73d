"""Measures the live board at 1,000 operations per second: ``python tests/bench/live.py``.

Writes a synthetic history for a minute while a page listens. Measures how late each update is, counted from the newest
operation that it could contain, and how much the memory of the board's process grows; then folds the operations of half
an hour. Run it alone. Exits with 1 if it misses a target.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from gameday.live.state import LiveState
from gameday.model.contract import Contract
from gameday.model.history import HistoryWriter, Outcome
from gameday.model.history import operation as new_operation
from gameday.model.scenario import Flow, Scenario, WorkloadSpec
from gameday.scoring.run_folder import create

RATE = 1_000
LENGTH_S = 60.0
WARM_UP_S = 10.0
LAG_TARGET_S = 1.0
#: The growth that counts as flat: the wrong deals of the minute stay in memory.
GROWTH_TARGET_MB = 2.0
#: The operations of half an hour at that rate; memory must not grow with their number.
LONG = 1_800_000
REFUSED_EVERY = 50
FLOW = "closed-won-to-sales-order"
#: The board in a separate process, so that its memory can be measured; it ends with its standard input.
BOARD = """
import sys
from pathlib import Path
from gameday.live.channel import announce
from gameday.live.serving import LiveBoard, LiveOptions
from gameday_reports.live import page
with LiveBoard(LiveOptions(), page) as live:
    announce(live.folder, Path(sys.argv[1]))
    print(live.url, flush=True)
    sys.stdin.read()
"""
#: A page in a separate process: prints how many operations each update contains, and when it arrived.
PAGE = """
import json, sys, time
import httpx
with httpx.Client(trust_env=False, timeout=None) as http, http.stream("GET", sys.argv[1] + "events") as stream:
    for line in stream.iter_lines():
        if line.startswith("data: "):
            update = json.loads(line[6:])
            known = update["view"]["operations"] if update["view"] else 0
            print(json.dumps([time.monotonic(), known, len(line)]), flush=True)
            if update["over"]:
                break
"""


def resident_mb(pid: int) -> float:
    """The resident memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def operation(number: int, every: int) -> tuple[str, str, Outcome, dict[str, Any]]:
    """The operation with that number: five for each deal; one deal in ``every`` is refused and raises an alert."""
    deal, step = divmod(number, 5)
    key, total = f"006{deal:015}", f"{deal % 900 + 100}.50"
    sold = {"key": f"deal-{deal}", "currency": "EUR", "amount": total}
    booked = {"order": f"{deal}", "deal": key, "keys": {"otherRefNum": key}, "total": total, "currency": "EUR"}
    if step == 0:
        return "workload", "close_deal", "invoke", sold
    if step == 1:
        return "workload", "close_deal", "ok", {**sold, "deal": key}
    if step == 2:
        return "salesforce", "deliver", "ok", {"message": "m", "deals": [key], "status": 200}
    if deal % every:
        f = "order_write" if step == 3 else "invoice_write"
        return "netsuite", f, "ok", {**booked, "invoice": f"I{deal}", "state": "open"}
    if step == 3:
        return "netsuite", "order_write", "fail", {"deal": key, "error": "locked"}
    signal = {"kind": "alert", "source": "pagerduty", "action": "trigger", "key": "k", "orders": [key]}
    signal |= {"reason": "locked", "context": {key: {"Id": key}}, "flow": FLOW}
    return "pagerduty", "alert", "ok", {"signal": signal}


def synthetic_scenario() -> tuple[Scenario, Contract]:
    """The scenario and the contract of the synthetic history."""
    flow = Flow("salesforce", "netsuite", FLOW)
    return Scenario("a synthetic scenario", flow, WorkloadSpec(count=20_000)), Contract(FLOW, match="otherRefNum")


def fold(length: int) -> tuple[float, float, int]:
    """Fold ``length`` operations without pause; returns memory after a tenth and at the end (MB), and ok deals."""
    state = LiveState(*synthetic_scenario())
    early_mb = 0.0
    for number in range(length):
        process, f, outcome, value = operation(number, length)
        state.take(new_operation(process, f, value, outcome, number / RATE, number))
        if number == length // 10:
            early_mb = resident_mb(os.getpid())
    return early_mb, resident_mb(os.getpid()), state.tally.counts["ok"]


def measure(folder: Path) -> tuple[list[float], float, float, int]:
    """The lags of all updates (real seconds), memory after the warm-up and at the end (MB), the largest update."""
    scenario, contract = synthetic_scenario()
    run = create(folder, stack="synthetic", scenario=scenario, contract=contract, pace=1.0)
    board = subprocess.Popen(
        [sys.executable, "-c", BOARD, str(run.dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert board.stdout is not None and board.stdin is not None
    url = board.stdout.readline().strip()
    page = subprocess.Popen([sys.executable, "-c", PAGE, url], stdout=subprocess.PIPE, text=True)
    written: list[float] = []
    warm_mb = 0.0
    with HistoryWriter(run.dir / "history.jsonl") as writer:
        writer.append("harness", "phase", "info", 0.0, {"phase": "steady state"})
        began = time.monotonic()
        while (now := time.monotonic() - began) < LENGTH_S:
            while len(written) < now * RATE:
                process, f, outcome, value = operation(len(written), REFUSED_EVERY)
                writer.append(process, f, outcome, now, value)
                written.append(time.monotonic())
            if not warm_mb and now > WARM_UP_S:
                warm_mb = resident_mb(board.pid)
            time.sleep(0.01)
    end_mb = resident_mb(board.pid)
    board.stdin.close()
    updates = [json.loads(line) for line in page.communicate()[0].splitlines()]
    board.wait()
    # The lag of an update is the age of the oldest operation that it does not contain yet.
    lags = [at - written[known] for at, known, _ in updates if 0 < known < len(written) and written[known] <= at]
    return lags, warm_mb, end_mb, max(size for _, _, size in updates)


def main() -> int:
    """Measure and judge."""
    with tempfile.TemporaryDirectory(prefix="gameday-bench-") as folder:
        lags, warm_mb, end_mb, largest = measure(Path(folder))
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
            early_mb, late_mb, in_step = alone.submit(fold, LONG).result()
    lags.sort()
    p99 = lags[int(0.99 * len(lags))]
    lag = f"longest lag: {lags[-1]:.3f} s, p99 {p99:.3f} s, of {len(lags)} updates, the largest {largest / 1024:.1f} kB"
    memory = f"memory: {warm_mb:.1f} MB after {WARM_UP_S:g} s, {end_mb:.1f} MB after {LENGTH_S:g} s"
    folded = f"memory: {early_mb:.1f} MB after {LONG // 10:,} operations, {late_mb:.1f} MB after {LONG:,}"
    flat = f"(target: < {GROWTH_TARGET_MB:g} MB more)"
    results = (
        (lags[-1] < LAG_TARGET_S, f"{lag} (target: < {LAG_TARGET_S:g} s)"),
        (end_mb - warm_mb < GROWTH_TARGET_MB, f"{memory} {flat}"),
        (late_mb - early_mb < GROWTH_TARGET_MB, f"{folded}, {in_step:,} deals that are ok {flat}"),
    )
    for met, what in results:
        sys.stdout.write(f"{'ok    ' if met else 'MISSED'} {what}\n")
    return 0 if all(met for met, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
