"""The run's side: carries out the operators' commands and records them in the history."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gameday.base.durations import words
from gameday.base.errors import RunAborted
from gameday.live.channel import Asked, Command
from gameday_fakes.clock import Clock

#: How often the run looks for commands (real seconds).
LOOK_S = 0.1

Write = Callable[[Command, float], None]
"""``write(command, scenario second at which it was given)`` records it in the history."""


async def obey(commands: Asked, clock: Clock, write: Write) -> None:
    """Take commands until cancelled. Raises RunAborted if an operator stops the run; the caller heals everything."""
    while True:
        take(commands, clock, write)
        await asyncio.sleep(LOOK_S)


def take(commands: Asked, clock: Clock, write: Write) -> None:
    """Take the commands since the last call. Raises RunAborted if an operator stops the run."""
    for asked in commands.new():
        # A command from before the run counts at its beginning.
        at_s = max(0.0, (asked.monotonic_s - clock.origin_s) * clock.pace)
        write(asked, at_s)
        if asked.act == "stop":
            why = f": {asked.text}" if asked.text else ""
            raise RunAborted(f"stopped by {asked.by} after {words(at_s)}{why}", hint="every fault was healed")
