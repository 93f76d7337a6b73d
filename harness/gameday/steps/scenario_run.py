"""One scenario in a session: its steps declare it, then it runs once and every Then shows its verdict."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from gameday.base.errors import GamedayError, Mistakes
from gameday.config.features import portable
from gameday.config.gameday_toml import config_of
from gameday.contracts.pair import bundled_pair
from gameday.model.checker import Result, Verdict
from gameday.model.scenario import Scenario
from gameday.model.settings import Settings, Target
from gameday.scoring.run_folder import CheckedRun
from gameday.steps.bdd import Step, step_function
from gameday.steps.draft import Draft
from gameday.steps.feasible import PlannedEnvironment


class NotPassed(AssertionError):
    """An expectation that failed, or that is inconclusive."""


class ScenarioRun:
    """The Thens of one scenario: all of them are declared first, and judged one by one after the run."""

    def __init__(
        self,
        draft: Draft,
        target: Target,
        settings: Settings,
        environment: PlannedEnvironment,
        on_judged: Callable[[CheckedRun], None],
    ) -> None:
        self.draft = draft
        self.target = target
        self.settings = settings
        self.scenario: Scenario | None = None
        self.verdicts: tuple[Verdict, ...] = ()
        self.result = Result.INCONCLUSIVE
        self.run_dir = ""
        #: Why the scenario says nothing about the stack; it is not run then.
        self.not_applicable = ""
        self._environment = environment
        self._on_judged = on_judged

    def __call__(self, checker: str, **params: Any) -> None:
        """A Then: declares its expectation, or runs the scenario if it has not run yet."""
        if not self.draft.complete:
            self.draft.expect(checker, params)
        elif self.settings.mode != "plan":
            self._run_once()

    def declare(self, request: pytest.FixtureRequest, steps: list[Step], place: str, line: int) -> None:
        """Carry out every step once, so that the scenario is complete before anything starts.

        pytest-bdd carries them out again, when Given and When have nothing left to do. ``place`` is the feature's
        file, ``line`` the scenario's. Raises Mistakes with all mistakes of the scenario.
        """
        mistakes: list[tuple[int, GamedayError]] = []
        first_then = 0
        for step in steps:
            self.draft.line, self.draft.text = step.line_number, step.name
            first_then = first_then or (step.line_number if step.type == "then" else 0)
            try:
                _refuse_late_when(step, first_then)
                _carry_out(request, step)
            except GamedayError as problem:
                mistakes.append((step.line_number, problem))
        mistakes += self.draft.close(self._environment, line, sound=not mistakes)
        if mistakes:
            mistakes.sort(key=lambda mistake: mistake[0])
            raise Mistakes(GamedayError(f"{place}:{at}: {each.problem}", hint=each.hint) for at, each in mistakes)

    def finish(self) -> None:
        """All steps have run: raise NotPassed unless everything passed."""
        if self.settings.mode == "plan":
            self._plan()
            return
        self._run_once()
        if self.result > Result.PASSED:
            bad = [v for v in self.verdicts if v.result > Result.PASSED]
            raise NotPassed("\n".join(f"{v.result.word}: {v.name}: {v.summary}" for v in bad))

    def _plan(self) -> Scenario:
        self.scenario = self._complete()
        self.not_applicable = self._environment.why_not_applicable(self.scenario)
        return self.scenario

    def _complete(self) -> Scenario:
        scenario = self.draft.finish()
        if not self.settings.deals and scenario.workload.name != "deals file":
            return scenario
        config = config_of(self.settings)
        params = dict(scenario.workload.params)
        if self.settings.deals:
            params |= {"file": self.settings.deals, "columns": config.deal_columns}
        if config.organisation is not None:
            params["organisation"] = portable(config.organisation)
        if scenario.flow.crm != bundled_pair().crm:
            params["crm"] = scenario.flow.crm
        workload = msgspec.structs.replace(scenario.workload, name="deals file", params=params)
        return msgspec.structs.replace(scenario, workload=workload)

    def _run_once(self) -> None:
        if self.scenario is not None:
            return
        from gameday.run.runner import run_scenario

        scenario = self._plan()
        if self.not_applicable:
            self.result = Result.NOT_APPLICABLE
            return
        checked = run_scenario(scenario, self.target.stack, self.settings)
        self.verdicts = checked.verdicts
        self.result = checked.result
        self.run_dir = str(checked.run_dir)
        self._on_judged(checked)


def _refuse_late_when(step: Step, first_then: int) -> None:
    """Raise GamedayError for a When after a Then: expectations are about everything that happens."""
    if step.type == "when" and first_then:
        raise GamedayError(
            f"a When comes after the Then in line {first_then}", hint="write every When before the first Then"
        )


def _carry_out(request: pytest.FixtureRequest, step: Step) -> None:
    """Call a step's function with what its text gives it, and with fixtures for the rest."""
    function, arguments = step_function(request, step)
    wanted = inspect.signature(function).parameters
    for name, what in (("docstring", "text"), ("datatable", "table")):
        if name in arguments and name not in wanted:
            raise GamedayError(f"the step {step.name!r} takes no {what} below it")
    for name in wanted:
        if name not in arguments and wanted[name].default is inspect.Parameter.empty:
            arguments[name] = request.getfixturevalue(name)
    function(**{name: value for name, value in arguments.items() if name in wanted})
