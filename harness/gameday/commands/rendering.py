"""A plugin of the session: writes a run's reports as soon as the run is judged, in whichever process ran it."""

from __future__ import annotations

from gameday.scoring.run_folder import CheckedRun

#: As ``Settings.plugins`` names it.
RENDERING = "gameday.commands.rendering"


def pytest_gameday_run_judged(checked: CheckedRun) -> None:
    """Write the postmortem and the other reports into the run's folder."""
    from gameday_reports import render

    render(checked.run_dir, case=checked.case)
