"""Whether a version may be deployed: only what was found on it, under today's contract, scenario and rubric, counts."""

from __future__ import annotations

import datetime
import json
import shlex
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from gameday.base.errors import GamedayError
from gameday.commands.can_deploy import can_deploy as command
from gameday.commands.can_deploy import sentence
from gameday.commands.run import run as run_command
from gameday.model.scenario import Scenario
from gameday.scoring.deployment import Answer, Question, can_deploy
from gameday.scoring.run_folder import CheckedRun, Run, create
from gameday.scoring.score import score
from gameday.scoring.seal import Seal
from support.commands import AS_BELOW_GAMEDAY
from support.story import Story

VERSION = "1.4.2"


class Environment:
    """Recorded runs of one scenario, without a run: only what they came to."""

    def __init__(self, case: Any, folder: Path) -> None:
        self.case = case
        self.scenario: Scenario = case.scenario
        self.contract = case.contract
        self.runs = folder
        self.number = 0

    def run(
        self, result: str = "passed", *, stack: str = "mine", version: str = VERSION, seed: int = 1, **changed: Any
    ) -> Run:
        """A run a minute later than the one before."""
        self.number += 1
        scenario = msgspec.structs.replace(changed.get("scenario", self.scenario), seed=seed)
        run = create(
            self.runs,
            stack=stack,
            scenario=scenario,
            contract=changed.get("contract", self.contract),
            pace=60,
            now=datetime.datetime(2026, 11, 24, 12, self.number, tzinfo=datetime.UTC),
            stack_version=version,
        )
        (run.dir / "verdicts.json").write_text(json.dumps({"result": result, "verdicts": []}))
        return run

    def gate(self, result: str, *, digest: str = "", version: str = VERSION, name: str = "g1") -> None:
        """A run of the gate."""
        inputs = {
            "flow": self.contract.name,
            "seed": 3,
            "sample": 500,
            "contracts": {"candidate": {"version": "1.0.0", "digest": digest or self.contract.digest}},
            "stacks": {"candidate": {"name": "mine", "version": version, "digest": "d"}},
        }
        folder = self.runs / "gates" / name
        folder.mkdir(parents=True)
        content = {"inputs": inputs, "result": result, "started": f"2026-11-24T12:00:00+00:00 {name}"}
        (folder / "gate.json").write_text(json.dumps(content))

    def ask(self, *, seeds: int = 1, **more: Any) -> Answer:
        """The answer for the version of all tests."""
        contracts = {self.contract.name: self.contract}
        return can_deploy(Question("mine", VERSION, (self.scenario,), contracts, seeds, **more), self.runs)


def as_written(run: Run) -> CheckedRun:
    """In place of judging again: these runs have no records to be judged by."""
    result, verdicts = run.verdicts()
    path = run.dir / "scorecard.json"
    card = run.scorecard() if path.exists() else score(Story().deal("006A").order("006A").case())
    return CheckedRun(run.dir, result, verdicts, card)


