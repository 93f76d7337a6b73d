"""Reads the metrics of a stack on the scenario's clock and raises the alerts that the rules of gameday.toml demand."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

from gameday.analysis.rule_states import RuleStates, Sample
from gameday.base.errors import GamedayError, RunError
from gameday.model.events import MetricsRead
from gameday.run.recorder import Recorder
from gameday.run.stack import NoAnswerError

SOURCE = "prometheus"
#: How often metrics are read (scenario seconds), and at least how long between two readings (real seconds).
EVERY_S = 15.0
SHORTEST_S = 0.1
LARGEST_BYTES = 16 * 1024 * 1024


def parser() -> Any:
    """The parser of Prometheus' own text format. Raises GamedayError where its package is missing."""
    try:
        return importlib.import_module("prometheus_client.parser")
    except ModuleNotFoundError:
        raise GamedayError(
            "[[signals.rules]] need prometheus_client, which is missing", hint="pip install prometheus-client"
        ) from None


def samples_of(text: str) -> list[Sample]:
    """All samples of a page of metrics. Raises ValueError if it is not in Prometheus' text format."""
    families = parser().text_string_to_metric_families(text)
    try:
        return [
            Sample(each.name, dict(each.labels), float(each.value)) for family in families for each in family.samples
        ]
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
        raise ValueError(f"no metrics in Prometheus' text format: {str(problem)[:200]}") from None


class MetricsWatch:
    """The readings of one run. Like Prometheus' own, each has the metric ``up``: 1, or 0 where nothing was read."""

    def __init__(self, recorder: Recorder) -> None:
        # Where the package is missing, that is said before anything happens.
        parser()
        self._recorder = recorder
        self._states = RuleStates(recorder.environment.setup.config.signals.rules)
        self._problem: str | None = None

    async def watch(self) -> None:
        """Read until cancelled."""
        clock = self._recorder.clock
        while True:
            await self.read()
            await asyncio.sleep(max(SHORTEST_S, clock.real_s(EVERY_S)))

    async def read(self) -> None:
        """Read once, and record the alerts that begin and end. A problem is noted when it is new."""
        problem, answered = "", True
        try:
            samples = samples_of(await self._recorder.environment.stack.metrics(LARGEST_BYTES))
        except (RunError, ValueError) as error:
            problem, samples, answered = str(error), [], not isinstance(error, NoAnswerError)
        if problem != self._problem:
            self._recorder.record(MetricsRead(problem, answered), "fail" if problem else "ok")
            if problem:
                self._recorder.note(f"the stack's metrics were not read: {problem}")
        self._problem = problem
        up = Sample("up", {}, 0.0 if problem else 1.0)
        for change in self._states.read([up, *samples], self._recorder.clock.now_s()):
            self._recorder.alert(SOURCE, change.raw())
