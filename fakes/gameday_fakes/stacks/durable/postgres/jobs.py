"""The jobs: deals that fall due, and the turns of what only one worker at a time may do, such as reconciling.

Source: Procrastinate, "Guides", pages "Define a lock on jobs", "Define a queueing lock on jobs" and "Retry stalled
jobs".
"""

from __future__ import annotations

import contextlib
import datetime
from typing import Any

import procrastinate
from procrastinate import exceptions

#: Queues, each with workers of its own: a backlog of deals must not hold up the turns.
DEALS, TURNS = "deals", "turns"
#: Names of tasks.
SETTLE, TURN, REDO = "settle", "turn", "redo"
#: The turn that looks after the subscription at an ERP that has some.
LISTEN = "listen"
#: How often a worker looks for jobs, and messages are sent that another process has posted (scenario seconds).
POLL_EVERY_S = 2.0


def deal_lock(deal: str) -> str:
    """The lock of a deal's jobs."""
    return f"deal:{deal}"


class Jobs:
    """Defers jobs over a connection of the caller's, in its transaction."""

    def __init__(self) -> None:
        # It opens no connection itself.
        self._app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())

    def settle(self, connection: Any, deal: str, at_s: float, *, priority: int = 0) -> None:
        """Have a deal worked on at that Unix time; once, if that job waits already. Raises ConnectorException.

        Of the jobs that wait, those of a higher priority are taken first.
        """
        at = datetime.datetime.fromtimestamp(at_s, datetime.UTC)
        self._defer(connection, SETTLE, DEALS, deal_lock(deal), {"deal": deal}, schedule_at=at, priority=priority)

    def redo(self, connection: Any, deal: str, in_s: float) -> None:
        """Have a deal written anew in so many seconds; once, if that job waits already. Raises ConnectorException."""
        after = {"seconds": round(in_s, 3)}
        self._defer(connection, REDO, DEALS, f"redo:{deal}", {"deal": deal}, schedule_in=after)

    def turn(self, connection: Any, name: str) -> None:
        """Have a turn taken; once, if that job waits already. Raises ConnectorException."""
        self._defer(connection, TURN, TURNS, f"turn:{name}", {"name": name})

    def _defer(self, connection: Any, task: str, queue: str, lock: str, values: dict[str, Any], **more: Any) -> None:
        deferrer = self._app.configure_task(
            task, queue=queue, lock=lock, queueing_lock=lock, connection=connection, **more
        )
        with contextlib.suppress(exceptions.AlreadyEnqueued):
            deferrer.defer(**values)