@pytest.fixture(autouse=True)
def _as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sealed, and what it comes to, is in test_seal.py."""
    monkeypatch.setattr("gameday.scoring.deployment.judge_run", as_written)
    monkeypatch.setattr("gameday.scoring.deployment.verify", lambda _, **__: Seal("intact"))


@pytest.fixture
def environment(story: Any, tmp_path: Path) -> Environment:
    return Environment(story.deal("006A").order("006A").case(), tmp_path / "runs")


def ignored(answer: Answer) -> list[str]:
    return [run.ignored for cell in answer.cells for run in cell.runs]


def test_a_passed_run_of_each_scenario_is_a_yes(environment: Environment) -> None:
    environment.run("passed")
    assert environment.ask().decision == "yes"


def test_a_failed_run_is_a_no(environment: Environment) -> None:
    environment.run("failed")
    assert environment.ask().decision == "no"


def test_one_failed_seed_outweighs_any_number_of_passed_ones(environment: Environment) -> None:
    environment.run("failed", seed=1)
    for seed in (2, 3, 4):
        environment.run("passed", seed=seed)
    assert environment.ask().decision == "no"


def test_without_a_run_the_answer_is_inconclusive(environment: Environment) -> None:
    assert environment.ask().decision == "inconclusive"


def test_an_inconclusive_run_leaves_a_gap_that_a_command_fills(environment: Environment) -> None:
    environment.run("inconclusive", seed=1)
    answer = environment.ask()
    assert (answer.decision, answer.cells[0].missing_seeds) == ("inconclusive", (1,))


def test_an_unfinished_run_is_inconclusive(environment: Environment) -> None:
    (environment.run().dir / "verdicts.json").unlink()
    assert environment.ask().decision == "inconclusive"


@pytest.mark.parametrize("changed", [{"stack": "other"}, {"version": "1.4.1"}, {"version": ""}])
def test_a_run_of_another_version_does_not_count(environment: Environment, changed: dict[str, str]) -> None:
    environment.run("failed", **changed)
    answer = environment.ask()
    assert (answer.decision, answer.cells[0].runs) == ("inconclusive", ())


def test_a_run_under_another_state_of_the_contract_is_shown_and_does_not_count(environment: Environment) -> None:
    environment.run("failed", contract=msgspec.structs.replace(environment.contract, digest="old"))
    answer = environment.ask()
    assert (answer.decision, ignored(answer)) == ("inconclusive", ["another state of the contract"])


def test_a_run_of_another_state_of_the_scenario_is_shown_and_does_not_count(environment: Environment) -> None:
    environment.run("passed", scenario=msgspec.structs.replace(environment.scenario, recovery_s=1.0))
    answer = environment.ask()
    assert (answer.decision, ignored(answer)) == ("inconclusive", ["another state of the scenario"])


def test_of_equal_runs_the_newest_counts_and_all_are_shown(environment: Environment) -> None:
    environment.run("failed", seed=1)
    environment.run("passed", seed=1)
    answer = environment.ask()
    assert (answer.decision, ignored(answer)) == ("yes", ["", "run again since"])


def test_a_newer_run_that_does_not_count_replaces_no_other(environment: Environment) -> None:
    environment.run("passed", seed=1)
    environment.run("passed", seed=1, contract=msgspec.structs.replace(environment.contract, digest="next"))
    assert environment.ask().decision == "yes"


def test_as_many_seeds_as_asked_for_must_pass(environment: Environment) -> None:
    environment.run("passed", seed=2)
    answer = environment.ask(seeds=3)
    assert (answer.decision, answer.cells[0].missing_seeds) == ("inconclusive", (1, 3))


def test_a_gap_comes_with_the_command_that_fills_it(environment: Environment) -> None:
    environment.scenario = msgspec.structs.replace(environment.scenario, feature="my features/a.feature")
    answer = environment.ask(seeds=3, options=("--runs", "my runs"))
    assert answer.commands == (
        "gameday run 'my features/a.feature' --stack mine --stack-version 1.4.2 --seed 1 --seeds 3 --runs 'my runs'",
    )


def test_a_command_that_fills_a_gap_is_one_that_the_command_line_takes(environment: Environment) -> None:
    (line,) = environment.ask(seeds=2).commands
    _, name, *arguments = shlex.split(line)
    assert name == "run"
    run_command.make_context("run", arguments, **AS_BELOW_GAMEDAY)


def test_seeds_that_are_not_in_a_row_take_a_command_each(environment: Environment) -> None:
    environment.run("passed", seed=2)
    assert [line.partition("--seed")[2] for line in environment.ask(seeds=3).commands] == [" 1", " 3"]


def test_a_no_needs_no_command(environment: Environment) -> None:
    environment.run("failed")
    assert environment.ask(seeds=3).commands == ()


def test_a_torn_run_does_not_count(environment: Environment) -> None:
    (environment.run("failed").dir / "scenario.json").write_text("{")
    assert environment.ask().decision == "inconclusive"


def test_without_a_scenario_there_is_no_answer(environment: Environment) -> None:
    with pytest.raises(GamedayError, match="no scenario to answer from"):
        can_deploy(Question("mine", VERSION, (), {}), environment.runs)


# -- the gate ----------------------------------------------------------------------------------------


def test_a_version_that_the_gate_refused_is_a_no(environment: Environment) -> None:
    environment.run("passed")
    environment.gate("failed")
    assert environment.ask().decision == "no"


def test_the_newest_run_of_the_gate_counts(environment: Environment) -> None:
    environment.run("passed")
    environment.gate("failed", name="g1")
    environment.gate("passed", name="g2")
    assert environment.ask().decision == "yes"


@pytest.mark.parametrize("changed", [{"digest": "old"}, {"version": "1.4.1"}])
def test_a_gate_run_of_another_contract_or_version_does_not_count(
    environment: Environment, changed: dict[str, str]
) -> None:
    environment.run("passed")
    environment.gate("failed", **changed)
    assert environment.ask(gate_required=True).decision == "inconclusive"


def test_the_gate_is_asked_for_only_where_it_is_required(environment: Environment) -> None:
    environment.run("passed")
    assert environment.ask().decision == "yes"
    answer = environment.ask(gate_required=True)
    assert answer.decision == "inconclusive"
    assert answer.commands[0].startswith("gameday gate --contract closed-won-to-sales-order --stack mine")


def test_a_run_of_the_gates_own_game_day_counts(environment: Environment) -> None:
    top = environment.runs
    environment.runs = top / "gates" / "g1" / "runs"
    environment.run("passed")
    environment.runs = top
    assert environment.ask().decision == "yes"


def test_a_torn_gate_folder_does_not_count(environment: Environment) -> None:
    environment.run("passed")
    environment.gate("failed")
    (environment.runs / "gates" / "g1" / "gate.json").write_text("{")
    assert environment.ask().decision == "yes"


# -- the command -------------------------------------------------------------------------------------

FEATURE = """\
Feature: A feature
  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 12 deals are closed won at 120 per minute

  @gate
  Scenario: Replies are lost
    When after 1 second the ERP suffers "reply lost after commit" for 20 seconds
    Then every deal is in the ERP exactly once within 2 minutes of the fix

  Scenario: Records are locked
    When after 1 second the ERP suffers "record lock" for 20 seconds
    Then every deal is in the ERP exactly once within 2 minutes of the fix
