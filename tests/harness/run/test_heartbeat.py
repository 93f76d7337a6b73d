"""A machine that stalls is noticed by a thread that does almost nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gameday.run.heartbeat import Heartbeat

STOPPED_S = 0.5
LIMIT_S = 60.0
#: Prints how long the machine has stalled so far, for each line that it reads.
BEATING = """
import sys
from pathlib import Path
import pytest

from gameday.run.heartbeat import Heartbeat
stalled_s = 0.0
with Heartbeat(Path(sys.argv[1])) as heartbeat:
    print(flush=True)
    for line in sys.stdin:
        stalled_s += heartbeat.stalled_s()
        print(stalled_s, flush=True)
"""


@pytest.mark.slow
def test_a_stopped_process_is_noticed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BEATING, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(STOPPED_S)
        os.kill(process.pid, signal.SIGCONT)
        deadline_s = time.monotonic() + LIMIT_S
        stalled_s = 0.0
        while stalled_s < STOPPED_S / 2 and time.monotonic() < deadline_s:
            process.stdin.write("\n")
            process.stdin.flush()
            stalled_s = float(process.stdout.readline())
        process.stdin.close()
    assert stalled_s >= STOPPED_S / 2


def test_a_stall_is_reported_once(tmp_path: Path) -> None:
    with Heartbeat(tmp_path) as heartbeat:
        heartbeat._stalled_s = 3.0
        assert heartbeat.stalled_s() >= 3.0
        assert heartbeat.stalled_s() < 3.0


def test_it_leaves_nothing_in_the_folder(tmp_path: Path) -> None:
    with Heartbeat(tmp_path):
        pass
    assert [*tmp_path.iterdir()] == []
