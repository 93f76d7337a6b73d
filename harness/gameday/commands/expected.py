"""What became of scenarios beside what their tags expect, and the exit code of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gameday.base.terminal import show

if TYPE_CHECKING:
    from gameday.steps.outcome import Outcome

#: How a message says what was expected.
EXPECTED_TO = {"passed": "pass", "failed": "fail", "inconclusive": "be inconclusive"}


def exit_code(outcomes: list[Outcome]) -> int:
    """2 after a mistake, else 1 if anything failed, else 3 if anything is inconclusive, else 0.

    What is not applicable changes nothing.
    """
    return next((code for code in (2, 1, 3) if any(outcome.exit_code == code for outcome in outcomes)), 0)


def expected_result(outcome: Outcome) -> str:
    """The result that the scenario's tags expect of this stack: failed, inconclusive, else passed."""
    return outcome.planned.expected(outcome.stack) if outcome.planned else "passed"


def unexpected(outcomes: list[Outcome]) -> list[Outcome]:
    """Those with a result that was not expected. What is not applicable is as expected."""
    return [o for o in outcomes if not o.not_applicable and o.result != expected_result(o)]


def show_unexpected(outcomes: list[Outcome]) -> int:
    """Show each result that was not expected; 1 if there is any."""
    for outcome in (found := unexpected(outcomes)):
        expected = EXPECTED_TO[expected_result(outcome)]
        why = f": {outcome.why}" if outcome.why else ""
        show(f"{outcome.stack}: {outcome.scenario}: {outcome.result}, but expected to {expected}{why}", err=True)
    return 1 if found else 0
