"""What the doctor says of a stack's process: its clock, and the variables that it did not get."""

from __future__ import annotations

import asyncio
import os

from gameday.base.errors import GamedayError
from gameday.config.clock_choice import ACCELERATED
from gameday.config.stack_environment import withheld
from gameday.config.stack_table import StackTable
from gameday.run.clock_probe import probe
from gameday.run.part_check import NotCheckedError
from gameday.run.setup import Setup
from gameday.run.stack_clock import sandbox_clock, stack_clock


async def clock_followed(table: StackTable, setup: Setup) -> str:
    """How it follows the pace that its runs have. Raises GamedayError if a probe shows that it does not."""
    choose = sandbox_clock if setup.tenants else stack_clock
    clock = await asyncio.to_thread(choose, table, setup.config.run.pace)
    if clock.kind == ACCELERATED and table.clock == ACCELERATED:
        try:
            found = await asyncio.to_thread(probe, table)
        except GamedayError as problem:
            raise NotCheckedError(str(problem)) from None
        if not found.follows:
            raise GamedayError(found.sentence, hint="clock = 'real' in its table")
    return clock.sentence


def withheld_names(table: StackTable) -> str:
    """Which variables the stack did not get, by their names."""
    if not table.parts:
        raise NotCheckedError("it runs already")
    names = withheld(os.environ, table.inherit)
    hint = "; name in `inherit` what it needs" if names else ""
    return f"{len(names)} variables were withheld{': ' if names else ''}{', '.join(names)}{hint}"
