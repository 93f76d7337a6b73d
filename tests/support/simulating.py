"""A process that simulates game days for tests: ``python -m support.simulating``.

Stack, settings and scenario come in, a ``Simulated`` goes out, both pickled: the same code stands at both ends.
"""

from __future__ import annotations

from gameday.simulation.virtual_time import VirtualTime

_CLOCK = VirtualTime()
# Before all other modules: some bind the clocks' functions when they are imported.
_CLOCK.install()


def main() -> None:
    """Answer until standard input ends."""
    import contextlib
    import logging
    import os
    import pickle
    import sys
    import tempfile
    from pathlib import Path

    from gameday.simulation.protocol import repeat_names
    from gameday.simulation.simulator import Simulator
    from support.simulated import Simulated

    logging.disable(logging.CRITICAL)
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with (
        os.fdopen(os.dup(sys.stdout.fileno()), "wb") as replies,
        contextlib.redirect_stdout(sys.stderr),
        tempfile.TemporaryDirectory(prefix="gameday-simulated-", dir=memory) as folder,
        contextlib.suppress(EOFError),
    ):
        while True:
            stack, settings, scenario = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own
            repeat_names(scenario)
            simulator = Simulator(_CLOCK, stack, settings, Path(folder))
            try:
                reply: Simulated | Exception = Simulated(*simulator.judged(scenario))
            except Exception as problem:  # noqa: BLE001 - the test that asked shall show it
                reply = problem
            pickle.dump(reply, replies)
            replies.flush()


if __name__ == "__main__":
    main()
