"""A change is compared with every version that is still deployed, from git tags or from recorded deployments."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from planted import base

from gameday.base.errors import GamedayError
from gameday.cli import main
from gameday.contracts.compatibility.deployed import BREAKS_DEPLOYED, FindDeployed, tagged_versions
from gameday.contracts.compatibility.diff import FlowReview, compare_all
from gameday.scoring.results.deployments import contract_texts, record_deployment
from gameday.scoring.results.store import open_store

NOW = datetime(2026, 11, 30, tzinfo=UTC)
SEATS = base()["crm"].partition("      - name: seats\n")[2].partition("      - name: won\n")[0]
#: The number of seats was dropped in one release, and comes back in the next as a text.
DROPPED = ("      - name: seats\n" + SEATS, "")
FIRST = base()["crm"]
SECOND = FIRST.replace(*DROPPED).replace("version: 1.4.2", "version: 1.5.0")
THIRD = (
    FIRST.replace("logicalType: integer", "logicalType: string")
    .replace("logicalTypeOptions: {minimum: 1, format: i32}", "required: false")
    .replace("version: 1.4.2", "version: 1.6.0")
)


def git(*arguments: str) -> None:
    settings = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *settings, *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a tag for each of the first two versions."""
    folder = tmp_path_factory.mktemp("versions")
    git("init", "--quiet", str(folder))
    path = folder / "contracts" / "deals.crm.yaml"
    path.parent.mkdir()
    (path.parent / "deals.erp.yaml").write_text(base()["erp"])
    # By the mode of its side, old records must be readable in new code.
    (path.parent / "rules.yaml").write_text("modes: {crm: backward}\n")
    (folder / "gameday.toml").write_text('[contracts]\nfolders = ["contracts"]\n')
    for number, text in enumerate((FIRST, SECOND), start=1):
        path.write_text(text)
        git("-C", str(folder), "add", ".")
        git("-C", str(folder), "commit", "--quiet", "-m", f"version {number}")
        git("-C", str(folder), "tag", f"deals-{number}")
    return folder


@pytest.fixture
def contract(versions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The contract in a copy of the repository, with the third version in its work tree."""
    shutil.copytree(versions, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "contracts" / "deals.crm.yaml"
    path.write_text(THIRD)
    return path


def review(deployed: FindDeployed | None = None) -> FlowReview:
    [found] = compare_all("deals-2:deals", ".:deals", now=NOW, deployed=deployed)
    return found


def broken(found: FlowReview) -> list[tuple[str, str]]:
    return [(each.level, each.message) for each in found.violations if each.rule == BREAKS_DEPLOYED]


def test_what_breaks_no_last_version_may_break_one_that_is_still_deployed(contract: Path) -> None:
    assert not [each for each in review().violations if each.level == "error"]
    [(level, message)] = broken(review(lambda flow: tagged_versions("deals-*", flow)))
    assert level == "error"
    assert "seats" in message
    assert message.endswith("but the tag deals-1 is still deployed")


def test_a_declared_major_step_makes_it_a_warning(contract: Path) -> None:
    contract.write_text(THIRD.replace("version: 1.6.0", "version: 2.0.0"))
    assert [level for level, _ in broken(review(lambda flow: tagged_versions("deals-*", flow)))] == ["warning"]


@pytest.mark.parametrize("text", [SECOND, SECOND.replace("maximum: 10000000", "maximum: 1000")])
def test_what_an_earlier_change_broke_or_this_comparison_shows_is_not_stated_again(contract: Path, text: str) -> None:
    contract.with_name("rules.yaml").unlink()
    contract.write_text(text)
    assert broken(review(lambda flow: tagged_versions("deals-*", flow))) == []


def test_a_pattern_without_a_tag_is_a_mistake(contract: Path) -> None:
    with pytest.raises(GamedayError, match=r"no git tag fits 'deal-\*'"):
        tagged_versions("deal-*", "deals")
    assert tagged_versions("deals-*", "other") == ()


def test_the_newest_deployment_of_each_stack_is_still_deployed(
    contract: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store("results")
    for version, text in (("1.0", SECOND), ("2.0", FIRST)):
        contract.write_text(text)
        record_deployment(store, "prod", "stack", "mine", version, contract_texts(["deals"], [contract.parent]))
    contract.write_text(THIRD)
    command = ["contract", "diff", "deals-2:deals", ".:deals", "--results", "results", "--against"]
    with pytest.raises(SystemExit) as ended:
        main([*command, "deployed:prod"])
    assert ended.value.code == 1
    assert "but the contract of mine 2.0 in prod is still deployed" in capsys.readouterr().out
    for given, problem in (("prod", "bad value 'prod'"), ("deployed:test", "no deployment to 'test' is recorded")):
        with pytest.raises(SystemExit) as ended:
            main([*command, given])
        assert (ended.value.code, problem in capsys.readouterr().err) == (2, True)
