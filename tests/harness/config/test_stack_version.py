"""A run knows the version of its stack: from the command, the environment, or the stack's table."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gameday.base.errors import GamedayError
from gameday.commands.run import run as command
from gameday.config.gameday_toml import load_config
from gameday.config.stack_table import StackTable
from gameday.config.stack_version import check_version, stack_version
from gameday.model.scenario import Flow, Scenario
from gameday.model.settings import Settings
from gameday.run.plan import look_up
from gameday.scoring.run_folder import create
from support.commands import AS_BELOW_GAMEDAY
from support.rows import rows

SCENARIO = Scenario("s", Flow("salesforce", "netsuite", "closed-won-to-sales-order"), feature="a.feature")


def configured(folder: Path, version: str) -> Settings:
    path = folder / "gameday.toml"
    path.write_text(f'[stack.mine]\ncommand = ["true"]\nversion = "{version}"\n')
    return Settings(config=str(path))


def test_the_table_names_a_version(tmp_path: Path) -> None:
    assert look_up(SCENARIO, "mine", configured(tmp_path, "1.4.2")).table.version == "1.4.2"


def test_a_version_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_COMMIT", "8c9a60e")
    assert look_up(SCENARIO, "mine", configured(tmp_path, "v-${GIT_COMMIT}")).table.version == "v-8c9a60e"


def test_the_command_comes_before_the_table(tmp_path: Path) -> None:
    from msgspec.structs import replace

    settings = replace(configured(tmp_path, "1.4.2"), stack_version="2.0")
    assert look_up(SCENARIO, "mine", settings).table.version == "2.0"


def test_a_stack_needs_no_version() -> None:
    assert stack_version(StackTable("mine", ("true",))) == ""


@rows(
    ("version", "message"),
    [
        ("${NO_SUCH_VARIABLE}", "needs the environment variable 'NO_SUCH_VARIABLE', which is not set"),
        ("$", "bad template '$'"),
        ("a b", "is not a version"),
    ],
)
def test_a_version_that_cannot_be_resolved_is_one_line(version: str, message: str) -> None:
    with pytest.raises(GamedayError, match=r"'version' in \[stack\.mine\]") as caught:
        stack_version(StackTable("mine", ("true",), version=version))
    assert message in str(caught.value)


@rows("version", ["1.4.2", "8c9a60e", "main@8c9a60e", "2026-11-24/3", ""])
def test_versions_of_every_kind_are_taken(version: str) -> None:
    assert check_version(version, "here") == version


@rows("version", ["-rf", "a b", "a\nb", "$(x)", "x" * 129])
def test_a_version_has_no_characters_special_to_a_shell(version: str) -> None:
    with pytest.raises(GamedayError, match="is not a version"):
        check_version(version, "here")


def test_a_version_of_several_stacks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(
        command,
        ["--stack", "durable", "--stack", "brittle", "--stack-version", "1"],
        **AS_BELOW_GAMEDAY,
    )
    assert "belongs to one stack, not to 2: durable, brittle" in str(result.exception)


def test_the_command_that_repeats_a_run_names_its_version(tmp_path: Path) -> None:
    from gameday.contracts.odcs import load_contract

    contract = load_contract("closed-won-to-sales-order")
    run = create(tmp_path, stack="mine", scenario=SCENARIO, contract=contract, pace=60, stack_version="1.4.2")
    assert "--stack mine --seed 0 --stack-version 1.4.2" in run.info().replay
    assert run.info().stack_version == "1.4.2"


def test_a_runs_contract_has_the_registrys_owners(tmp_path: Path) -> None:
    made = look_up(SCENARIO, "durable", Settings())
    assert made.contract.owners["platform"] == "integration-platform"
    assert load_config().flows_file is None