"""

Call = Callable[..., Any]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """The command on a feature of two scenarios and a folder of runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    Path("a.feature").write_text(FEATURE)

    def invoke(*arguments: str, stack: str = "durable") -> Any:
        common = ["a.feature", "--stack", stack, "--stack-version", VERSION]
        return CliRunner().invoke(command, [*common, *arguments], standalone_mode=False, **AS_BELOW_GAMEDAY)

    return invoke


def record(result: str, scenario_name: str = "") -> None:
    """A run of each planned scenario, or of one."""
    from gameday.contracts.odcs import load_contract
    from gameday.model.settings import Settings, Target
    from gameday.steps.planning import plan_scenarios

    for outcome in plan_scenarios([Path("a.feature")], Settings(mode="plan", targets=(Target("durable", 1),))):
        scenario = outcome.planned
        assert scenario is not None
        if scenario_name in ("", scenario.name):
            contract = load_contract(scenario.flow.contract)
            run = create(
                Path("runs"), stack="durable", scenario=scenario, contract=contract, pace=60, stack_version=VERSION
            )
            (run.dir / "verdicts.json").write_text(json.dumps({"result": result, "verdicts": []}))


@pytest.mark.slow
@pytest.mark.parametrize(("result", "code"), [("passed", 0), ("failed", 1), ("inconclusive", 3)])
def test_the_exit_code_is_the_answer(call: Call, result: str, code: int) -> None:
    record(result)
    assert call().return_value == code


@pytest.mark.slow
def test_only_the_scenarios_of_a_tag_are_asked_for(call: Call) -> None:
    record("passed", "Replies are lost")
    assert call("--scenarios", "@gate").return_value == 0
    assert call().return_value == 3


@pytest.mark.slow
def test_the_printed_answer_names_scenarios_runs_and_commands(call: Call) -> None:
    record("passed", "Replies are lost")
    output = call().stdout
    assert "Records are locked" in output
    assert "passed, seed 1" in output
    assert "    gameday run a.feature --stack durable --stack-version 1.4.2 --seed 1\n" in output


