"""Serves the way of one run's stack to its sandbox tenants, as a process that outlives everything else of the run.

``python -m gameday.run.pass_through_serve RUN_DIR`` takes what it is to do from the rollback log of the run, of which
nothing counts without this user's seal. It prints one line once it listens, and ends at its time, and as soon as the
log says that it is closed.
"""

from __future__ import annotations

import asyncio
import os
import select
import subprocess
import sys
import time
from pathlib import Path

from gameday.run.open_ports import VARIABLE, mark
from gameday.run.pass_through import KEY, entry_of
from gameday.run.rollback import note_done

LOG_FILE = "pass-through.log"
#: For how long a guardian waits for it (real seconds), and how often it looks whether it is closed.
_READY_S = 25.0
_LOOK_S = 1.0


def start(run_dir: Path) -> None:
    """Start it where the rollback log of a run asks for it; returns once it listens, or cannot."""
    entry = entry_of(run_dir)
    if entry is None:
        return
    environment = {**os.environ, VARIABLE: mark(run_dir, time.time() + entry.open_for_s)}
    command = [sys.executable, "-P", "-m", "gameday.run.pass_through_serve", str(run_dir.resolve())]
    with (run_dir / LOG_FILE).open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
            start_new_session=True,
        )
    assert process.stdout is not None  # noqa: S101 - it was started with a pipe
    select.select([process.stdout], [], [], _READY_S)


def main() -> int:
    """Entry point: 0 at its end, 2 if it cannot lead there."""
    # What a client of the tenants needs is loaded only in this process.
    from gameday_fakes.lasting_authority import AuthorityError
    from gameday_fakes.registry import fake_kinds
    from gameday_fakes.sandbox.passing_on import passing_on

    run_dir = Path(sys.argv[1])
    entry = entry_of(run_dir)
    if entry is None:
        return 0
    # A machine that sleeps has used up the time all the same.
    ends_s = time.clock_gettime(time.CLOCK_BOOTTIME) + entry.open_for_s

    async def serve() -> None:
        async with passing_on(fake_kinds(), entry.way, os.environ):
            sys.stdout.write("open\n")
            sys.stdout.flush()
            while (left_s := ends_s - time.clock_gettime(time.CLOCK_BOOTTIME)) > 0:
                await asyncio.sleep(min(left_s, _LOOK_S))
                if entry_of(run_dir) is None:
                    return
        note_done(run_dir, [KEY])

    try:
        asyncio.run(serve())
    except (AuthorityError, OSError, ValueError) as problem:
        sys.stderr.write(f"{problem.strerror if isinstance(problem, OSError) else problem}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
