"""Where the temporary folders of the tests lie: in memory where there is enough of it.

The suite makes some hundred thousand small files, and removes them. On a disk with a journal that takes as much of a
processor as the tests themselves.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

#: Linux keeps its files in memory (tmpfs). https://docs.kernel.org/filesystems/tmpfs.html
SHARED_MEMORY = Path("/dev/shm")
#: What has to be free there, and in memory at all: ten times what the suite needs at a time.
FREE_BYTES = 4 * 1024**3
#: The variable by which pytest knows where its temporary folders lie.
ROOT_VARIABLE = "PYTEST_DEBUG_TEMPROOT"


def use_memory(folder: Path = SHARED_MEMORY) -> None:
    """Have pytest make its temporary folders there, unless somebody has said where, or it does not serve."""
    if serves(folder):
        os.environ.setdefault(ROOT_VARIABLE, str(folder))


def serves(folder: Path) -> bool:
    """Whether tests can write there and run what they wrote, and there is enough room for all of them."""
    try:
        mounted, memory = os.statvfs(folder), Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return False
    available = re.search(r"^MemAvailable:\s+(\d+) kB$", memory, re.MULTILINE)
    free = min(mounted.f_bavail * mounted.f_frsize, int(available[1]) * 1024 if available else 0)
    # A container's is small, and programs there may not be run.
    return os.access(folder, os.W_OK) and not mounted.f_flag & os.ST_NOEXEC and free >= FREE_BYTES
