"""The command line: every mistake is one line on standard error and exit code 2, and nothing has started by then."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from syrupy.assertion import SnapshotAssertion

from gameday.cli import COMMANDS, cli, main
from gameday.commands.expected import show_unexpected
from gameday.model.history import encode_line
from gameday.model.scenario import Expectation, Flow, Scenario
from gameday.scoring.run_folder import Run, create
from gameday.scoring.seal import seal
from gameday.steps.outcome import Outcome

FEATURE = """\
Feature: A feature
  Background:
    Given deals flow from "salesforce" to "netsuite" under the contract "closed-won-to-sales-order"
    And 12 deals are closed won at 120 per minute

  Scenario: Replies are lost
    When after 1 second the ERP suffers "reply lost after commit" for 20 seconds
    Then every deal is in the ERP exactly once within 2 minutes of the fix
"""


class Answer(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]

KINDS = [
    *("faults", "expectations", "workloads", "operations", "steps", "signals"),
    *("fakes", "stacks", "contracts", "scenarios"),
]


@pytest.fixture
def gameday(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, in a folder of its own that holds one good feature."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    # A session sets it for its workers; it is put back so that no other test sees it.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    Path("some.feature").write_text(FEATURE)

    def call(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Answer(ended.value.code, printed.out, printed.err)

    return call


@pytest.fixture
def run_dir(story: Any, tmp_path: Path) -> Path:
    """The folder of a recorded run in which one deal went well."""
    story.expectations = (Expectation("exactly once", {"within_s": 120.0}, "every deal is in the ERP exactly once"),)
    story.deal("006A").order("006A")
    case = story.case()
    run = create(tmp_path / "runs", stack="durable", scenario=case.scenario, contract=case.contract, pace=60)
    (run.dir / "history.jsonl").write_bytes(b"".join(map(encode_line, case.history)))
    run.write_ledgers(crm=case.crm, erp=case.erp, dead_letters=case.dead_letters)
    return run.dir


def assert_refused(answer: Answer, message: str) -> None:
    """The command ended with 2 and this one line."""
    assert answer.code == 2
    assert re.fullmatch(r"gameday: [^\n]+\n", answer.err), answer.err
    assert re.search(message, answer.err), answer.err
    assert answer.out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rnu",), r"unknown command 'rnu'; known: brief, .* \(did you mean 'run'\?\)"),
        (("run", "--runns", "x"), r"No such option '--runns'. Did you mean '--runs'\? \(see: gameday run --help\)"),
        (("run", "some.feature", "--stack", "brittel"), r"unknown stack 'brittel'; .*did you mean 'brittle'"),
        (("plan", "some.feature", "--stack", "nope"), r"unknown stack 'nope'; known: brittle"),
        (("doctor", "nope"), r"unknown stack 'nope'; known: brittle"),
        (("run", "nowhere"), r"no such file or folder: '.*nowhere'"),
        (("run", "."), r"unknown fault 'rate limits'; .*did you mean 'rate limit'"),
        (("run", "empty"), r"no scenario in .*empty \(features end in \.feature\)"),
        (("run", "some.feature", "--config", "torn.toml"), r"torn\.toml is not TOML"),
        (("run", "some.feature", "--config", "strange.toml"), r"unknown key 'pacee' in \[run\] of strange"),
        (("run", "some.feature", "--config", "nowhere.toml"), r"cannot read nowhere\.toml: No such file"),
        (("run", "some.feature", "--pace", "0"), r"'--pace': 0\.0 is not in the range"),
        (("run", "some.feature", "--pace", "fast"), r"'--pace': 'fast' is not a valid"),
        (("run", "some.feature", "--pace", "inf"), r"'--pace': inf is not in the range"),
        (("run", "some.feature", "--pace", "nan"), r"'--pace': nan is not a number"),
        (("run", "some.feature", "--seeds", "0"), r"'--seeds': 0 is not in the range"),
        (("run", "some.feature", "--deals", "nowhere.csv"), r"unknown deals file '.*nowhere\.csv'"),
        (("run", "some.feature", "--runs", "torn.toml"), r"'torn\.toml' is a file"),
        (("run", "some.feature", "--runs", "torn.toml/runs"), r"cannot make the folder '.*torn\.toml/runs': Not a dir"),
        (("check",), r"Missing argument 'RUN\.\.\.'"),
        (("check", "empty"), r"'empty' is not a run's folder \(`gameday list runs` names them\)"),
        (("report", "nowhere"), r"'nowhere' is not a run's folder"),
        (("list", "fakes", "zoho"), r"unknown fake 'zoho'; known: alertmanager, business-central, dataverse, email"),
        (("list", "faults", "rate limits"), r"unknown fault 'rate limits'; .* \(did you mean 'rate limit'\?\)"),
        (("list", "stacks", "mine"), r"unexpected argument 'mine' \(`gameday list stacks` takes no name\)"),
        (("list", "stacks", "--details"), r"--details of stacks is not possible \(only faults, expectations, "),
        (("list", "endpoints", "zoho"), r"unknown fake 'zoho'; known: alertmanager, business-central, dataverse"),
        (("list", "endpoints"), r"the name of a fake is missing \(`gameday list fakes` names them\)"),
        (("list", "fautls"), r"unknown kind 'fautls'; known: conditions, contracts, .* \(did you mean 'faults'\?\)"),
        (("init", "torn.toml"), r"torn\.toml exists already \(use --force to overwrite it\)"),
        (("init", "nowhere/gameday.toml"), r"cannot write nowhere/gameday\.toml: No such file"),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_a_mistake_is_one_line_and_exit_code_2(gameday: Command, arguments: tuple[str, ...], message: str) -> None:
    Path("empty").mkdir()
    Path("torn.toml").write_text("x = [")
    Path("strange.toml").write_text("[run]\npacee = 3\n")
    if arguments == ("run", "."):
        Path("unknown.feature").write_text(FEATURE.replace("reply lost after commit", "rate limits"))
    assert_refused(gameday(*arguments), message)
    assert not Path("runs").exists()


@pytest.mark.parametrize("command", ["plan", "run", "brief", "can-deploy"])
@pytest.mark.slow
def test_several_mistakes_are_a_line_each(gameday: Command, command: str) -> None:
    broken = FEATURE.replace("reply lost after commit", "rate limits").replace('"netsuite"', '"sap"')
    Path("some.feature").write_text(broken)
    version = ["--stack-version", "1"] if command == "can-deploy" else []
    answer = gameday(command, "some.feature", "--stack", "durable", *version)
    assert (answer.code, answer.out) == (2, "")
    flow, fault = answer.err.splitlines()
    assert flow.startswith("gameday: some.feature:3: unknown ERP 'sap'; known: business-central, netsuite")
    assert fault.startswith("gameday: some.feature:7: unknown fault 'rate limits'; known: ")
    assert not Path("runs").exists()


@pytest.mark.parametrize("command", ["check", "report"])
@pytest.mark.parametrize("name", ["scenario.json", "history.jsonl", "ledger.crm.json", "ledger.erp.json"])
def test_a_run_without_one_of_its_files_is_named_with_it(
    gameday: Command, run_dir: Path, command: str, name: str
) -> None:
    (run_dir / name).unlink()
    assert_refused(gameday(command, str(run_dir)), re.escape(name))


@pytest.mark.parametrize("command", ["check", "report"])
def test_a_truncated_ledger_is_named(gameday: Command, run_dir: Path, command: str) -> None:
    path = run_dir / "ledger.erp.json"
    path.write_bytes(path.read_bytes()[:-9])
    assert_refused(gameday(command, str(run_dir)), r"ledger\.erp\.json cannot be read: .*was it edited, or cut off\?")


@pytest.mark.parametrize("command", ["check", "report"])
def test_a_foreign_line_of_the_history_is_named_with_its_number(gameday: Command, run_dir: Path, command: str) -> None:
    path = run_dir / "history.jsonl"
    first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([first, '{"hello": "world"}', *rest]) + "\n")
    assert_refused(gameday(command, str(run_dir)), r"history\.jsonl.*2")


def test_checking_a_run_shows_each_verdict(gameday: Command, run_dir: Path) -> None:
    seal(run_dir, "run")
    answer = gameday("check", str(run_dir))
    verdicts = Run(run_dir).verdicts()[1]
    assert [line.split(maxsplit=1)[1].partition(":")[0] for line in answer.out.splitlines()] == [
        verdict.name for verdict in verdicts
    ]


def test_init_overwrites_a_file_with_force(gameday: Command) -> None:
    Path("gameday.toml").write_text("")
    assert gameday("init", "--force").code == 0
    assert "[stack.mine]" in Path("gameday.toml").read_text()


def test_what_init_writes_is_a_configuration(gameday: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS")
    gameday("init")
    assert "  mine " in gameday("list", "stacks").out


def test_plan_shows_the_scenario_and_starts_nothing(gameday: Command, snapshot: SnapshotAssertion) -> None:
    answer = gameday("plan", "some.feature")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == snapshot
    assert not Path("runs").exists()


def test_plan_shows_the_scenario_as_json(gameday: Command) -> None:
    answer = gameday("plan", "some.feature", "--json", "--seed", "5")
    assert json.loads(answer.out)["seed"] == 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("clock", "planned", "card"),
    [
        (
            "real",
            r"takes \d+ min( \d+ s)? at pace 1\n",
            r"after at most \d+ min( \d+ s)? of real time.*--pace 1 ",
        ),
        ("own", r"takes [\d.]+ s at pace 60\n", r"after at most [\d.]+ s of real time.*--pace 60 "),
    ],
)
def test_plan_and_brief_estimate_with_the_pace_that_the_stack_follows(
    gameday: Command, clock: str, planned: str, card: str
) -> None:
    command = '["sync", "{pace}"]' if clock == "own" else '["sync"]'
    Path("gameday.toml").write_text(f'[stack.mine]\ncommand = {command}\nclock = "{clock}"\n')
    for command, expected in (("plan", planned), ("brief", card)):
        answer = gameday(command, "some.feature", "--stack", "mine", "--pace", "60")
        assert answer.code == 0, answer.err
        assert re.search(expected, answer.out, re.DOTALL), answer.out
        assert answer.err == ("mine: its runs go at pace 1, not 60: [stack.mine] says so\n" if clock == "real" else "")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.slow
def test_everything_that_is_listed_has_a_line(gameday: Command, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS")
    answer = gameday("list", kind)
    assert answer.code == 0
    assert all(re.match(r"  \S.*  \S", line) for line in answer.out.splitlines()), answer.out


@pytest.mark.parametrize(
    ("fake", "section", "rows"),
    [
        ("salesforce", "business operations", ["close_deal", "amend_deal", "void_deal"]),
        ("salesforce", "objects", ["Opportunity", "OpportunityLineItem"]),
        ("salesforce", "settings", ["outbound_url"]),
        ("netsuite", "operations", ["order.write", "invoice.write"]),
        ("netsuite", "errors", ["locked", "closed_period"]),
        ("netsuite", "fault kinds", ["http", "lock_record", "half_write"]),
        ("pagerduty", "fault kinds", ["http"]),
    ],
)
def test_a_fake_is_listed_with_all_that_it_knows(gameday: Command, fake: str, section: str, rows: list[str]) -> None:
    listed = dict(json.loads(gameday("list", "fakes", fake, "--json").out)[section])
    assert set(rows) <= set(listed)
    text = gameday("list", "fakes", fake).out
    assert f"{section}\n" in text
    assert all(f"\n  {row}" in text for row in rows)


@pytest.mark.slow
def test_a_fault_is_shown_in_full_with_what_each_vendor_takes(gameday: Command) -> None:
    text = gameday("list", "faults", "rate limit").out
    assert "  share: number; 0 to 1, or a percentage; default 1.0\n" in text
    assert re.search(r"\n    netsuite: \*, .* and \d+ more \(--json\)\n", text.replace("\n      ", " "))
    assert 'When after 2 minutes the ERP suffers "rate limit" for 4 minutes' in text
    (fault,) = json.loads(gameday("list", "faults", "rate limit", "--json").out)["faults"]
    assert "order.write" in fault["parameters"][0]["allowed"]["netsuite"]


def test_the_endpoints_of_a_fake_are_listed_with_what_it_leaves_out(gameday: Command) -> None:
    listed = json.loads(gameday("list", "endpoints", "salesforce", "--json").out)
    served, left_out = dict(listed["endpoints"]), dict(listed["absent"])
    assert served["PUT /services/data/{version}/jobs/ingest/{job}/batches"].startswith("[bulk.write] ")
    assert left_out["/services/data/{version}/tooling"].startswith("Tooling API: ")
    assert [name for name, _ in listed["endpoints"]] == sorted(served, key=lambda name: name.split()[::-1])
    assert "SOAP web services" in gameday("list", "endpoints", "netsuite").out
    assert "absent" not in gameday("list", "endpoints", "pagerduty").out


def test_a_kind_is_listed_as_json(gameday: Command) -> None:
    assert ["amended", "[amend_deal] One line is bought in another quantity, at the same unit price."] in (
        json.loads(gameday("list", "operations", "--json").out)["operations"]
    )


def result(outcome: str, *tags: str, **more: Any) -> Outcome:
    """An outcome of the durable stack."""
    scenario = Scenario("Orders are late", Flow("salesforce", "netsuite", "contract"), tags=tags)
    return Outcome("Orders are late", "f", "durable", 1, outcome, planned=scenario, **more)


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (result("passed"), ""),
        (result("failed", "fails:durable"), ""),
        (result("inconclusive", "inconclusive:durable"), ""),
        (result("failed", "fails:brittle"), "durable: Orders are late: failed, but expected to pass\n"),
        (result("passed", "fails:durable"), "durable: Orders are late: passed, but expected to fail\n"),
        (result("not applicable", not_applicable="it makes no batch calls"), ""),
        (result("not applicable", "fails:durable", not_applicable="it makes no batch calls"), ""),
        (
            result("not run", "inconclusive:durable", problem="no fakes"),
            "durable: Orders are late: not run, but expected to be inconclusive: no fakes\n",
        ),
    ],
)
def test_a_result_that_is_not_the_expected_one_is_shown(
    outcome: Outcome, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_unexpected([outcome]) == (1 if message else 0)
    assert capsys.readouterr().err == message


def test_there_is_nothing_to_heal_where_nothing_ran(gameday: Command) -> None:
    assert gameday("heal") == (0, "nothing to heal in runs\n", "")


def test_a_healthy_run_is_left_alone_by_heal(gameday: Command, run_dir: Path) -> None:
    assert gameday("heal", "--runs", str(run_dir.parent)).out == f"nothing to heal in {run_dir.parent}\n"


def test_without_a_command_the_help_is_shown(gameday: Command) -> None:
    answer = gameday()
    assert answer.code == 2
    assert answer.err.startswith("Usage: gameday")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help(gameday: Command, command: str, snapshot: SnapshotAssertion) -> None:
    answer = gameday(*command.split(), "--help")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == snapshot


def options_of(command: click.Command, path: str) -> Iterator[tuple[str, click.Parameter]]:
    """Every option of a command and of those below it."""
    for parameter in command.params:
        yield f"{path} {parameter.name}", parameter
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from options_of(below, f"{path} {name}")


def test_no_option_takes_a_number_without_a_limit() -> None:
    for name, option in options_of(cli, "gameday"):
        if isinstance(option.type, click.types.IntParamType):
            assert getattr(option.type, "max", None) is not None, name
