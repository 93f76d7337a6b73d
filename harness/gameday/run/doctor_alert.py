"""The doctor's test alert: whether it arrives, and what was understood of it."""

from __future__ import annotations

from gameday.base.errors import GamedayError
from gameday.config.stack_table import StackTable
from gameday.model.events import AlertRaised
from gameday.model.history import select
from gameday.run.alert_echo import echo
from gameday.run.arrival import POLL_S
from gameday.run.part_check import NotCheckedError
from gameday.run.recorder import Recorder
from gameday.run.tasks import until


async def try_alert(recorder: Recorder, table: StackTable, wait_s: float) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Where the alert arrived, and what was understood of it. Raises GamedayError, and NotCheckedError."""
    if not table.test_alert:
        raise NotCheckedError("the table has no test_alert")
    await recorder.fetch()
    before = len(recorder.operations)

    async def has_alert() -> bool:
        await recorder.fetch()
        return any(operation.f == "alert" for operation in recorder.operations[before:])

    await recorder.environment.stack.test_alert()
    if await until(has_alert, timeout_s=wait_s, poll_s=POLL_S):
        return f"at {table.alerts}", _understood(recorder, before)
    raise GamedayError(f"after {wait_s:g} s there is no alert at {table.alerts}", hint="does it page {pager_url}?")


def _understood(recorder: Recorder, since: int) -> tuple[tuple[str, str], ...]:
    """What was understood of the first alert from this operation on. Raises GamedayError if it cannot be read."""
    for alert in select(recorder.operations[since:], AlertRaised):
        if alert.event.problem:
            raise GamedayError(f"the alert could not be read: {alert.event.problem}")
        if alert.event.signal is not None:
            return tuple(echo(alert.event.signal, recorder.contract))
    return ()
