"""What is ready to be copied into a CI: as far as a machine without one can tell, it runs."""

from __future__ import annotations

import fnmatch
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from gameday.cli import cli
from support.commands import AS_BELOW_GAMEDAY
from support.rows import rows

ROOT = Path(__file__).parents[2]
CI = ROOT / "docs" / "ci"
CONTRACTS = ROOT / "scenarios" / "gameday_scenarios" / "contracts"
BUNDLED = CONTRACTS / "closed-won-to-sales-order.crm.yaml"
HOOKS: list[dict[str, Any]] = yaml.safe_load((CI / "pre-commit-hooks.yaml").read_text())
GITHUB: dict[Any, Any] = yaml.safe_load((CI / "github-actions.yaml").read_text())
ACTION: dict[str, Any] = yaml.safe_load((CI / "action" / "action.yml").read_text())
DEPLOY: dict[Any, Any] = yaml.safe_load((CI / "github-deploy.yaml").read_text())
GITLAB: dict[str, Any] = yaml.safe_load((CI / "gitlab-ci.yaml").read_text())
#: Values that a CI sets itself.
SET_BY_THE_CI = {
    "CI_MERGE_REQUEST_DIFF_BASE_SHA": "0" * 40,
    "GITHUB_STEP_SUMMARY": "/dev/null",
    "BASE": "origin/main",
    "TARGET": "prod",
}


def github_scripts() -> Iterator[str]:
    """The scripts of the workflow, those of the action in the place where it is used."""
    for step in GITHUB["jobs"]["gate"]["steps"]:
        if step.get("uses", "").startswith("./"):
            yield from (each["run"] for each in ACTION["runs"]["steps"])
        elif "run" in step:
            yield step["run"]


def deploy_scripts() -> Iterator[str]:
    yield from (step["run"] for step in DEPLOY["jobs"]["deploy"]["steps"] if "run" in step)


def gitlab_scripts() -> Iterator[str]:
    job = GITLAB["gameday gate"]
    yield from (*job["before_script"], *job["script"], *job["after_script"])


def hook_scripts() -> Iterator[str]:
    for hook in HOOKS:
        yield hook["entry"] + ("" if hook.get("pass_filenames") is False else f" {shlex.quote(str(BUNDLED))}")


SCRIPTS = [*github_scripts(), *deploy_scripts(), *gitlab_scripts(), *hook_scripts()]
VARIABLES = {**GITHUB["jobs"]["gate"]["env"], **SET_BY_THE_CI}


def commands(text: str) -> list[list[str]]:
    """Every gameday command of a script or a page, its variables filled in."""
    joined = re.sub(r"\\\n\s*", " ", text)
    # What a script says only where a variable is set is an option with one value.
    joined = re.sub(r"\$\{[A-Z_]+:\+([^}]*)\}", r"\1", joined)
    filled = re.sub(r"\$\{?([A-Z_]+)\}?", lambda found: shlex.quote(VARIABLES.get(found[1], "x")), joined)
    lines = (line.strip() for line in filled.replace('"', "").splitlines())
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("gameday ")]


def parse(arguments: list[str]) -> None:
    """Let the command line read it, as far as to its last option, and do nothing."""
    command: click.Command | None = cli
    name = "gameday"
    while isinstance(command, click.Group):
        name, *arguments = arguments
        command = command.get_command(click.Context(command), name)
    assert command is not None, f"no command {name!r}"
    command.make_context(name, arguments, **AS_BELOW_GAMEDAY)


def documented() -> list[list[str]]:
    page = (ROOT / "docs" / "gate.md").read_text()
    shown = "\n".join(re.findall(r"^ {4}(gameday .*(?:\\\n.*)*)", page, re.MULTILINE))
    return commands(re.sub(r" {3,}[^-\n][^\n]*$", "", shown, flags=re.MULTILINE))


@rows("script", SCRIPTS)
def test_the_shell_can_read_each_script(script: str) -> None:
    read = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
    assert (read.returncode, read.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [each for script in SCRIPTS for each in commands(script)], ids=" ".join)
