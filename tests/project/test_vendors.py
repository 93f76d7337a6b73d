"""A CRM or an ERP is named in its own folders only, so that a new one touches no other place."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from gameday_fakes.manifests import bundled_folders, manifests, of_role
from support.rows import rows

ROOT = Path(__file__).parents[2]
PLACES = ("harness", "reports", "scenarios", "fakes/gameday_fakes")
#: The bundled stacks are what a customer would write: each speaks to one pair.
STACKS = "fakes/gameday_fakes/stacks/"
EXCEPTIONS = {
    "harness/gameday/config/isolation.py": "the guard before a deploy knows the variables of every vendor's clients",
    "reports/gameday_reports/postmortem/cures/catalogue.py": "the title of a vendor's guide is a source",
}
VENDORS = [*of_role("crm"), *of_role("erp")]


def named(vendor: str) -> re.Pattern[str]:
    """A vendor's name, however it is written: business-central, BusinessCentral, BUSINESS_CENTRAL, hub ?spot."""
    words = {vendor, *(manifests()[vendor].words, *manifests()[vendor].also_called)}
    return re.compile("|".join(r"[ _-]?[?*]?".join(map(re.escape, _parts(word))) for word in words), re.IGNORECASE)


def _parts(word: str) -> list[str]:
    """The words of a name: Business Central, HubSpot."""
    return re.split(r"[ _-]|(?<=[a-z])(?=[A-Z])", word)


def own_folders(vendor: str) -> tuple[str, ...]:
    """The folder of its fake, and that of what the harness does with it."""
    package = bundled_folders()[vendor].name
    return f"fakes/gameday_fakes/{package}/", f"harness/gameday/vendors/{package}/"


def modules() -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *PLACES]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in listed if name.endswith((".py", ".feature", ".jinja")) and (ROOT / name).is_file()]


MODULES = {name: (ROOT / name).read_text(encoding="utf-8") for name in modules()}


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.slow
def test_no_module_outside_its_folders_names_a_vendor(vendor: str) -> None:
    allowed = (*own_folders(vendor), STACKS)
    naming = {name for name, text in MODULES.items() if not name.startswith(allowed) and named(vendor).search(text)}
    assert naming - EXCEPTIONS.keys() == set()


@rows("text", ["hub ?spot", "HubSpot", "hub_spot", "HUBSPOT", "net ?suite", "Business Central", "s4hana"])
def test_a_name_is_seen_however_it_is_written(text: str) -> None:
    assert any(named(vendor).search(text) for vendor in VENDORS)


@rows("name", EXCEPTIONS)
def test_an_exception_is_still_needed(name: str) -> None:
    assert any(named(vendor).search(MODULES[name]) for vendor in VENDORS)


@rows("vendor", VENDORS)
def test_a_vendor_has_a_folder_of_its_own(vendor: str) -> None:
    fake, _ = own_folders(vendor)
    assert f"{fake}manifest.py" in MODULES


def test_the_harness_knows_no_vendor_without_a_fake() -> None:
    known = {own_folders(vendor)[1] for vendor in VENDORS}
    found = {f"{Path(name).parent}/" for name in MODULES if name.startswith("harness/gameday/vendors/")}
    assert found - {"harness/gameday/vendors/"} <= known
