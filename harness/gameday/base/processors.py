"""How many processors this process may use."""

from __future__ import annotations

import os
from pathlib import Path

#: What a container may use: the quota and its period in microseconds, "max" without one.
#: https://docs.kernel.org/admin-guide/cgroup-v2.html
QUOTA = Path("/sys/fs/cgroup/cpu.max")


def processors(quota_file: Path = QUOTA) -> float:
    """The processors that this process may run on; fewer, and perhaps a part of one, where a container has a quota."""
    allowed = float(len(os.sched_getaffinity(0)))
    try:
        quota, period = quota_file.read_text(encoding="ascii").split()
        return min(allowed, int(quota) / int(period))
    except (OSError, ValueError, ZeroDivisionError):
        return allowed
