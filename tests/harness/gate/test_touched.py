"""Which flows a change touches: its own, or all of them where nobody can tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.gate.touched import Touched, touched_flows


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    places = {"deals": tmp_path / "contracts", "renewals": tmp_path / "contracts" / "europe"}
    for name, place in places.items():
        place.mkdir(parents=True, exist_ok=True)
        for side in ("crm", "erp"):
            (place / f"{name}.{side}.yaml").touch()
    return places


def touched(tmp_path: Path, folders: dict[str, Path], *paths: str) -> Touched:
    recordings = {name: tmp_path / "recordings" / name for name in folders}
    return touched_flows(paths, folders, tmp_path, recordings)


@pytest.mark.parametrize(
    ("path", "flows"),
    [
        ("contracts/deals.crm.yaml", ["deals"]),
        ("contracts/europe/renewals.erp.yaml", ["renewals"]),
        ("contracts/sign-offs.yaml", ["deals"]),
        ("recordings/renewals/records.jsonl", ["renewals"]),
        ("sync/orders.py", ["deals", "renewals"]),
        ("gameday.toml", ["deals", "renewals"]),
        ("recordings/other.jsonl", ["deals", "renewals"]),
        ("README.md", []),
        ("docs/notes.txt", []),
        (".github/CODEOWNERS", []),
        ("elsewhere/deals.crm.yaml", []),
    ],
)
def test_each_kind_of_file_touches_its_flows(
    tmp_path: Path, folders: dict[str, Path], path: str, flows: list[str]
) -> None:
    assert list(touched(tmp_path, folders, path).flows) == flows


def test_a_flow_is_named_with_the_first_file_that_touches_it(tmp_path: Path, folders: dict[str, Path]) -> None:
    found = touched(tmp_path, folders, "sync/a.py", "contracts/deals.erp.yaml", "contracts/deals.crm.yaml")
    assert found.flows == {"deals": "contracts/deals.crm.yaml", "renewals": "sync/a.py"}


def test_a_contract_that_is_gone_is_removed(tmp_path: Path, folders: dict[str, Path]) -> None:
    found = touched(tmp_path, folders, "contracts/refunds.crm.yaml", "contracts/refunds.erp.yaml")
    assert found == Touched({}, ("refunds",))
