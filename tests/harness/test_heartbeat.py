"""A machine that stands still is noticed by a thread that wants to do next to nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from gameday.heartbeat import Heartbeat

STOPPED_S = 0.5
BEATING = """
import sys
from pathlib import Path
from gameday.heartbeat import Heartbeat
with Heartbeat(Path(sys.argv[1])) as heartbeat:
    print(flush=True)
    sys.stdin.readline()
    print(heartbeat.stood_s())
"""


def test_a_standstill_of_everything_is_as_long_as_it_was(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BEATING, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(STOPPED_S)
        os.kill(process.pid, signal.SIGCONT)
        # The beat that the stop held up comes within one beat of its end, and is then counted whole.
        time.sleep(STOPPED_S)
        told, _ = process.communicate("\n")
    assert float(told) > STOPPED_S / 2


def test_a_standstill_is_told_once(tmp_path: Path) -> None:
    with Heartbeat(tmp_path) as heartbeat:
        heartbeat._stood_s = 3.0
        assert heartbeat.stood_s() >= 3.0
        assert heartbeat.stood_s() < 3.0


def test_it_leaves_nothing_in_the_folder(tmp_path: Path) -> None:
    with Heartbeat(tmp_path):
        pass
    assert [*tmp_path.iterdir()] == []
