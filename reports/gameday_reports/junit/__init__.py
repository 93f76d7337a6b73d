"""The verdicts as JUnit XML, for any tool that shows test results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gameday.model.checker import Result
from gameday_reports.environment import fill
from gameday_reports.recorded import RecordedRun
from gameday_reports.report import reports

#: How many orders a failure lists; results.json has all of them.
NAMED = 200


@reports.register("junit")
def junit(run: RecordedRun) -> Mapping[str, str]:
    """``junit.xml``: one suite with a test case for each verdict."""
    return {"junit.xml": fill("junit/templates/junit.xml.jinja", context(run))}


def context(run: RecordedRun) -> dict[str, Any]:
    """The suite as plain values. An inconclusive verdict is an error; one that is not applicable is skipped."""
    cases = [
        {
            "name": verdict.name if verdict.name == checker else f"{verdict.name} ({checker})",
            "failed": verdict.result is Result.FAILED,
            "inconclusive": verdict.result is Result.INCONCLUSIVE,
            "skipped": verdict.result is Result.NOT_APPLICABLE,
            "summary": verdict.summary,
            "orders": verdict.orders[:NAMED],
            "left_out": max(0, len(verdict.orders) - NAMED),
        }
        for checker, verdict in run.judged
    ]
    return {
        "scenario": run.scenario.name,
        "stack": run.info.stack,
        "started": run.info.started,
        "real_s": f"{run.end_s / run.info.pace:.3f}",
        "properties": {
            "result": run.result.word,
            "seed": run.info.seed,
            "pace": f"{run.info.pace:g}",
            **({"clock": run.info.clock} if run.info.clock else {}),
            "replay": run.info.replay,
            "rubric": run.scorecard.rubric,
        },
        "cases": [*cases, *_nothing_expected(run)],
    }


def _nothing_expected(run: RecordedRun) -> list[dict[str, Any]]:
    """An extra test case for a run that is inconclusive because its scenario has no expectation."""
    if run.result is not Result.INCONCLUSIVE or any(v.result > Result.PASSED for v in run.verdicts):
        return []
    summary = "the scenario has no expectation, so the run shows nothing"
    return [
        {
            "name": "expectations",
            "failed": False,
            "inconclusive": True,
            "skipped": False,
            "summary": summary,
            "orders": (),
            "left_out": 0,
        }
    ]
