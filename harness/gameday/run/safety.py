"""Evaluates the abort conditions of a run while it goes on, and ends it as soon as one of them holds."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import time
from collections.abc import Iterable, Sequence

from gameday.base.durations import words
from gameday.base.errors import RunAborted, RunError
from gameday.live.revenue import revenue_so_far
from gameday.live.state import LiveState
from gameday.model.abort import AbortCondition, Measure, Observed
from gameday.model.events import Aborted, ConditionsRead, Event, Remark, SignalEvent
from gameday.model.history import Operation
from gameday.model.rates import Rates
from gameday.model.signal import Signal
from gameday.run.engine import Watcher
from gameday.run.outside_looks import OutsideLooks
from gameday.run.plan import RunPlan
from gameday.run.recorder import Recorder

#: How often the conditions are evaluated, and how often at most their distances are recorded (real seconds).
LOOK_S = 0.1
RECORD_S = 1.0


class SafetyWatch:
    """The abort conditions of one run. ``outside`` has what those outside of the run have found."""

    def __init__(
        self,
        recorder: Recorder,
        conditions: Sequence[AbortCondition],
        rates: Rates,
        outside: OutsideLooks,
    ) -> None:
        self._recorder = recorder
        self._conditions = conditions
        self._rates = rates
        self._outside = outside
        self._state = LiveState(recorder.scenario, recorder.contract, margin_s=recorder.margin_s)
        self._read = 0
        #: Operations of a moment up to which the fakes have not been asked for their events yet.
        self._ahead: list[Operation[Event]] = []
        self._began_s = self._confirmed_s = time.monotonic()
        self._recorded: tuple[dict[str, object], ...] = ()
        self._recorded_s = -RECORD_S

    async def watch(self) -> None:
        """Evaluate until cancelled. Raises RunAborted as soon as a condition holds."""
        self._began_s = self._confirmed_s = time.monotonic()
        try:
            while True:
                self.look()
                await asyncio.sleep(LOOK_S)
        finally:
            self._state.close()

    def look(self) -> None:
        """Evaluate once. Raises RunAborted if a condition holds, or cannot be evaluated."""
        seen = self._observe()
        measured = [(condition, self._measured(condition, seen)) for condition in self._conditions]
        self._record(measured)
        for condition, measure in measured:
            if measure.fired:
                event = Aborted(condition.name, condition.limit, measure.value)
                # A full disk must not keep the run from its end.
                with contextlib.suppress(OSError):
                    self._recorder.record(event)
                raise RunAborted(f"{event.sentence} at {words(max(0.0, seen.time_s))}")

    def _measured(self, condition: AbortCondition, seen: Observed) -> Measure:
        if condition.outside:
            return self._outside.measure(condition)
        try:
            return condition.measure(seen)
        except Exception as problem:  # noqa: BLE001 - a plug-in's mistake must not let a run go on unwatched
            return Measure(f"it cannot be evaluated: {type(problem).__name__}: {problem}", "0", True, 1.0)

    def _observe(self) -> Observed:
        operations = self._recorder.operations
        news, self._read = operations[self._read :], len(operations)
        raised: list[Signal] = []
        now_s = time.monotonic()
        for operation in news:
            event = operation.event
            if isinstance(event, SignalEvent) and event.signal is not None:
                raised.append(event.signal)
            elif isinstance(event, Remark) and event.by:
                self._confirmed_s = now_s
        time_s = self._advance(news)
        tally = self._state.tally
        oldest_s, oldest = max(((time_s - deal.wrong_s, deal.id) for deal in tally.wrong.values()), default=(0.0, ""))
        return Observed(
            time_s=time_s,
            real_s=now_s - self._began_s,
            now=datetime.datetime.now(datetime.UTC),
            affected=tally.affected,
            not_booked=revenue_so_far(tally, self._recorder.contract, self._rates).not_booked.by_currency,
            oldest_s=oldest_s,
            oldest=oldest,
            raised=tuple(raised),
            rates=self._rates,
            confirmed_s=now_s - self._confirmed_s,
        )

    def _advance(self, news: Iterable[Operation[Event]]) -> float:
        """Bring the state to the moment until which the events of the fakes are known, and return it.

        Later, an order that is there already would seem to be missing.
        """
        time_s = self._recorder.fetched_s
        ahead: list[Operation[Event]] = []
        for operation in (*self._ahead, *news):
            if operation.time_s <= time_s:
                self._state.take(operation)
            else:
                ahead.append(operation)
        self._ahead = ahead
        self._state.advance(time_s)
        return time_s

    def _record(self, measured: Iterable[tuple[AbortCondition, Measure]]) -> None:
        """Record how far each is from its limit, if that has changed, or if one of them holds."""
        now_s = time.monotonic()
        measured = list(measured)
        if now_s - self._recorded_s < RECORD_S and not any(measure.fired for _, measure in measured):
            return
        found = tuple(as_shown(condition, measure) for condition, measure in measured)
        if found != self._recorded:
            self._recorded, self._recorded_s = found, now_s
            with contextlib.suppress(OSError):
                self._recorder.record(ConditionsRead(found))


def as_shown(condition: AbortCondition, measure: Measure) -> dict[str, object]:
    """A condition and what it found, as the history has it."""
    return {
        "condition": condition.name,
        "limit": condition.limit,
        "value": measure.value,
        "left": measure.left,
        "used": round(min(1.0, max(0.0, measure.used)), 3),
    }


def refuse_to_begin(
    conditions: Iterable[AbortCondition], longest_s: float, outside: Iterable[tuple[AbortCondition, Measure]]
) -> None:
    """Raise RunError if a run that may last so long (real seconds) must not begin now."""
    now = datetime.datetime.now(datetime.UTC)
    refusals = [(condition, condition.refuse(now, longest_s)) for condition in conditions]
    refusals += [(each, f"{found.value} (aborts {each.limit})") for each, found in outside if found.fired]
    for condition, why in refusals:
        if why:
            raise RunError(f"the run did not begin: {condition.name}: {why}")


def safety_watch(plan: RunPlan, recorder: Recorder) -> list[Watcher]:
    """What watches the abort conditions of a run; nothing if it has none."""
    if not plan.safety:
        return []
    outside = OutsideLooks(recorder.environment.setup.run_dir, plan.safety)
    return [SafetyWatch(recorder, plan.safety, plan.day_rates, outside).watch]
