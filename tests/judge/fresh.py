"""Runs some scenarios afresh with the bundled correct stack, to have recorded runs that pass."""

from __future__ import annotations

import os
from pathlib import Path

from gameday.base.errors import GamedayError
from gameday.config.features import library
from gameday.model.settings import Settings, Target
from gameday.steps.session import run_session

#: Scenarios that differ in what is recorded: refused writes, lost replies, a changed schema, amended deals.
FEATURES = (
    "erp_rules/record_lock.feature",
    "delivery/reply_lost.feature",
    "schema/renamed_field.feature",
    "process/amended_after_order.feature",
)


def fresh_runs(folder: Path) -> list[Path]:
    """Run the scenarios into this folder and return the folders of the runs. Raises GamedayError if one did not run."""
    settings = Settings(targets=(Target("durable", 1),), runs_dir=str(folder.resolve()))
    features = [library() / name for name in FEATURES]
    outcomes = run_session(features, settings, workers=min(len(features), os.cpu_count() or 1), again=True)
    missing = [f"{outcome.scenario}: {outcome.why}" for outcome in outcomes if outcome.result == "not run"]
    if missing:
        raise GamedayError(f"did not run: {'; '.join(missing)}")
    return [Path(outcome.run_dir) for outcome in outcomes]
