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
from gameday.contracts.compatibility.deployed import (
    BREAKS_DEPLOYED,
    UNREADABLE,
    FindDeployed,
    StillDeployed,
    tagged_versions,
)
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


@pytest.mark.slow
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
@pytest.mark.slow
def test_what_an_earlier_change_broke_or_this_comparison_shows_is_not_stated_again(contract: Path, text: str) -> None:
    contract.with_name("rules.yaml").unlink()
    contract.write_text(text)
    assert broken(review(lambda flow: tagged_versions("deals-*", flow))) == []


def test_a_pattern_without_a_tag_is_a_mistake(contract: Path) -> None:
    with pytest.raises(GamedayError, match=r"no git tag fits 'deal-\*'"):
        tagged_versions("deal-*", "deals")
    assert tagged_versions("deals-*", "other") == ()


def test_a_flow_that_a_pattern_names_may_have_no_tag_but_not_where_there_are_none(contract: Path) -> None:
    assert tagged_versions("{flow}-*", "other") == ()
    assert [each.where for each in tagged_versions("{flow}-1", "deals")] == ["the tag deals-1"]
    for tag in ("deals-1", "deals-2"):
        git("tag", "--delete", tag)
    with pytest.raises(GamedayError, match="a shallow clone has to fetch them first"):
        tagged_versions("{flow}-*", "other")


def test_a_tag_of_anything_but_a_commit_is_no_version_and_one_with_a_message_is(contract: Path) -> None:
    git("tag", "deals-blob", "HEAD:gameday.toml")
    git("tag", "deals-tree", "HEAD:contracts")
    git("tag", "--annotate", "--message", "as deployed", "deals-3", "deals-1")
    assert {each.where for each in tagged_versions("deals-*", "deals")} == {f"the tag deals-{n}" for n in "123"}


@pytest.mark.slow
def test_versions_that_are_the_same_are_compared_once_and_the_last_of_many_are_named(contract: Path) -> None:
    for number in range(10):
        git("tag", f"same-{number}", "deals-1")
    [(_, message)] = broken(review(lambda flow: tagged_versions("same-*", flow)))
    assert message.endswith("the tag same-7, the tag same-8, the tag same-9 and 5 more are still deployed")


def test_a_version_that_cannot_be_read_is_a_warning_and_the_others_are_compared(contract: Path) -> None:
    contract.write_text("schema: [\n")
    git("commit", "--quiet", "--all", "-m", "broken")
    git("tag", "deals-broken")
    git("checkout", "--quiet", "deals-2", "--", "contracts")
    contract.write_text(THIRD)
    found = review(lambda flow: tagged_versions("deals-*", flow)).violations
    [unread] = [each for each in found if each.rule == UNREADABLE]
    assert unread.level == "warning"
    assert unread.message.startswith("the tag deals-broken: the old version cannot be read, so nothing is compared")
    assert [each.level for each in found if each.rule == BREAKS_DEPLOYED] == ["error"]


def test_a_flow_that_is_new_in_the_base_is_compared_with_what_is_still_deployed(contract: Path) -> None:
    for path in (contract, contract.with_name("deals.erp.yaml")):
        git("rm", "--quiet", "--cached", str(path))
    git("commit", "--quiet", "-m", "withdrawn")
    for version, level in (("1.6.0", "error"), ("2.0.0", "warning")):
        contract.write_text(THIRD.replace("version: 1.6.0", f"version: {version}"))
        [found] = compare_all("HEAD:deals", "deals", folders=[contract.parent], now=NOW, deployed=first_version)
        assert {each_level for each_level, _ in broken(found)} == {level}


def first_version(flow: str) -> tuple[StillDeployed, ...]:
    return tagged_versions("deals-1", flow)


def test_the_configuration_says_what_is_still_deployed(contract: Path, capsys: pytest.CaptureFixture[str]) -> None:
    toml = Path("gameday.toml")
    toml.write_text(f'{toml.read_text()}against = ["tags:{{flow}}-*"]\n')
    with pytest.raises(SystemExit) as ended:
        main(["contract", "diff", "deals-2:deals", ".:deals"])
    assert ended.value.code == 1
    assert "but the tag deals-1 is still deployed" in capsys.readouterr().out
    toml.write_text(toml.read_text().replace("tags:", "tag:"))
    with pytest.raises(SystemExit) as ended:
        main(["contract", "diff", "deals-2:deals", ".:deals"])
    assert (ended.value.code, "bad value 'tag:{flow}-*' for against in [contracts]" in capsys.readouterr().err) == (
        2,
        True,
    )


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
