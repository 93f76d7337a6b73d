"""Strikes and heals faults; what undoes a fault is on disk before it strikes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gameday.base.errors import GamedayError
from gameday.model.fault import Action, FakeRule, StackAct, Toxic, faults, make_fault
from gameday.model.history import HistoryWriter
from gameday.model.scenario import Injection
from gameday.run.fakes_client import FakesClient
from gameday.run.network import Network
from gameday.run.rollback import CallHook, EnableProxy, HealFake, HealToxic, ResumeProcess, RollbackEntry, RollbackLog
from gameday.run.stack import Stack
from gameday_fakes.clock import Clock


class Injector:
    """All faults of one run. ``fakes_by_role`` names the fake that plays each role."""

    def __init__(
        self,
        *,
        clock: Clock,
        history: HistoryWriter,
        rollback: RollbackLog,
        fakes: FakesClient,
        fakes_by_role: Mapping[str, str],
        network: Network,
        stack: Stack,
        start_stack: Callable[[], Awaitable[None]],
    ) -> None:
        self._clock = clock
        self._history = history
        self._rollback = rollback
        self._fakes = fakes
        self._fakes_by_role = fakes_by_role
        self._network = network
        self._stack = stack
        self._start_stack = start_stack
        self._standing: dict[int, tuple[Injection, tuple[tuple[str, Action], ...]]] = {}

    async def inject(self, number: int, injection: Injection) -> None:
        """Strike, and record it. Raises GamedayError if the target cannot be struck so."""
        fault = make_fault(injection.fault, injection.params)
        slug = re.sub(r"[^a-z0-9]+", "-", injection.fault.lower()).strip("-")
        parts = tuple((f"{number}-{slug}-{part}", s) for part, s in enumerate(fault.actions(injection.target)))
        self._record("inject", "invoke", number, injection)
        # Standing from before the first part strikes: a failure half-way is healed like the whole.
        self._standing[number] = (injection, parts)
        for key, inject in parts:
            self._rollback.before(key, self._rollback_entry(key, inject, injection.target))
            await self._inject_one(key, inject, injection.target)
        self._record("inject", "ok", number, injection)

    async def heal(self, number: int) -> None:
        """Heal what ``strike`` did; again, or of one that never struck, it does nothing."""
        ledger_state = self._standing.pop(number, None)
        if ledger_state is None:
            return
        injection, parts = ledger_state
        self._record("heal", "invoke", number, injection)
        for key, inject in reversed(parts):
            await self._heal_one(key, inject, injection.target)
            self._rollback.done(key)
        self._record("heal", "ok", number, injection)

    async def heal_all(self) -> None:
        """Heal everything that stands, newest first."""
        for number in sorted(self._standing, reverse=True):
            await self.heal(number)

    def _record(self, f: str, outcome: Any, number: int, injection: Injection) -> None:
        value = {
            "injection": number,
            "fault": injection.fault,
            "target": injection.target,
            "params": injection.params,
            "layer": faults[injection.fault].layer,
        }
        self._history.append("harness", f, outcome, self._clock.now_s(), value)

    def _rollback_entry(self, key: str, inject: Action, target: str) -> RollbackEntry:
        match inject:
            case FakeRule():
                return HealFake(self._fakes.control_url, self._fakes_by_role[target], key)
            case Toxic(type="down"):
                return EnableProxy(self._network.api_url, self._network.proxy_name(inject.link))
            case Toxic():
                return HealToxic(self._network.api_url, self._network.proxy_name(inject.link), key)
            case StackAct(act="pause") if self._stack.child is None:
                if not self._stack.table.resume:
                    raise GamedayError(f"stack {self._stack.table.name!r} has no resume hook, so it is not paused")
                return CallHook(*self._stack.hook_url(self._stack.table.resume))
            case StackAct():
                if self._stack.child is None:
                    raise GamedayError(
                        f"stack {self._stack.table.name!r} cannot be killed: it is a URL", hint="give it a command"
                    )
                return ResumeProcess(self._stack.child.identity)

    async def _inject_one(self, key: str, inject: Action, target: str) -> None:
        match inject:
            case FakeRule(rule):
                await self._fakes.inject(self._fakes_by_role[target], key, rule)
            case Toxic():
                await self._network.inject(key, inject, pace=self._clock.pace)
            case StackAct(act="pause"):
                await self._stack.pause()
                self._stack_record("pause")
            case StackAct(act="kill"):
                await self._stack.kill()
                self._stack_record("kill")

    async def _heal_one(self, key: str, inject: Action, target: str) -> None:
        match inject:
            case FakeRule():
                await self._fakes.heal(self._fakes_by_role[target], key)
            case Toxic():
                await self._network.heal(key, inject)
            case StackAct(act="pause"):
                await self._stack.resume()
                self._stack_record("resume")
            case StackAct(act="kill"):
                await self._start_stack()
                self._stack_record("start")
                await self._stack.ready()
                self._stack_record("ready")

    def _stack_record(self, act: str) -> None:
        self._history.append("harness", "stack", "ok", self._clock.now_s(), {"act": act})
