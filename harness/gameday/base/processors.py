"""How many processors this process may use."""

from __future__ import annotations

import os
from pathlib import Path

#: What a container may use: the quota and its period in microseconds, "max" without one.
#: https://docs.kernel.org/admin-guide/cgroup-v2.html
QUOTA = Path("/sys/fs/cgroup/cpu.max")
#: A scenario mostly waits, so several run on one core. Five on two cores leave room for the other work of a machine.
SCENARIOS_PER_CORE = 2.5


def processors(quota_file: Path = QUOTA) -> float:
    """The processors that this process may run on; fewer, and perhaps a part of one, where a container has a quota."""
    allowed = float(len(os.sched_getaffinity(0)))
    try:
        quota, period = quota_file.read_text(encoding="ascii").split()
        return min(allowed, int(quota) / int(period))
    except (OSError, ValueError, ZeroDivisionError):
        return allowed


def scenarios_at_a_time() -> int:
    """How many scenarios this machine carries at a time at a fast pace."""
    return max(1, int(SCENARIOS_PER_CORE * processors()))
