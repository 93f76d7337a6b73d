"""``gameday can-deploy``: whether the recorded runs allow a version to be deployed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gameday.base.counts import every
from gameday.base.terminal import console, show, show_json
from gameday.commands.options import config_option, pair_options, paths_argument, results_option, runs_option

if TYPE_CHECKING:
    from gameday.config.gameday_toml import Config
    from gameday.model.contract import Contract
    from gameday.model.scenario import Scenario
    from gameday.model.settings import Settings
    from gameday.scoring.deployment import Answer, Cell, Question, RunSummary

#: Width of the table where there is no terminal.
PAPER_WIDTH = 132


@click.command("can-deploy")
@paths_argument()
@click.option("--stack", required=True, help="Stack that is to be deployed.")
@click.option("--stack-version", envvar="GAMEDAY_STACK_VERSION", required=True, help="Its version.")
@click.option("--contract", "contract_name", help="Only scenarios under this contract.  [default: all]")
@click.option("--contract-version", help="Refuse to answer for any other version of the contract.")
@click.option("--scenarios", default="all", show_default=True, help="Only scenarios with this tag.")
@click.option(
    "--seeds",
    type=click.IntRange(1, 10_000),
    default=1,
    show_default=True,
    help="Seeds that must have passed.",
)
@click.option("--require-gate", is_flag=True, help="Inconclusive unless the version went through `gameday gate`.")
@click.option("--to", "environment", help="Environment: whether the version may meet what runs there.")
@click.option("--first", is_flag=True, help="Nothing of these flows runs in the environment yet.")
@click.option(
    "--require", "checks", multiple=True, help="Recorded check that must have passed: canary, reconciliation:staging."
)
@click.option("--keep", is_flag=True, help="Keep the runs and gates of this version in the store of results.")
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
@pair_options()
@results_option()
@runs_option()
@config_option()
def can_deploy(
    paths: tuple[Path, ...],
    stack: str,
    stack_version: str,
    contract_name: str | None,
    contract_version: str | None,
    scenarios: str,
    seeds: int,
    require_gate: bool,
    environment: str | None,
    first: bool,
    checks: tuple[str, ...],
    keep: bool,
    form: str,
    crm: str,
    erp: str,
    results: str | None,
    runs_dir: Path | None,
    config: Path | None,
) -> int:
    """Say from the recorded runs whether a version of a stack can be deployed.

    PATHS are the features that must have passed; without any, the bundled library. Only runs of this version count,
    with today's contract, scenario and rubric; also those that an earlier job has kept in the store of results. For a
    contract that no feature names, those are the @gate scenarios of the library, which `gameday gate` runs under it.
    Exits 0 for yes, 1 for no, 3 if the runs do not decide it.
    """
    from gameday.base.errors import GamedayError
    from gameday.config.gameday_toml import load_config
    from gameday.config.stack_version import check_version
    from gameday.contracts.pair import check_pair
    from gameday.scoring import deployment

    configured = load_config(config)
    version = check_version(stack_version, "--stack-version")
    if not version:
        raise GamedayError("--stack-version is empty", hint="is a variable not set?")
    check_pair(crm, erp)
    settings = _settings(stack, version, config, crm, erp)
    chosen, not_applicable, through_gate = _scenarios(paths, settings, scenarios, contract_name, configured)
    given = (("--runs", runs_dir), ("--config", config), ("--crm", crm), ("--erp", erp))
    options = tuple(part for name, value in given if value for part in (name, str(value)))
    question = deployment.Question(
        stack=stack,
        version=version,
        scenarios=tuple(chosen),
        contracts=_contracts(chosen, configured, contract_version),
        seeds=seeds,
        gate_required=require_gate,
        options=options,
        not_applicable=tuple(not_applicable),
        through_gate=through_gate,
    )
    here = runs_dir or configured.runs_dir
    if results is not None or configured.results or environment or checks or keep or first:
        answer = _with_results(question, here, configured, results, environment, checks, keep=keep, first=first)
    else:
        answer = deployment.can_deploy(question, here)
    {"text": _show, "json": _json, "github": _github}[form](question, answer)
    return deployment.EXIT_CODES[answer.decision]


def _settings(stack: str, version: str, config: Path | None, crm: str, erp: str) -> Settings:
    from gameday.model.settings import Settings, Target

    return Settings(
        mode="plan",
        targets=(Target(stack, 1),),
        config=str(config.resolve()) if config else "",
        stack_version=version,
        crm=crm,
        erp=erp,
    )


def _with_results(
    question: Question,
    runs_dir: Path,
    config: Config,
    results: str | None,
    environment: str | None,
    checks: tuple[str, ...],
    *,
    keep: bool,
    first: bool,
) -> Answer:
    """The answer from the runs here and from the store of results."""
    import tempfile

    from gameday.base.errors import GamedayError
    from gameday.scoring import deployment
    from gameday.scoring.results.checks import required_checks
    from gameday.scoring.results.deployments import environment_name, meetings, recorded_deployments
    from gameday.scoring.results.sealed_folders import fetch_runs, keep_runs
    from gameday.scoring.results.store import open_store

    if first and environment is None:
        raise GamedayError("--first is about an environment", hint="give --to too")
    where = environment_name(environment) if environment is not None else ""
    store = open_store(config.results_address(results))
    required: list[Cell] = []
    if where:
        recorded = recorded_deployments(store, where)
        required += meetings(recorded, question.stack, question.contracts, config.contract_folders, first=first)
    required += required_checks(store, checks, question.stack, question.version, question.contracts)
    with tempfile.TemporaryDirectory(prefix="gameday-results-") as kept:
        fetch_runs(store, question.stack, question.version, Path(kept))
        answer = deployment.can_deploy(question, runs_dir, Path(kept), required=required)
    if keep:
        keep_runs(store, runs_dir, question.stack, question.version)
    return answer


def _scenarios(
    paths: tuple[Path, ...], settings: Settings, tag: str, contract: str | None, config: Config
) -> tuple[list[Scenario], list[str], frozenset[str]]:
    """The scenarios that are asked about, and the names of those that do not apply to the stack.

    At last the contract, if no feature of the library is under it, so that only the gate runs scenarios under it.
    """
    import msgspec

    from gameday.base.errors import unknown
    from gameday.config.features import bundled_features
    from gameday.contracts.folders import contract_folders
    from gameday.gate.features import GATE_TAG
    from gameday.steps.planning import plan_scenarios

    def planned(settings: Settings) -> tuple[list[tuple[Scenario, str]], set[str]]:
        outcomes = plan_scenarios([*paths] or bundled_features(), settings)
        found = [(each.planned, each.not_applicable) for each in outcomes if each.planned]
        return found, {scenario.flow.contract for scenario, _ in found}

    outcomes, names = planned(settings)
    through_gate: frozenset[str] = frozenset()
    if contract is not None and contract not in names:
        if paths or contract not in contract_folders(config.contract_folders):
            raise unknown("contract", contract, names, hint="no scenario is under it")
        outcomes, _ = planned(msgspec.structs.replace(settings, contract=contract, tag=GATE_TAG))
        through_gate = frozenset({contract})
    tags = {each for scenario, _ in outcomes for each in scenario.tags}
    wanted = tag.removeprefix("@")
    if wanted != "all" and wanted not in tags:
        raise unknown("tag", wanted, ["all", *tags])
    asked = [
        (scenario, why)
        for scenario, why in outcomes
        if wanted in ("all", *scenario.tags) and contract in (None, scenario.flow.contract)
    ]
    return [each for each, why in asked if not why], [each.name for each, why in asked if why], through_gate


def _contracts(scenarios: list[Scenario], config: Config, version: str | None) -> dict[str, Contract]:
    from gameday.base.errors import GamedayError
    from gameday.contracts.odcs import load_contract

    names = sorted({scenario.flow.contract for scenario in scenarios})
    contracts = {name: load_contract(name, config.contract_folders) for name in names}
    for name, contract in contracts.items():
        if version is not None and contract.version != version:
            raise GamedayError(
                f"contract {name!r} has the version {contract.version!r} today, not {version!r}",
                hint="check out the revision that you mean; --contract names one of several",
            )
    return contracts


def _show(question: Question, answer: Answer) -> None:
    from rich.table import Table

    table = Table("scenario", "contract", f"passed with {question.seeds}", "runs, newest first")
    for cell in answer.cells:
        runs = "\n".join(_run_line(run) for run in cell.runs) or "none"
        runs = cell.why or runs
        cells = (cell.scenario, f"{cell.contract} {cell.contract_version}", cell.decision, runs)
        table.add_row(*cells)
    console(width=PAPER_WIDTH).print(table)
    show(sentence(answer))
    for command in answer.commands:
        show(f"    {command}")


def sentence(answer: Answer) -> str:
    """The answer in one line."""
    name = f"{answer.stack} {answer.version}"
    broken = [cell.scenario for cell in answer.cells if cell.decision == "no" and not cell.why]
    reasons = [f"{cell.scenario}: {cell.why}" for cell in answer.cells if cell.decision == answer.decision and cell.why]
    open_ = [cell for cell in answer.cells if cell.decision == "inconclusive" and not cell.why]
    tested = [cell for cell in answer.cells if not cell.why]
    if answer.decision == "no":
        failed = f"failed {', '.join(broken)}"
        return f"no: {name} {'; '.join([*([failed] if broken else []), *reasons])}"
    if answer.decision == "inconclusive":
        lacking = f"has no result for {len(open_)} of {len(tested)} scenarios"
        return f"inconclusive: {name} {'; '.join([*([lacking] if open_ else []), *reasons])}{'; run:' if open_ else ''}"
    skipped = f"; {len(answer.not_applicable)} not applicable" if answer.not_applicable else ""
    further = f"; {'; '.join(reasons)}" if reasons else ""
    return f"yes: {name} passed {every(len(tested), 'scenario')}{skipped}{further}"


def _run_line(run: RunSummary) -> str:
    ignored = f" (does not count: {run.ignored})" if run.ignored else ""
    return f"{run.result}, seed {run.seed}, {run.started}{ignored}"


def _json(_: Question, answer: Answer) -> None:
    show_json(answer)


def _github(_: Question, answer: Answer) -> None:
    """Annotations: commands in a workflow's log, one on each line."""
    from gameday.base.workflow_command import Command, workflow_command

    levels: dict[str, Command] = {"yes": "notice", "no": "error", "inconclusive": "warning"}
    title = "gameday can-deploy"
    for cell in answer.cells:
        if cell.decision != "yes":
            show(workflow_command(levels[cell.decision], _cell_line(answer, cell), title=title))
    commands = "".join(f"\n{command}" for command in answer.commands)
    show(workflow_command(levels[answer.decision], sentence(answer) + commands, title=title))


def _cell_line(answer: Answer, cell: Cell) -> str:
    if cell.why:
        return f"{answer.stack} {answer.version}: {cell.scenario}: {cell.why}"
    newest = next((run for run in cell.runs if not run.ignored), None)
    last = f"last run {_run_line(newest)}" if newest else "no run that counts"
    return f"{answer.stack} {answer.version}: {cell.scenario} under {cell.contract} {cell.contract_version}: {last}"
