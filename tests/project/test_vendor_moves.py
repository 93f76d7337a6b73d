"""A vendor is its own files: without them everything else works as before, and with them again the vendor is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from gameday.config.features import bundled_features
from gameday.contracts.pair import bundled_pair
from gameday.model.settings import Settings, Target
from gameday.steps.planning import plan_scenarios
from gameday_fakes.manifests import bundled_folders, manifests

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PACKAGES = ("harness", "fakes", "reports", "scenarios")


class Copy:
    """The packages in a folder of their own, without the files of one vendor."""

    def __init__(self, folder: Path, vendor: str) -> None:
        self.folder = folder
        listed = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True)
        files = {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}
        # A contract is called by the vendor's name, a module by that of its package.
        named = (vendor, bundled_folders()[vendor].name)
        self.own = {name for name in files if any(each in name for each in named)} | own_features(vendor)
        self.add(files - self.own)

    def add(self, files: Iterable[str]) -> None:
        for name in files:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.folder / name)

    def plan(self, erp: str = "") -> subprocess.CompletedProcess[str]:
        """Plan the library with the packages of this folder."""
        asked = ["--erp", erp] if erp else []
        path = os.pathsep.join(str(self.folder / package) for package in PACKAGES)
        command = [
            sys.executable,
            "-c",
            "from gameday.cli import main; main()",
            "plan",
            "--stack",
            "durable",
            "--stack",
            "brittle",
            *asked,
        ]
        env = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, check=False)


def own_features(vendor: str) -> set[str]:
    """The features of the library about what this vendor alone has."""
    pair = bundled_pair()
    planned = plan_scenarios(bundled_features(), Settings(targets=(Target("durable", 1),), crm=pair.crm, erp=pair.erp))
    only = (f"it is a fault of {manifests()[vendor].words}", f"it is a setting of {manifests()[vendor].words}")
    features = {Path(outcome.feature).resolve() for outcome in planned if outcome.not_applicable.endswith(only)}
    return {feature.relative_to(ROOT).as_posix() for feature in features}


def test_business_central_goes_and_comes_with_its_own_files(tmp_path: Path) -> None:
    vendor = "business-central"
    copy = Copy(tmp_path, vendor)
    assert any("/contracts/" in name for name in copy.own) and any("/stacks/brittle/" in name for name in copy.own)
    without = copy.plan()
    assert without.returncode == 0, without.stdout + without.stderr
    asked = copy.plan(erp=vendor)
    assert asked.returncode == 2 and f"unknown ERP '{vendor}'" in asked.stdout + asked.stderr
    copy.add(copy.own)
    again = copy.plan(erp=vendor)
    assert again.returncode == 0, again.stdout + again.stderr
    assert f"{vendor} under" in again.stdout or f"from {vendor} to" in again.stdout
