"""What the fuzzed readers need as valid input: a run's folder that is judged."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from gameday.model.history import HistoryWriter
from gameday.model.scenario import Expectation
from gameday.scoring.judge import check_run
from gameday.scoring.run_folder import Run, create
from gameday_reports import render
from support.story import Story


def recorded(folder: Path) -> Path:
    """A run with a lost deal, a late one and an alert, judged, with its reports."""
    story = Story().deal("D0", 10).order("D0", 12).inject(60, 300)
    story.expectations = (Expectation("exactly once", {"within_s": 600.0, "after": "fix"}, "every deal exactly once"),)
    story.deal("D1", 70).order("D1", 320).deal("D2", 70).alert("D1", at_s=140)
    case = story.case()
    now = datetime(2026, 3, 9, 8, 7, 6, tzinfo=UTC)
    run = create(folder, stack="durable", scenario=case.scenario, contract=case.contract, pace=60, now=now)
    for name, history in (("history.jsonl", case.history), ("control.jsonl", case.control)):
        with HistoryWriter(run.dir / name) as writer:
            for op in history or ():
                writer.append(op.process, op.f, op.outcome, op.time_s, op.value)
    run.write_ledgers(crm=case.crm, erp=case.erp, dead_letters=case.dead_letters)
    render(run.dir, case=check_run(Run(run.dir)).case)
    return run.dir