@pytest.mark.slow
def test_json_is_the_whole_answer(call: Call) -> None:
    record("passed")
    answer = json.loads(call("--format", "json").stdout)
    assert (answer["decision"], [cell["decision"] for cell in answer["cells"]]) == ("yes", ["yes", "yes"])


@pytest.mark.slow
def test_annotations_are_one_line_each(call: Call) -> None:
    record("failed", "Replies are lost")
    lines = call("--format", "github").stdout.splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::warning", "::error"]
    assert "%0Agameday run a.feature" in lines[-1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (("--scenarios", "gaet"), "unknown tag 'gaet'; known: all, gate"),
        (("--contract", "closed"), "unknown contract 'closed'"),
        (("--contract-version", "9.9.9"), "has the version '1.0.0' today, not '9.9.9'"),
        (("--stack-version", "a b"), "'a b', --stack-version, is not a version"),
        (("--stack-version", ""), "--stack-version is empty (is a variable not set?)"),
    ],
)
def test_a_mistake_is_one_line(call: Call, arguments: tuple[str, ...], output: str) -> None:
    result = call(*arguments)
    assert isinstance(result.exception, GamedayError)
    assert output in str(result.exception)


def test_an_unknown_stack_is_reported(call: Call) -> None:
    assert "unknown stack 'durabel'" in str(call(stack="durabel").exception)


def test_a_pass_in_which_a_fault_did_not_take_effect_does_not_count(environment: Environment) -> None:
    run = environment.run("passed")
    card = score(environment.case)
    assert environment.ask().decision == "yes"
    (run.dir / "scorecard.json").write_bytes(
        msgspec.json.encode(msgspec.structs.replace(card, ineffective=("record lock",)))
    )
    assert environment.ask().decision == "inconclusive"


def test_what_does_not_apply_to_the_stack_is_counted_apart(environment: Environment) -> None:
    environment.run("passed")
    answer = environment.ask(not_applicable=("A batch fails",))
    assert (answer.decision, answer.not_applicable) == ("yes", ("A batch fails",))
    assert sentence(answer) == "yes: mine 1.4.2 passed the only scenario; 1 not applicable"


def test_what_only_the_gate_runs_is_asked_of_the_gate(environment: Environment) -> None:
    answer = environment.ask(seeds=2, through_gate=frozenset({environment.contract.name}))
    assert answer.decision == "inconclusive"
    assert [shlex.split(each)[:4] for each in answer.commands] == [
        ["gameday", "gate", "--contract", environment.contract.name]
    ] * 2
    assert ["--seed 1" in answer.commands[0], "--seed 2" in answer.commands[1]] == [True, True]
    environment.run("passed")
    assert environment.ask(through_gate=frozenset({environment.contract.name})).commands == ()


@pytest.mark.slow
def test_a_contract_that_no_feature_names_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    Path("contracts").mkdir()
    for side in ("crm", "erp"):
        bundled = resources.files("gameday_scenarios").joinpath(f"contracts/closed-won-to-sales-order.{side}.yaml")
        (Path("contracts") / f"deals.{side}.yaml").write_text(bundled.read_text())
    Path("gameday.toml").write_text('[contracts]\nfolders = ["contracts"]\n')
    common = ["--stack", "durable", "--stack-version", VERSION, "--runs", "runs", "--format", "json"]
    asked = CliRunner().invoke(command, ["--contract", "deals", *common], standalone_mode=False, **AS_BELOW_GAMEDAY)
    answer = json.loads(asked.output)
    assert answer["decision"] == "inconclusive"
    assert {cell["contract"] for cell in answer["cells"]} == {"deals"}
    assert all(each.startswith("gameday gate --contract deals") for each in answer["commands"])
    unknown = CliRunner().invoke(command, ["--contract", "dealz", *common], standalone_mode=False, **AS_BELOW_GAMEDAY)
    assert "unknown contract 'dealz'" in str(unknown.exception)
