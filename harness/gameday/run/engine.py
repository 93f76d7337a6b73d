"""Takes an environment through the four phases of a run: steady state, injection, recovery, verification.

What differs between a run, its control, a replay, a repair and the doctor's smoke deal is given as strategies: which
operations are carried out, when the pass is over, and which faults are injected. How the ledgers begin is the
environment's (``gameday.run.setup``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple, Protocol

from gameday.base.cancellation import finish
from gameday.base.errors import RunError
from gameday.model.scenario import Injection
from gameday.run.injector import Injector
from gameday.run.recorder import Recorder
from gameday.run.servers import follows
from gameday.run.setup import LedgerSnapshot
from gameday.run.tasks import first_error

Watcher = Callable[[], Coroutine[Any, Any, None]]
"""Runs until it is cancelled."""


class Operations(Protocol):
    """What is done while faults are active: a workload, recorded deals, a repair list."""

    async def carry_out(self) -> None:
        """Do all of it."""


class Ending(Protocol):
    """When the recovery phase is over."""

    async def wait(self) -> None:
        """Wait until it is over."""


class PhaseNames(NamedTuple):
    """What the phases are called in the history."""

    steady_state: str = "steady state"
    injection: str = "injection"
    recovery: str = "recovery"
    verification: str = "verification"


class Engine:
    """One pass through an environment that is up. ``watchers`` run beside it and are cancelled at its end."""

    def __init__(
        self,
        recorder: Recorder,
        *,
        operations: Operations,
        ending: Ending,
        injections: Sequence[Injection] = (),
        watchers: Sequence[Watcher] = (),
        phases: PhaseNames = PhaseNames(),  # noqa: B008 - immutable
    ) -> None:
        self._recorder = recorder
        self._operations = operations
        self._ending = ending
        self._injections = injections
        self._watchers = (recorder.fetch_forever, *watchers)
        self._phases = phases
        self._injector = Injector(recorder)

    async def run(self) -> LedgerSnapshot:
        """All four phases; the ledgers at the end. Whatever happens, no fault is active when this returns.

        Raises GamedayError, of several errors the first.
        """
        await self._recorder.environment.begin()
        self._recorder.phase(self._phases.steady_state)
        try:
            async with asyncio.TaskGroup() as tasks:
                watching = [tasks.create_task(watcher()) for watcher in self._watchers]
                try:
                    await self._operate()
                    await self._injector.heal_all()
                    self._recorder.phase(self._phases.recovery)
                    await self._ending.wait()
                finally:
                    # To the end: a second Ctrl-C must not stop the healing that the first one began.
                    await finish(self._injector.heal_all())
                self._recorder.phase(self._phases.verification)
                snapshot = await self._recorder.verify()
                for task in watching:
                    task.cancel()
        except BaseExceptionGroup as group:
            problem = first_error(group)
            if follows(problem):
                self._recorder.check_servers(await self._recorder.environment.servers.ended())
            raise problem from group
        if self._recorder.environment.rollback.written_by_others:
            raise RunError("the run was stopped for so long that its faults were healed meanwhile", hint="run it again")
        return snapshot

    async def _operate(self) -> None:
        """Steady state and injection: the operations, and every fault at its time."""
        async with asyncio.TaskGroup() as operating:
            operating.create_task(self._operations.carry_out())
            for number, _ in enumerate(self._injections):
                operating.create_task(self._inject(number))
            operating.create_task(self._sleep_until(self._recorder.scenario.healed_s))

    async def _inject(self, number: int) -> None:
        """Inject one fault at its time, and heal it at its end if it has one of its own."""
        injection = self._injections[number]
        await self._sleep_until(injection.at_s)
        if number == 0:
            self._recorder.phase(self._phases.injection)
        clock = self._recorder.clock
        with clock.working():
            await self._injector.inject(number, injection)
        if injection.duration_s is not None:
            await self._sleep_until(injection.at_s + injection.duration_s)
            with clock.working():
                await self._injector.heal(number)

    async def _sleep_until(self, at_s: float) -> None:
        clock = self._recorder.clock
        await clock.sleep(at_s - clock.now_s())