def test_the_command_line_takes_each_command(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAMEDAY_STACK_VERSION", "1")
    parse(arguments)


@rows("arguments", documented())
def test_the_command_line_takes_each_command_of_the_chapter(arguments: list[str]) -> None:
    parse(arguments)


def test_every_template_runs_the_gate() -> None:
    for scripts in (github_scripts(), gitlab_scripts()):
        assert [each[0] for script in scripts for each in commands(script)] == ["contract", "gate"]


def test_both_gates_compare_with_the_base_and_keep_the_version() -> None:
    for scripts in (github_scripts(), gitlab_scripts()):
        (gate,) = (each for script in scripts for each in commands(script) if each[0] == "gate")
        assert {"--base", "--records", "--stack"} <= set(gate)
    assert "GAMEDAY_STACK_VERSION" in GITHUB["jobs"]["gate"]["env"]
    assert "GAMEDAY_STACK_VERSION" in GITLAB["gameday gate"]["variables"]


def test_no_expression_of_github_is_made_part_of_a_script() -> None:
    assert [script for script in (*github_scripts(), *deploy_scripts()) if "${{" in script] == []


def test_no_template_uploads_what_a_stack_wrote() -> None:
    github = next(step["with"]["path"] for step in GITHUB["jobs"]["gate"]["steps"] if "upload-artifact" in str(step))
    uploaded = [*github.split(), *GITLAB["gameday gate"]["artifacts"]["paths"]]
    logs = ("runs/gates/g/candidate/stack.log", "runs/gates/g/runs/r/stack.log", "runs/gates/g/runs/r/history.jsonl")
    for pattern in uploaded:
        assert not pattern.endswith("/")
        assert [log for log in logs if fnmatch.fnmatch(log, pattern)] == []


def test_what_the_templates_upload_is_what_the_gate_writes() -> None:
    from gameday.model.gate_verdict import GateVerdict, Inputs
    from gameday_reports.gate import files_of

    written = set(files_of(GateVerdict(Inputs("f", 1, 1, "2026-01-01"), "passed", ())))
    text = "".join((CI / name).read_text() for name in ("github-actions.yaml", "action/action.yml", "gitlab-ci.yaml"))
    assert {"junit.xml", "gate.sarif", "gate.md", "code-quality.json"} <= written
    assert set(re.findall(r"runs/gates/\*+/(\S+\.(?:xml|json|md|sarif))", text)) <= written


def test_the_workflow_is_started_by_a_pull_request() -> None:
    # YAML 1.1 reads the key as a boolean.
    assert set(GITHUB[True]) == {"pull_request", "pull_request_review"}


def test_gitlab_gets_its_reports_whatever_the_verdict() -> None:
    artifacts = GITLAB["gameday gate"]["artifacts"]
    assert (artifacts["when"], set(artifacts["reports"])) == ("always", {"junit", "codequality"})


@rows("name", sorted(path.relative_to(CI).as_posix() for path in CI.rglob("*.y*ml")))
def test_no_template_names_a_host(name: str) -> None:
    assert "://" not in (CI / name).read_text()


@rows(
    ("path", "hooked"),
    [
        ("contracts/mine.crm.yaml", True),
        ("mine.erp.yaml", True),
        ("contracts/mine.yaml", False),
        ("mine.crm.yaml.bak", False),
    ],
)
def test_the_hook_is_for_contracts(path: str, hooked: bool) -> None:
    assert bool(re.search(HOOKS[0]["files"], path)) is hooked


def run_hook(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    entry = shlex.split(HOOKS[0]["entry"])
    command = [str(Path(sys.executable).parent / entry[0]), *entry[1:], *arguments]
    return subprocess.run(command, cwd=folder, text=True, capture_output=True, check=False)


@pytest.mark.slow
def test_the_hook_passes_a_good_contract(tmp_path: Path) -> None:
    done = run_hook(str(BUNDLED), folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_the_hook_fails_a_broken_contract_and_says_where(tmp_path: Path) -> None:
    for side in ("crm", "erp"):
        text = (CONTRACTS / f"closed-won-to-sales-order.{side}.yaml").read_text()
        (tmp_path / f"mine.{side}.yaml").write_text(text.replace("logicalType: string", "logicalType: text", 1))
    done = run_hook("mine.crm.yaml", folder=tmp_path)
    assert done.returncode != 0
    assert "mine.crm.yaml" in done.stdout + done.stderr
