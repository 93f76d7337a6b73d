"""Ends what a test has started in sessions of their own."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable
from typing import Any

from support.commands import Gameday


def end_groups(started: Iterable[subprocess.Popen[Any] | Gameday]) -> None:
    """Kill the process groups that still run, and collect what they said."""
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
