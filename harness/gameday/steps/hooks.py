"""The hooks that the pytest plugin calls; a module named in ``Settings.plugins`` implements them."""

from __future__ import annotations

import pytest

from gameday.scoring.run_folder import CheckedRun


@pytest.hookspec
def pytest_gameday_run_judged(checked: CheckedRun) -> None:
    """Called once for each run, after its verdicts and its score are in its folder."""
