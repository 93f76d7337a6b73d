"""What the board knows of a run: built from its history, a little work for each operation and no look back."""

from __future__ import annotations

from typing import Any

import msgspec

from gameday.analysis.all_clear import says_all_is_well
from gameday.analysis.observations import names_flow
from gameday.analysis.revenue import Revenue
from gameday.live.deal_tracker import DealTracker
from gameday.live.deals import NEAR
from gameday.live.faults import Faults
from gameday.live.log import EntryKind, Log
from gameday.live.series import Series
from gameday.live.tally import Tally
from gameday.model.contract import Contract
from gameday.model.course import people_words, planned_words
from gameday.model.events import (
    Aborted,
    ConditionsRead,
    DeadLettersCounted,
    DealEvent,
    ErpWrite,
    Event,
    FaultEvent,
    HistoryClosed,
    HostTried,
    PeopleActed,
    PhaseBegan,
    Remark,
    Revealed,
    SignalEvent,
    StackEvent,
    Stopped,
    TicketRaised,
    UnsupportedCall,
)
from gameday.model.history import Operation
from gameday.model.rates import Rates
from gameday.model.scenario import Scenario
from gameday.model.signal import Signal
from gameday.scoring.budget import Budget
from gameday.scoring.score import DealSum


class Reveal(msgspec.Struct, frozen=True):
    """Who asked what was injected, and when."""

    by: str
    time_s: float


