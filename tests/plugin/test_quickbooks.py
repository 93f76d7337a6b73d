"""Another package brings QuickBooks Online as an ERP, with a contract and a sync of its own, and runs a game day."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from plugin.test_plugin import Command, command, imports, install

PACKAGE = Path(__file__).parent / "quickbooks"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the package."""
    return install(PACKAGE, tmp_path_factory)


@pytest.fixture
def gameday(installed: Path, tmp_path: Path) -> Command:
    """The command line in a copy of the package's game day, where the package is installed."""
    return command(shutil.copytree(PACKAGE / "gameday", tmp_path / "gameday"), installed)


def test_the_package_imports_nothing_of_gameday_but_its_api() -> None:
    found = {name for file in PACKAGE.rglob("*.py") for name in imports(file)}
    assert {name for name in found if name.startswith("gameday")} == {"gameday.api"}


@pytest.mark.slow
def test_the_vendor_is_listed_and_its_flow_is_planned_under_its_own_contract(gameday: Command) -> None:
    listed = gameday("list", "fakes", "quickbooks-online")
    assert "bad_amount" in listed.stdout, listed.stderr
    planned = gameday("plan", "features", "--stack", "quickbooks_sync")
    assert planned.returncode == 0, planned.stderr
    flow = (
        "Deals flow from salesforce to quickbooks-online under closed-won-to-sales-order.salesforce.quickbooks-online."
    )
    assert flow in " ".join(planned.stdout.split())


@pytest.mark.slow
def test_the_sync_passes_and_the_careless_one_bills_twice(gameday: Command) -> None:
    done = gameday("run", "features", "--as-expected", "-j", "1")
    assert done.returncode == 0, done.stdout + done.stderr
