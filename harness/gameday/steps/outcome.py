"""The outcome of one scenario against one target: what travels from a worker to the process that asked."""

from __future__ import annotations

import msgspec

from gameday.analysis.host_load import HOST_LOAD
from gameday.model.checker import Result, Verdict
from gameday.model.scenario import Scenario
from gameday.steps.forecast import Forecast


class Outcome(msgspec.Struct, frozen=True):
    """The result of one scenario against one target.

    ``result`` is a word of ``Result``, ``planned``, ``not run`` or ``aborted``; ``problem`` says in one line why the
    scenario was not run, or its run aborted, ``not_applicable`` why it says nothing about this stack, and ``mistakes``
    gives each mistake of the feature as ``file:line: what is wrong``. ``lines`` are the feature's lines of the
    ``flow``, the ``workload`` and each ``fault N``, N from 0. ``forecasts``: what each fault of a planned scenario will
    meet. ``node`` is pytest's identifier of the test, ``pace`` the pace that was asked for.
    """

    scenario: str
    feature: str
    stack: str
    seed: int
    result: str
    run_dir: str = ""
    problem: str = ""
    exit_code: int = 0
    verdicts: tuple[Verdict, ...] = ()
    planned: Scenario | None = None
    node: str = ""
    mistakes: tuple[str, ...] = ()
    lines: dict[str, int] = {}
    not_applicable: str = ""
    forecasts: tuple[Forecast, ...] = ()
    pace: float = 0.0

    @property
    def overloaded(self) -> bool:
        """Whether it is inconclusive because the machine was too busy."""
        doubtful = self.result == Result.INCONCLUSIVE.word
        return doubtful and any(HOST_LOAD in verdict.evidence for verdict in self.verdicts)

    @property
    def why(self) -> str:
        """Why it did not pass, in one line: the problem, or the summaries of the verdicts that decided it."""
        if self.problem or self.result == Result.PASSED.word:
            return self.problem
        if self.not_applicable:
            return self.not_applicable
        verdicts = [verdict for verdict in self.verdicts if verdict.result.word == self.result]
        # Host load makes a failure inconclusive.
        verdicts = verdicts or [verdict for verdict in self.verdicts if verdict.result > Result.PASSED]
        return "; ".join(f"{verdict.name}: {verdict.summary}" for verdict in verdicts[:3])
