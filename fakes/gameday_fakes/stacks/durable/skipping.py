"""The stack on a clock that skips ahead when it is asked to: ``python -m gameday_fakes.stacks.durable.skipping``.

``GET /next-due`` says in how many scenario seconds it does something by itself, ``POST /skip`` lets its clock, and all
its timers, go ahead. Its clocks have to be replaced before any module binds them, so this module begins with that.
"""

from __future__ import annotations

import time

_real_time, _real_monotonic = time.time, time.monotonic
_ahead_s = [0.0]

time.time = lambda: _real_time() + _ahead_s[0]
time.monotonic = lambda: _real_monotonic() + _ahead_s[0]

import asyncio  # noqa: E402 - after the clocks
import logging  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from dataclasses import replace  # noqa: E402

from gameday_fakes.stacks.durable.__main__ import compose, main  # noqa: E402
from gameday_fakes.stacks.durable.compose import Composition  # noqa: E402
from gameday_fakes.stacks.durable.store import PARKED, QUEUED  # noqa: E402
from gameday_fakes.stacks.environment import Environment  # noqa: E402
from gameday_fakes.stacks.http_server import Handler, Request, Response  # noqa: E402

#: How often the reconciler reads, in scenario seconds, where it is not to be as often as sync.yaml says.
PERIOD_VARIABLE = "GAMEDAY_RECONCILE_EVERY_S"


def due_in_s(composition: Composition) -> float | None:
    """In how many scenario seconds the stack does something by itself; 0 while anything waits to be done.

    What turns without anything to do, such as the update of incidents that are not there, is nothing.
    """
    store = composition.store
    waiting = (
        composition.inbox.in_hand
        or store.row(f"SELECT 1 FROM deals WHERE state IN ('{QUEUED}', '{PARKED}') LIMIT 1")  # noqa: S608 - constants
        or store.row("SELECT 1 FROM outbox LIMIT 1")
        or store.row("SELECT 1 FROM incidents LIMIT 1")
        or store.row("SELECT 1 FROM deals WHERE order_id != '' AND written_back != order_id LIMIT 1")
        or any(gate.closed_by for gate in composition.gates.values())
    )
    if waiting:
        return 0.0
    outward = [composition.reconciler.run_once]
    outward += [composition.listener.keep] if composition.listener is not None else []
    at_s = min((composition.timetable.get(act, 0.0) for act in outward), default=None)
    return None if at_s is None else max(0.0, at_s - time.monotonic()) * composition.pace.per_real_s


def skippable(composition: Composition) -> Handler:
    """What answers the requests to the HTTP port, and the two hooks."""
    answer = composition.handler

    async def handle(request: Request) -> Response:
        match request.method, request.path:
            case "GET", "/next-due":
                return Response.of({"due_in_s": due_in_s(composition)})
            case "POST", "/skip":
                _ahead_s[0] += composition.pace.real_s(float(request.json()["seconds"]))
                return Response.of({"ahead_s": _ahead_s[0]})
        return await answer(request)

    return handle


def run() -> None:
    """Serve and work until SIGTERM."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    stack = compose(Environment.read())
    if period := os.environ.get(PERIOD_VARIABLE, ""):
        rules = stack.definition.reconcile
        # The definition is built on first use, and is this one from now on.
        stack.__dict__["definition"] = replace(stack.definition, reconcile=replace(rules, every_s=float(period)))
    # Not uvloop, whose timers are on a clock of its own.
    asyncio.run(main(stack, skippable(stack)))


if __name__ == "__main__":
    run()
