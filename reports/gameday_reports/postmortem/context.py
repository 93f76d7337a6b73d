"""All figures of a postmortem as plain values."""

from __future__ import annotations

from typing import Any

from gameday_reports.recorded import RecordedRun


def context(run: RecordedRun) -> dict[str, Any]:
    """Every figure that the templates print."""
    return {
        "scenario": run.scenario.name,
        "stack": run.info.stack,
        "validity": run.validity.word,
        "verdicts": [{"name": v.name, "validity": v.validity.word, "summary": v.summary} for v in run.verdicts],
    }