class LiveState:
    """A run as it goes on: ``take`` every operation in the order of the history, ``view`` it at any moment.

    ``near`` is how many settled deals stay in memory, ``margin_s`` by how much a time limit may be missed.
    ``rates`` lead to the reporting currency.
    """

    def __init__(
        self,
        scenario: Scenario,
        contract: Contract,
        *,
        budget: Budget | None = None,
        near: int = NEAR,
        margin_s: float = 0.0,
        rates: Rates = Rates(),  # noqa: B008 - immutable
    ) -> None:
        self.scenario = scenario
        self.contract = contract
        self.rates = rates
        self.budget = budget or Budget()
        self.log = Log()
        self.faults = Faults()
        self.deals = DealTracker(contract, near, margin_s=margin_s)
        self.backlog = Series()
        #: What is listed once, however often it happens: what the stack wanted and does not get here, what people did.
        self._listed: set[tuple[str, float]] = set()
        self.operations = 0
        self.time_s = 0.0
        self.phase = ""
        self.phase_began_s = 0.0
        self.revealed: Reveal | None = None
        #: The notes in the history: by whom, and their texts.
        self.notes: list[tuple[str, str]] = []
        self.stopped = False
        #: The abort conditions with what is left until each, as the run has recorded them last.
        self.conditions: tuple[dict[str, Any], ...] = ()
        #: When the first deal was affected, and when the first alert that names the flow came after the injection.
        self.affected_s: float | None = None
        self.alerted_s: float | None = None
        #: The result of each expectation in words, once the run was judged.
        self.verdicts: tuple[str, ...] = ()
        #: The ledgers have been read; then the history is closed, once the control is over too; then comes the result.
        self.ended = False
        self.closed = False
        self.final = False
        #: The sums of the scorecard by end state, and those of the revenue, once the run was judged.
        self.judged: dict[str, DealSum] = {}
        self.judged_revenue: Revenue | None = None

    @property
    def tally(self) -> Tally:
        """The sums over all deals."""
        return self.deals.tally

    def take(self, op: Operation[Event]) -> None:
        """Take one more operation. An amount that is no number (NaN) changes nothing but the count."""
        self.operations += 1
        self.advance(op.time_s)
        try:
            self._take(op)
        except ArithmeticError:
            return

    def advance(self, time_s: float) -> None:
        """Move the clock forward; it never goes back."""
        self.time_s = max(self.time_s, time_s)
        self.deals.advance(self.time_s)
        if self.affected_s is None and self.tally.affected:
            since = (deal.affected_s for deal in self.tally.wrong.values() if deal.affected_s is not None)
            self.affected_s = min(since, default=self.time_s)
        self.backlog.put(self.time_s, self.tally.backlog)

    def close(self) -> None:
        """The run is over: what has not arrived is lost."""
        self.final = True
        self.deals.close()

    def _take(self, op: Operation[Event]) -> None:
        match op.event:
            case DealEvent():
                self.deals.take_deal(op, op.event)
            case ErpWrite():
                self.deals.take_write(op, op.event)
            case SignalEvent():
                self._take_signal(op, op.event)
            case FaultEvent():
                line = self.faults.take(op, op.event)
                if line:
                    self.log.add(op.time_s, "fault", line)
            case PeopleActed() if op.outcome != "invoke":
                self._take_act(op.time_s, op.event)
            case PhaseBegan(phase):
                self.phase, self.phase_began_s = phase, op.time_s
                self.log.add(op.time_s, "phase", phase)
            case StackEvent(act):
                self.log.add(op.time_s, "stack", f"stack: {act}")
            case UnsupportedCall() | HostTried():
                self._take_once(op.time_s, "call", _lacking(op.process, op.event))
            case Remark() | ConditionsRead() | Aborted():
                self._take_remark(op.time_s, op.event)
            case DeadLettersCounted():
                # The dead letters are counted once the ledgers have been read.
                self.ended = self.phase == "verification"
            case HistoryClosed():
                self.closed = True

    def _take_act(self, time_s: float, event: PeopleActed) -> None:
        """What people did, once for all of its deals in the words of the plan; each refusal by itself."""
        this = event.planned_s, event.operation, event.system
        planned = (each for each in self.scenario.by_people if (each.at_s, each.operation, each.target) == this)
        words = next(map(planned_words, planned), people_words("carry out", event.operation, event.system))
        if event.problem:
            self.log.add(time_s, "people", f"refused: {words}", event.problem)
        else:
            self._take_once(time_s, "people", words, event.planned_s)

    def _take_once(self, time_s: float, kind: EntryKind, line: str, of_s: float = 0.0) -> None:
        if (line, of_s) not in self._listed:
            self._listed.add((line, of_s))
            self.log.add(time_s, kind, line)

    def _take_signal(self, op: Operation[Event], event: SignalEvent) -> None:
        signal = event.signal
        if signal is None:
            kind: EntryKind = "ticket" if isinstance(event, TicketRaised) else "alert"
            self.log.add(op.time_s, kind, f"{op.process} {kind}: not readable", event.problem)
            return
        self.deals.take_signal(signal)
        if self.alerted_s is None and self._is_the_alert(signal):
            self.alerted_s = op.time_s
        title = f"{signal.source} {signal.kind}" + ("" if signal.action == "trigger" else f": {signal.action}d")
        # An acknowledgement or resolution without a reason says only which signal it is about.
        text = signal.reason or (signal.text if signal.action == "trigger" else signal.key)
        self.log.add(op.time_s, signal.kind, title, text, signal.owner, len(signal.orders))

    def _is_the_alert(self, signal: Signal) -> bool:
        """Whether it is what the judge waits for: an alert that names the flow, from the first injection on."""
        injected = bool(self.faults.all()) or not self.scenario.injections
        raised = signal.kind == "alert" and signal.action == "trigger"
        return injected and raised and names_flow(signal, self.scenario.flow.contract) and not says_all_is_well(signal)

    def _take_remark(self, time_s: float, remark: Remark | ConditionsRead | Aborted) -> None:
        if isinstance(remark, ConditionsRead):
            self.conditions = remark.conditions
            return
        if isinstance(remark, Aborted):
            self.stopped = True
            self.log.add(time_s, "stop", "the run was aborted", remark.sentence)
            return
        by, text = remark.by, remark.text
        if isinstance(remark, Revealed):
            self.revealed = Reveal(by, time_s)
            self.log.add(time_s, "reveal", "the injection was revealed", text, by)
        elif isinstance(remark, Stopped):
            self.stopped = True
            self.log.add(time_s, "stop", "the day was stopped", text, by)
        else:
            self.notes.append((by, text))
            self.log.add(time_s, "note", "note", text, by)


def _lacking(process: str, event: UnsupportedCall | HostTried) -> str:
    """What the stack wanted and does not get here, in a line."""
    if isinstance(event, HostTried):
        return f"the stack tried to reach {event.host}, which is no fake"
    return f"the fake of {process} does not have: {event.call}"
