"""Contracts are found wherever they are below a folder, and never in two places at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.contracts.compatibility.sources import find_files, read_flows
from gameday.contracts.folders import contract_folders, own_contracts
from support.rows import rows

BUNDLED = Path(__file__).parents[3] / "scenarios" / "gameday_scenarios" / "contracts"
FLOW = "closed-won-to-sales-order"


def put(folder: Path, name: str = "deals") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for side in ("crm", "erp"):
        (folder / f"{name}.{side}.yaml").write_bytes((BUNDLED / f"{FLOW}.{side}.yaml").read_bytes())
    return folder


def test_a_contract_in_a_nested_folder_is_found(tmp_path: Path) -> None:
    deep = put(tmp_path / "europe" / "sales")
    assert contract_folders([tmp_path])["deals"] == deep
    assert [flow.name for flow in read_flows(str(tmp_path))] == ["deals"]
    assert list(find_files([str(tmp_path)])) == [str(deep / "deals")]


@rows("hidden", [".git", "node_modules", ".venv/lib"])
def test_other_peoples_folders_are_not_searched(tmp_path: Path, hidden: str) -> None:
    put(tmp_path / hidden)
    assert own_contracts([tmp_path]) == {}


def test_a_flow_in_two_nested_folders_is_a_mistake(tmp_path: Path) -> None:
    put(tmp_path / "europe")
    put(tmp_path / "asia")
    for read in (lambda: own_contracts([tmp_path]), lambda: read_flows(str(tmp_path))):
        with pytest.raises(GamedayError, match=r"'deals' is in two folders: .*asia.* and .*europe"):
            read()


def test_a_flow_in_two_configured_folders_is_a_mistake(tmp_path: Path) -> None:
    folders = [put(tmp_path / "a"), put(tmp_path / "b")]
    with pytest.raises(GamedayError, match="is in two folders"):
        contract_folders(folders)


def test_the_same_folder_named_twice_is_one(tmp_path: Path) -> None:
    folder = put(tmp_path / "a")
    assert own_contracts([folder, tmp_path]) == {"deals": folder}


def test_a_contract_of_your_own_stands_in_for_the_bundled_one(tmp_path: Path) -> None:
    folder = put(tmp_path / "a", FLOW)
    assert contract_folders([folder])[FLOW] == folder
