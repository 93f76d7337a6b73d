"""Heals a run whose harness is killed: a detached process that waits for the end of a pipe.

The harness holds the other end of the pipe. If it ends in any way without having healed, the guardian carries out the
rollback log at once: it heals at a Toxiproxy that others share, calls the hooks of a stack that runs elsewhere, and
ends the processes of the run. If it is killed too, the next command does the same. Then it opens the stack's way to its
sandbox tenants where the log says so; that is done by no other command.

It also heals what is shared while the harness is stopped (SIGSTOP, Ctrl-Z), which may never go on.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
from pathlib import Path

#: What the harness says before it closes the pipe: there is nothing left to heal.
HEALED = b"."
#: How often the guardian looks whether the harness is stopped, and for how long it may be (real seconds).
_LOOK_S = 1.0
_STOPPED_S = 3.0
_END_S = 5.0


class Guardian:
    """The guardian of one run, from its harness's side."""

    def __init__(self, run_dir: Path, hidden: str) -> None:
        """Start it; ``hidden`` is the variable by which the processes of a run are found, which must not find this."""
        environment = {name: value for name, value in os.environ.items() if name != hidden}
        command = [sys.executable, "-P", "-m", "gameday.run.guardian", str(run_dir.resolve()), str(os.getpid())]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )

    def release(self, *, healed: bool) -> None:
        """Let it end; it heals first unless all is ``healed``."""
        assert self._process.stdin is not None  # noqa: S101 - it was started with a pipe
        with contextlib.suppress(OSError):
            if healed:
                self._process.stdin.write(HEALED)
            self._process.stdin.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            if healed:
                self._process.kill()
                self._process.wait()


def main() -> None:
    """Wait for the end of the harness. Nothing is imported before it is needed, so that waiting costs little."""
    run_dir, harness = Path(sys.argv[1]), int(sys.argv[2])
    stopped_s = 0.0
    while True:
        ready, _, _ = select.select([0], [], [], _LOOK_S)
        if ready:
            if os.read(0, 1) != HEALED:
                _heal(run_dir)
                _open(run_dir)
            return
        stopped_s = stopped_s + _LOOK_S if _is_stopped(harness) else 0.0
        if stopped_s >= _STOPPED_S:
            _heal(run_dir, shared_only=True)
            stopped_s = 0.0


def _heal(run_dir: Path, *, shared_only: bool = False) -> None:
    from gameday.run.healing import heal_run
    from gameday.run.rollback_entries import ClosePassThrough

    heal_run(run_dir, but=(ClosePassThrough,), shared_only=shared_only)


def _open(run_dir: Path) -> None:
    from gameday.run.pass_through_serve import start

    start(run_dir)


def _is_stopped(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt"
    return False


if __name__ == "__main__":
    main()
