"""Which flows a change touches: its own, or all of them where nobody can tell."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import gameday_scenarios
from gameday.cli import main
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


@pytest.mark.slow
def test_the_gates_of_several_flows_run_side_by_side_with_one_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    bundled = Path(gameday_scenarios.__path__[0]) / "contracts"
    (tmp_path / "contracts").mkdir()
    (tmp_path / "gameday.toml").write_text('[contracts]\nfolders = ["contracts"]\n')
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    for flow in ("deals", "renewals"):
        for side in ("crm", "erp"):
            shutil.copy(
                bundled / f"closed-won-to-sales-order.{side}.yaml", tmp_path / "contracts" / f"{flow}.{side}.yaml"
            )
        (tmp_path / f"{flow}.jsonl").write_text('{"Opportunity": {"Id": 1}}\n')
    for arguments in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "-m", "a")):
        subprocess.run([*git, *arguments], check=True)
    (tmp_path / "sync.py").touch()
    options = ["--records", "{flow}.jsonl", "--stack", "durable", "--features", "none", "--network", "proxy", "-j", "2"]
    with pytest.raises(SystemExit) as ended:
        main(["gate", "--changed", "--base", "HEAD", *options])
    shown = capsys.readouterr().out
    assert ended.value.code == 1
    assert [line for line in shown.splitlines() if "touched by" in line] == [
        "deals, touched by sync.py:",
        "renewals, touched by sync.py:",
    ]
    assert shown.count("failed   records:") == 2
    comment = (tmp_path / "runs" / "gates" / "comment.md").read_text()
    assert "deals" in comment
    assert "renewals" in comment
