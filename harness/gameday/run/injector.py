"""Injects and heals faults; how to heal each part is in the rollback log before the part is injected."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec

from gameday.base.cancellation import finish
from gameday.base.errors import GamedayError, RunError
from gameday.base.process import Identity
from gameday.model.events import Event, FaultEvent, FaultHealed, FaultInjected, LinkUsed, StackEvent
from gameday.model.fault import Action, FakeRule, RollOut, StackAct, Toxic, faults, make_fault, part_id
from gameday.model.history import Outcome
from gameday.model.scenario import Injection
from gameday.run.recorder import Recorder
from gameday.run.rollback_entries import CallHook, EnableProxy, HealToxic, ResumeProcess, RollbackEntry
from gameday.run.tenant_changes import TenantChanges

#: What is to be recorded once a fault is healed: each event with its outcome and its scenario second.
_Notes = list[tuple[Event, Outcome, float]]


class Injector:
    """All faults of one run, by their numbers in the scenario."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._environment = recorder.environment
        self._traffic: dict[str, dict[str, int]] = {}
        self._active: dict[int, tuple[Injection, tuple[tuple[str, Action], ...]]] = {}
        #: Held while the stack starts again: what killed it meanwhile would look like a stack that cannot start.
        self._starting = asyncio.Lock()
        self._tenants = TenantChanges(self._environment.setup.tenants, self._environment.rollback)

    async def inject(self, number: int, injection: Injection) -> None:
        """Inject a fault, and record it. Raises GamedayError if its target does not allow it."""
        fault = make_fault(injection.fault, injection.params)
        actions = fault.actions(injection.target)
        parts = tuple(
            each
            for part, action in enumerate(actions)
            for each in self._on_twins(part_id(number, injection.fault, part), action)
        )
        self._record(FaultInjected, "invoke", number, injection)
        # Active from before the first part: a fault that fails half-way is healed like a whole one.
        self._active[number] = (injection, parts)
        for key, action in parts:
            self._environment.rollback.before(key, self._rollback_entry(key, action, injection.target))
            if isinstance(action, Toxic):
                self._traffic[key] = await self._count(action.link)
            await self._inject_part(key, action, injection.target)
            await self._change_tenant(key, action, injection.target)
        self._record(FaultInjected, "ok", number, injection)

    def _on_twins(self, key: str, action: Action) -> list[tuple[str, Action]]:
        """An action with its key; one on a link also on the twin that leads to the same fake over TLS."""
        if not isinstance(action, Toxic):
            return [(key, action)]
        links = self._environment.network.with_twin(action.link)
        return [(key + link.removeprefix(action.link), msgspec.structs.replace(action, link=link)) for link in links]

    async def heal(self, number: int) -> None:
        """Heal a fault, then record it; for one that is healed already, or was never injected, it does nothing.

        Every part is healed, whatever fails: the error that came first is raised at the end. A part that could not be
        healed stays in the rollback log.
        """
        active = self._active.pop(number, None)
        if active is not None:
            # To the end, also if the run is ended meanwhile: nobody else heals the other parts.
            await finish(self._heal(number, *active))

    async def _heal(self, number: int, injection: Injection, parts: tuple[tuple[str, Action], ...]) -> None:
        notes: _Notes = []
        problems: list[Exception] = []
        self._note(notes, FaultHealed, "invoke", number, injection)
        for key, action in reversed(parts):
            try:
                await self._tenants.heal(key)
                await self._heal_part(key, action, injection.target, notes)
            except (GamedayError, OSError) as problem:
                problems.append(problem)
                continue
            self._environment.rollback.done(key)
            if isinstance(action, Toxic):
                await self._note_link(notes, number, key, action.link)
        self._note(notes, FaultHealed, "fail" if problems else "ok", number, injection)
        # Written at the end: a disk that is full must not keep a fault active.
        for event, outcome, time_s in notes:
            self._recorder.record(event, outcome, time_s=time_s)
        if problems:
            raise problems[0]

    async def heal_all(self) -> None:
        """Heal every active fault, newest first; the first error is raised at the end."""
        problems: list[Exception] = []
        for number in sorted(self._active, reverse=True):
            try:
                await self.heal(number)
            except (GamedayError, OSError) as problem:
                problems.append(problem)
        if problems:
            raise problems[0]

    def _record(self, kind: type[FaultEvent], outcome: Outcome, number: int, injection: Injection) -> None:
        self._recorder.record(_fault_event(kind, number, injection), outcome)

    def _note(self, notes: _Notes, kind: type[FaultEvent], outcome: Outcome, number: int, injection: Injection) -> None:
        notes.append((_fault_event(kind, number, injection), outcome, self._recorder.clock.now_s()))

    def _rollback_entry(self, key: str, action: Action, target: str) -> RollbackEntry:
        """How to heal this part of a fault. Raises GamedayError if nothing could."""
        fakes, network, stack = self._environment.fakes, self._environment.network, self._environment.stack
        match action:
            case FakeRule():
                return fakes.rollback_entry(self._environment.fakes_by_role[target], key)
            case Toxic(type="down"):
                return EnableProxy(network.api_url, network.proxy_name(action.link), network.server)
            case Toxic():
                return HealToxic(network.api_url, network.proxy_name(action.link), key, network.server)
            case RollOut() if stack.table.url and stack.table.roll_back:
                return CallHook(*stack.hook_url(stack.table.roll_back))
            case StackAct(act="pause") if stack.table.url:
                if not stack.table.resume:
                    raise GamedayError(
                        f"stack {stack.table.name!r} cannot be paused: its table has no resume hook",
                        hint="add `resume` to its table",
                    )
                return CallHook(*stack.hook_url(stack.table.resume))
            case StackAct() | RollOut():
                if stack.table.url and isinstance(action, StackAct):
                    raise GamedayError(
                        f"stack {stack.table.name!r} cannot be killed: its table has a URL and no command",
                        hint="give it a command",
                    )
                # Between two runs of a batch there is no process; after a crash all of them are ended anyway, and
                # with them what they have rolled out.
                return ResumeProcess(stack.child.identity if stack.child is not None else Identity(0, ""))

    async def _change_tenant(self, key: str, action: Action, target: str) -> None:
        """Change the tenant itself, if that is how this part of a fault is done there."""
        fake = self._environment.fakes_by_role.get(target, "")
        if isinstance(action, FakeRule) and self._tenants.takes(fake, action.rule):
            await self._tenants.make(key, fake, dict(action.rule))

    async def _inject_part(self, key: str, action: Action, target: str) -> None:
        environment = self._environment
        match action:
            case FakeRule(rule):
                await environment.fakes.inject(environment.fakes_by_role[target], key, rule)
            case Toxic():
                await environment.network.inject(key, action, pace=environment.clock.pace)
            case StackAct("pause", process):
                pid = self._pid(process)
                await environment.stack.pause(process)
                self._record_stack("pause", process, pid)
            case StackAct("kill", process):
                async with self._starting:
                    pid = self._pid(process)
                    await environment.stack.kill(process)
                    self._record_stack("kill", process, pid)
            case RollOut(percent):
                await environment.stack.roll_out(percent)
                self._record_stack("roll out", "", self._pid(""))

    async def _heal_part(self, key: str, action: Action, target: str, notes: _Notes) -> None:
        environment = self._environment
        match action:
            case FakeRule():
                await environment.fakes.heal(environment.fakes_by_role[target], key)
            case Toxic():
                await environment.network.heal(key, action)
            case StackAct("pause", process):
                await environment.stack.resume(process)
                self._note_stack(notes, "resume", process)
            case StackAct("kill", process):
                async with self._starting:
                    await environment.start_stack(process)
                    self._note_stack(notes, "start", process)
                    await environment.stack.ready()
                    self._note_stack(notes, "ready", process)
            case RollOut():
                await environment.stack.roll_back()
                self._note_stack(notes, "roll back", "")

    def _pid(self, process: str) -> int:
        """The process of this name, else the first of the stack; 0 if none runs."""
        return next(iter(self._environment.stack.pids(process)), 0)

    def _record_stack(self, act: str, process: str, pid: int) -> None:
        self._recorder.record(StackEvent(act, pid, process), "ok")

    def _note_stack(self, notes: _Notes, act: str, process: str) -> None:
        notes.append((StackEvent(act, self._pid(process), process), "ok", self._recorder.clock.now_s()))

    async def _count(self, link: str) -> dict[str, int]:
        """What has passed the fake behind a link so far; of the link to the stack nothing, for the CRM records that."""
        fake = self._environment.fakes_by_role.get(link.removeprefix("stack-"))
        return await self._environment.fakes.traffic(fake) if fake is not None else {}

    async def _note_link(self, notes: _Notes, number: int, key: str, link: str) -> None:
        """Note what passed a link since a fault was injected into it."""
        before = self._traffic.pop(key, {})
        # Healing comes first: fakes that are gone must not keep the other faults active.
        with contextlib.suppress(RunError):
            after = await self._count(link)
            if after:
                notes.append((_used(number, link, before, after), "info", self._recorder.clock.now_s()))


def _fault_event(kind: type[FaultEvent], number: int, injection: Injection) -> FaultEvent:
    layer = faults[injection.fault].layer
    return kind(number, injection.fault, injection.target, injection.params, layer)


def _used(number: int, link: str, before: dict[str, int], after: dict[str, int]) -> LinkUsed:
    """What passed between two counts of a fake's traffic."""
    opened, received, sent = (
        after[name] - before.get(name, 0) for name in ("connections_opened", "bytes_received", "bytes_sent")
    )
    return LinkUsed(number, link, before.get("connections_open", 0), opened, received, sent)
