"""The faults of one vendor's own: ``durable`` passes their scenarios, and each has a planted bug that it catches."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.config.features import library
from gameday.model.checker import Result
from gameday.model.settings import Settings, Target
from gameday_fakes.manifests import of_role
from gameday_fakes.stacks.durable.bugs import CAUGHT_BY, ONLY
from support.simulated import Simulation

#: The bugs of vendors beside the bundled pair.
BUGS = sorted(bug for bug, vendor in ONLY.items() if vendor not in ("salesforce", "netsuite"))


def simulated(simulation: Simulation, stack: str, bug: str, runs: Path) -> set[str]:
    """The expectations that fail."""
    pair = {role: ONLY[bug] for role in ("crm", "erp") if ONLY[bug] in of_role(role)}
    settings = Settings(targets=(Target(stack, 1),), runs_dir=str(runs), control=False, **pair)
    found = simulation.run(library() / CAUGHT_BY[bug], settings)
    return {verdict.name for verdict in found.verdicts if verdict.result is Result.FAILED}


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
def test_the_scenario_of_a_vendors_fault_tells_the_bug_from_the_stack(
    bug: str, simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    assert simulated(simulation, "durable", bug, tmp_path) == set()
    assert simulated(simulation, f"durable+{bug}", bug, tmp_path) != set()
