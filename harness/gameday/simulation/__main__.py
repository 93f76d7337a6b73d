"""A process that simulates: ``python -m gameday.simulation``, a request in JSON a line, an observation a line.

The first line is a ``gameday.simulation.protocol.Setup``, every further one a ``Request``.
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
    import sys

    from gameday.simulation.protocol import serve

    # A stack may print, and nothing but observations may get into the pipe.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as replies, contextlib.redirect_stdout(sys.stderr):
        logging.disable(logging.CRITICAL)
        serve(_CLOCK, sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
