"""Records what happens in an environment in its history, and compares its ledgers in the light of that history."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

import msgspec

from gameday.analysis.reconcile import reconcile
from gameday.analysis.routing import routed
from gameday.base.errors import GamedayError
from gameday.capture.exchanges import ExchangeRedactor
from gameday.model.checker import Case, DeadLetter, margin_s
from gameday.model.events import (
    AlertRaised,
    DeadLettersCounted,
    Event,
    Exchange,
    HeldBack,
    LedgerRead,
    Note,
    PeopleActed,
    PhaseBegan,
    RequestsCounted,
    ServerExited,
    TicketRaised,
)
from gameday.model.history import History, HistoryWriter, Operation, Outcome
from gameday.model.scenario import Scenario
from gameday.model.signal import Signal, signals
from gameday.model.workload import BusinessOperation
from gameday.records.redaction.key import redaction_key
from gameday.run.environment import Environment
from gameday.run.fakes_client import CallRefused
from gameday.run.outside_watch import OutsideWatch
from gameday.run.servers import server_ended
from gameday.run.setup import LedgerSnapshot, Restored
from gameday_fakes.events import Event as FakeEvent

#: How often the fakes' events are fetched (real seconds).
FETCH_S = 0.25
#: From this status on a request was refused.
HTTP_REFUSED = 400
_SIGNALS = (AlertRaised.f, TicketRaised.f)


class Recorder:
    """The history of one pass through an environment, as it grows.

    ``earlier``: the history that this one continues, where the ledgers were restored from a run. ``signals`` False:
    alerts and tickets are left out. Every event goes to ``listeners`` once it is recorded.
    """

    def __init__(
        self,
        scenario: Scenario,
        environment: Environment,
        history: HistoryWriter,
        *,
        earlier: History | None = None,
        signals: bool = True,
    ) -> None:
        self.scenario = scenario
        self.environment = environment
        self.contract = environment.setup.contract
        self.clock = environment.clock
        self.operations: list[Operation[Event]] = []
        self.listeners: list[Callable[[FakeEvent], None]] = []
        #: What went wrong without ending the run, in words.
        self.notes: list[str] = []
        #: Until when (scenario seconds) the events of the fakes are known.
        self.fetched_s = 0.0
        #: When the last business operation was carried out, whatever it was (scenario seconds).
        self.operated_s = 0.0
        self._history = history
        self._earlier = earlier or History()
        self._left_out = () if signals else _SIGNALS
        self._deals: set[str] = set()
        #: The ids of the deals by their keys.
        self._ids: dict[str, str] = {}
        self._last_s: dict[str, float] = {}
        self._fetching = asyncio.Lock()
        self._exchanges = ExchangeRedactor(self.contract, redaction_key(os.environ)[0])
        setup = environment.setup
        self._outside = OutsideWatch(setup.run_dir if setup.over_tls else None, setup.names)

    def record(
        self, event: Event, outcome: Outcome = "info", *, time_s: float | None = None, by: str = "harness"
    ) -> None:
        """Record an event of the harness, or of the workload, as of now or of a scenario second."""
        at_s = self.clock.now_s() if time_s is None else time_s
        self._add(self._history.record(by, event, outcome, at_s))

    def _append(
        self, process: str, f: str, outcome: Outcome, value: dict[str, Any], time_s: float | None = None
    ) -> None:
        """Record what comes as plain JSON, from a fake or a workload."""
        at_s = self.clock.now_s() if time_s is None else time_s
        self._add(self._history.append(process, f, outcome, at_s, value))

    def _add(self, operation: Operation[Event]) -> None:
        self.operations.append(operation)
        self._last_s[operation.f] = max(operation.time_s, self._last_s.get(operation.f, 0.0))

    def alert(self, source: str, raw: dict[str, Any]) -> None:
        """Record an alert that the harness itself raises for the stack, as if it had come from a fake."""
        if AlertRaised.f not in self._left_out:
            event = FakeEvent(0, self.clock.now_s(), source, AlertRaised.f, "ok", {"raw": raw})
            self._append(source, event.f, event.outcome, self._value(event), event.time_s)

    def phase(self, name: str) -> None:
        """Record that a phase begins."""
        self.record(PhaseBegan(name))

    def note(self, text: str) -> None:
        """Record what went wrong without ending the run."""
        self.notes.append(text)
        self.record(Note(text=text))

    def last_s(self, kinds: tuple[str, ...]) -> float:
        """When the last operation of these kinds was recorded (scenario seconds); 0 without one."""
        return max((self._last_s.get(kind, 0.0) for kind in kinds), default=0.0)

    def idle_s(self, kinds: tuple[str, ...]) -> float:
        """How long no operation of these kinds has been recorded (scenario seconds)."""
        return self.clock.now_s() - self.last_s(kinds)

    async def operate(self, operation: BusinessOperation) -> str:
        """Carry out a business operation; returns the id of its record, such as the deal's in the CRM.

        Raises RunError if it is refused, unless the scenario has asked for it: then the id is empty.
        """
        f, value, key = operation.f, {"key": operation.key, **operation.value}, operation.key
        act = PeopleActed(operation.key, f, operation.system, operation.value, planned_s=operation.at_s)
        if operation.system != "crm":
            # The key of a deal's order is the deal's id.
            key = self._ids.get(key, key)
            self.record(act, "invoke", by="workload")
        else:
            self._append("workload", f, "invoke", value)
        system = self.environment.fakes_by_role[operation.system]
        try:
            answer = await self.environment.fakes.operate(
                system, operation.f, key, msgspec.to_builtins(operation.value)
            )
        except CallRefused as refused:
            if not operation.asked:
                raise
            self.record(msgspec.structs.replace(act, problem=refused.reason), "fail", by="workload")
            return ""
        id_, self.operated_s = str(answer.get("id", "")), self.clock.now_s()
        if operation.system == "crm":
            if key:
                # What happens to a deal may be about another record, such as its account.
                deal = self._ids.setdefault(key, id_)
                self._deals.add(deal)
                value = {**value, "deal": deal}
            self._append("workload", f, "ok", value)
        if operation.asked or operation.system != "crm":
            done = msgspec.structs.replace(act, record=self._ids.get(operation.key, ""))
            self.record(done, "ok", by="workload")
        return id_

    async def fetch(self) -> None:
        """Record what the fakes have seen since the last time, and what the stack did by itself.

        Raises ServerEnded if a server of ours has: what the stack does without it says nothing about the stack; and
        RunError if faults have expired.
        """
        self.environment.renewal.check()
        async with self._fetching:
            self.check_servers(self.environment.servers.ended_now())
            for happened in (*self.environment.stack.events(), *self._outside.new()):
                self.record(happened)
            asked_s = self.clock.now_s()
            for event in await self.environment.fakes.events():
                if event.f not in self._left_out:
                    self._append(event.process, event.f, event.outcome, self._value(event), event.time_s)
                for listener in self.listeners:
                    listener(event)
            self.fetched_s = asked_s

    def check_servers(self, ended: ServerExited | None) -> None:
        """Record that a server of ours has ended, if one has, and raise ServerEnded."""
        if ended is None:
            return
        if self.last_s((ServerExited.f,)) == 0.0:
            self.note(ended.sentence)
            self.record(ended)
        raise server_ended(ended)

    async def fetch_forever(self) -> None:
        """Fetch until cancelled."""
        while True:
            await self.fetch()
            await asyncio.sleep(FETCH_S)

    def case(self, snapshot: LedgerSnapshot) -> Case:
        """What a judge may look at, if the ledgers were these."""
        first = len(self._earlier)
        since = self.operations
        if first:
            since = [msgspec.structs.replace(operation, index=first + operation.index) for operation in since]
        return Case(
            scenario=self.scenario,
            contract=self.contract,
            history=History([*self._earlier, *since]),
            crm=snapshot.crm,
            erp=snapshot.erp,
            match=self.contract.match,
            dead_letters=snapshot.dead_letters,
            pace=self.clock.pace,
            accelerated=self.clock.wall is not None,
        )

    @property
    def margin_s(self) -> float:
        """By how much a time limit may be missed (scenario seconds)."""
        return margin_s(self.contract, self.clock.pace)

    async def reconciled(self) -> bool:
        """Whether nothing is left to deliver and every deal has its order."""
        if await self.environment.pending():
            return False
        outcomes = reconcile(self.case(await self.environment.snapshot())).outcomes
        return bool(outcomes) and all(outcome.state in ("ok", "late") for outcome in outcomes)

    async def verify(self) -> LedgerSnapshot:
        """Both ledgers and the dead letters as they are now; their counts are recorded."""
        await self.fetch()
        # Before the ledgers: what lands while they are read is in neither, or counted as held back.
        held = await self.environment.held()
        snapshot = await self.environment.snapshot()
        letters = await self._dead_letters()
        for ledger in (snapshot.crm, snapshot.erp):
            self.record(LedgerRead(ledger.system, len(ledger.entries), "verification"), "ok")
        self.record(DeadLettersCounted(len(letters)), "ok")
        self.record(HeldBack(held))
        for role in ("crm", "erp"):
            self.record(await self._requests(self.environment.fakes_by_role[role]))
        return msgspec.structs.replace(snapshot, dead_letters=letters)

    async def _requests(self, fake: str) -> RequestsCounted:
        """How many requests arrived at a fake."""
        stats = await self.environment.fakes.stats(fake)
        operations = {operation: sum(counts.values()) for operation, counts in sorted(stats.items())}
        refusals = {
            operation: {status: count for status, count in counts.items() if not 0 < int(status) < HTTP_REFUSED}
            for operation, counts in sorted(stats.items())
        }
        refusals = {operation: counts for operation, counts in refusals.items() if counts}
        refused = sum(sum(counts.values()) for counts in refusals.values())
        return RequestsCounted(fake, operations, refused, refusals)

    async def _dead_letters(self) -> tuple[DeadLetter, ...]:
        """What the stack has parked; of a stack that does not answer, what is known from before it started."""
        try:
            return await self.environment.stack.dead_letters()
        except GamedayError as problem:
            # The ledgers are judged all the same.
            self.note(str(problem))
            ledgers = self.environment.setup.ledgers
            return ledgers.snapshot.dead_letters if isinstance(ledgers, Restored) else ()

    def _value(self, event: FakeEvent) -> dict[str, Any]:
        """The event's value, an exchange redacted; of a signal also what it says, or why it cannot be read."""
        if event.f == Exchange.f:
            return self._exchanges.redacted(event.value)
        if event.f not in _SIGNALS:
            return event.value
        try:
            signal: object = signals[event.process](event.value["raw"], self._deals)
        except GamedayError as problem:
            return {**event.value, "problem": str(problem)}
        except Exception as problem:  # noqa: BLE001 - a plug-in may read it, and its mistake must not end the run
            return {**event.value, "problem": f"{type(problem).__name__}: {problem}"}
        if not isinstance(signal, Signal):
            return {**event.value, "problem": f"the signal source {event.process!r} gave no signal"}
        signal = routed(signal, self.environment.setup.config.signals, self.contract)
        return {**event.value, "signal": msgspec.to_builtins(signal)}
