"""``gameday record-deployment`` and ``gameday record-result``: what outlives a job of a pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gameday.base.terminal import show
from gameday.commands.options import config_option, results_option

if TYPE_CHECKING:
    from gameday.config.gameday_toml import Config
    from gameday.scoring.results.deployments import ContractText


@click.command("record-deployment")
@click.option("--to", "environment", required=True, help="Environment, such as staging or prod.")
@click.option("--stack", help="Stack that was deployed.")
@click.option("--stack-version", envvar="GAMEDAY_STACK_VERSION", default="", help="Its version.")
@click.option("--system", type=click.Choice(["crm", "erp"]), help="Instead of a stack: the system that has changed.")
@click.option("--contract", "names", multiple=True, help="Contracts that it fulfils.  [default: your own, all of them]")
@results_option()
@config_option()
def record_deployment(
    environment: str,
    stack: str | None,
    stack_version: str,
    system: str | None,
    names: tuple[str, ...],
    results: str | None,
    config: Path | None,
) -> int:
    """Record what was deployed to an environment, with the contracts as they are on disk.

    `gameday can-deploy --to` then compares the next version with it. The record is sealed as a run's folder is.
    """
    from gameday.base.errors import GamedayError
    from gameday.config.gameday_toml import load_config
    from gameday.scoring.results import deployments
    from gameday.scoring.results.store import open_store

    configured = load_config(config)
    if (stack is None) == (system is None):
        raise GamedayError(
            "a deployment is of a stack or of a system", hint="give --stack NAME, or --system crm or erp"
        )
    where = deployments.environment_name(environment)
    version = _version(configured, stack, stack_version) if stack else ""
    contracts = _contracts(configured, names)
    if system:
        version = ", ".join(f"{each.flow} {each.version}" for each in contracts)
    kind: Any = system or "stack"
    store = open_store(configured.results_address(results))
    path = deployments.record_deployment(store, where, kind, stack or kind, version, contracts)
    show(f"recorded: {stack or system} {version} in {where} ({path})")
    return 0


@click.command("record-result")
@click.argument("kind", type=click.Choice(["canary", "reconciliation"]))
@click.option("--in", "environment", required=True, help="Environment in which it was checked.")
@click.option("--stack", required=True, help="Stack that was checked.")
@click.option("--stack-version", envvar="GAMEDAY_STACK_VERSION", default="", help="Its version.")
@click.option(
    "--result", required=True, type=click.Choice(["passed", "failed", "inconclusive"]), help="What came of it."
)
@click.option("--evidence", type=click.Path(path_type=Path), help="File whose digest is recorded with it.")
@click.option(
    "--contract", "names", multiple=True, help="Contracts that it is about.  [default: your own, all of them]"
)
@results_option()
@config_option()
def record_result(
    kind: Any,
    environment: str,
    stack: str,
    stack_version: str,
    result: Any,
    evidence: Path | None,
    names: tuple[str, ...],
    results: str | None,
    config: Path | None,
) -> int:
    """Record the result of a canary or of a reconciliation, for `gameday can-deploy --require`.

    The harness takes the result as it is given: let only the job that makes the check have GAMEDAY_SEAL_SECRET.
    """
    from gameday.config.gameday_toml import load_config
    from gameday.scoring.results.checks import record_check
    from gameday.scoring.results.deployments import environment_name
    from gameday.scoring.results.store import open_store

    configured = load_config(config)
    where = environment_name(environment)
    version = _version(configured, stack, stack_version)
    digests = {each.flow: each.digest for each in _contracts(configured, names)}
    store = open_store(configured.results_address(results))
    path = record_check(store, kind, where, stack, version, result, digests, evidence)
    show(f"recorded: {kind} of {stack} {version} in {where}: {result} ({path})")
    return 0


def _version(config: Config, stack: str, given: str) -> str:
    from gameday.base.errors import GamedayError
    from gameday.config.stack_version import check_version, stack_version

    version = check_version(given, "--stack-version") or stack_version(config.stack(stack))
    if not version:
        raise GamedayError(f"the stack {stack!r} has no version", hint="give --stack-version, or version in its table")
    return version


def _contracts(config: Config, names: tuple[str, ...]) -> tuple[ContractText, ...]:
    """The named contracts, else all of the configured folders."""
    from gameday.base.errors import GamedayError
    from gameday.contracts.folders import own_contracts
    from gameday.scoring.results.deployments import contract_texts

    own = own_contracts(config.contract_folders)
    if not (names or own):
        raise GamedayError("there are no contracts of your own", hint="name one with --contract, or set [contracts]")
    return contract_texts(names or own, config.contract_folders)
