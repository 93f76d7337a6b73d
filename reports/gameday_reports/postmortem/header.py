"""What was run, when, with which versions, and how to run it again."""

from __future__ import annotations

import dataclasses
import math
from datetime import UTC, datetime
from typing import Any

from gameday.analysis.observations import Window
from gameday.analysis.outside_hosts import tried_hosts
from gameday.base.errors import GamedayError
from gameday.model.course import planned_words
from gameday.model.events import Skipped
from gameday.model.fault import make_fault
from gameday.model.roles import the
from gameday.model.scenario import Injection
from gameday_reports.formats import capital, parameter
from gameday_reports.recorded import RecordedRun


def header(run: RecordedRun) -> dict[str, Any]:
    """Names, versions and the replay command; ``faults`` as planned."""
    info, scenario, contract = run.info, run.scenario, run.contract
    return {
        "scenario": scenario.name,
        "description": scenario.description,
        "feature": scenario.feature,
        "stack": info.stack,
        "stack_version": info.stack_version,
        "result": run.result.word,
        "started": _date(info.started),
        "seed": info.seed,
        "pace": f"{info.pace:g}",
        "clock": info.clock_note,
        "skipped": _skipped(run),
        "isolated": info.isolated,
        "isolation": info.isolation_note,
        "tried": tried_hosts(run.history),
        "versions": dict(sorted(info.versions.items())),
        "replay": info.replay,
        "crm": scenario.flow.crm,
        "erp": scenario.flow.erp,
        "contract": contract.name,
        "contract_version": contract.version,
        "owner": contract.owner,
        "deals": run.scorecard.orders,
        "per_minute": f"{scenario.workload.per_minute:g}",
        "faults": [_fault(number, injection) for number, injection in enumerate(scenario.injections, start=1)],
        "people": [{"at_s": each.at_s, "words": capital(planned_words(each))} for each in scenario.by_people],
        "judged_s": run.end_s,
        "digests": {
            "rubric": run.scorecard.rubric,
            "contract": run.scorecard.contract,
            "scenario": run.scorecard.scenario,
        },
    }


def _skipped(run: RecordedRun) -> dict[str, Any]:
    """How often the run skipped ahead, and over how much of the scenario; empty if it never did."""
    skips = [op.event for op in run.history.of(Skipped, outcome="ok")]
    spans_s = [skip.until_s - skip.from_s for skip in skips if skip.from_s is not None]
    return {"times": len(skips), "over_s": sum(spans_s)} if skips else {}


def _date(started: str) -> str:
    """``24 November 2026, 10:41 UTC``; the text itself if it is not a date."""
    try:
        moment = datetime.fromisoformat(started)
    except ValueError:
        return started
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _fault(number: int, injection: Injection) -> dict[str, Any]:
    return {
        "number": number,
        "name": injection.fault,
        "target": the(injection.target),
        "at_s": injection.at_s,
        "duration_s": injection.duration_s,
        "params": named(injection.params),
    }


def fault_windows(run: RecordedRun) -> list[dict[str, Any]]:
    """When each fault was active, according to the history; ``end_s`` is None if it was never healed.

    ``sentence`` is what the fault says of its effect, empty if it says nothing.
    """
    injections = dict(enumerate(run.scenario.injections))
    return [_window(window, injections.get(window.injection)) for window in run.observations.windows]


def _window(window: Window, injection: Injection | None) -> dict[str, Any]:
    return {
        "injection": window.injection,
        "fault": window.fault,
        "target": the(injection.target) if injection else "an unknown target",
        "sentence": sentence(injection) if injection else "",
        "start_s": window.start_s,
        "end_s": window.end_s if math.isfinite(window.end_s) else None,
    }


def sentence(injection: Injection) -> str:
    """The ``sentence`` of a fault with its parameters and its target filled in; empty if it has none."""
    try:
        fault = make_fault(injection.fault, injection.params)
        system = "the sync" if injection.target == "stack" else the(injection.target)
        return fault.sentence.format_map({**dataclasses.asdict(fault), "system": system})
    except (GamedayError, KeyError, IndexError, ValueError, AttributeError):
        return ""  # the fault of an older recording, or of a plug-in that is not installed or has a mistake in it


def named(params: dict[str, Any]) -> list[str]:
    """The parameters of a fault in words, such as ``field: Opportunity.Amount``."""
    return [parameter(name, value) for name, value in params.items()]
