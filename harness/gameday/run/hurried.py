"""A stack for a check of its parts, which need not wait for a schedule."""

from __future__ import annotations

import msgspec

from gameday.config.stack_table import StackTable

#: How often a batch is started where only its parts are checked.
HURRY = "1 second"


def hurried(table: StackTable) -> StackTable:
    """The same stack with its batches started every second: a check of its parts need not wait for a schedule."""
    processes = {
        name: msgspec.structs.replace(each, every=each.every and HURRY, overlap=False)
        for name, each in table.processes.items()
    }
    return msgspec.structs.replace(table, every=table.every and HURRY, overlap=False, processes=processes)
