"""The repair list: each deal on which the ledgers disagree, what each system holds, and the steps that repair it."""

from __future__ import annotations

from collections.abc import Mapping

from gameday.scoring.repair_list import repair_list
from gameday_reports.recorded import RecordedRun
from gameday_reports.repair.tables import REPLAY_FILE, as_csv, as_json, as_replay
from gameday_reports.report import reports

__all__ = ["repair"]


@reports.register("repair")
def repair(run: RecordedRun) -> Mapping[str, str]:
    """``repair.csv`` for a spreadsheet, ``repair.json`` for a program, ``replay.json`` for the stack's replay hook."""
    rows = repair_list(run.case)
    return {"repair.csv": as_csv(rows), "repair.json": as_json(run, rows), REPLAY_FILE: as_replay(rows)}
