"""``gameday contract``: the contracts of a flow, before they are deployed."""

from __future__ import annotations

from pathlib import Path

import click

from gameday.commands.against import against_option
from gameday.commands.lazy import LazyGroup
from gameday.commands.options import Decorator, config_option, results_option

#: Each subcommand with its place and its line in the help, so that the help need not import them.
SUBCOMMANDS = {
    "check": ("gameday.commands.contract:check", "Check that contracts are sound."),
    "diff": ("gameday.commands.contract:diff", "Show what a change of contracts breaks."),
    "drift": ("gameday.commands.contract_drift:drift", "Show where the organisation of today differs from a contract."),
    "init": ("gameday.commands.contract_init:init", "Draft a contract from a vendor's metadata or from records."),
}


def format_option() -> Decorator:
    """How findings are written."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json", "github"]),
        default="text",
        show_default=True,
        help="Text for people, JSON, or annotations of a GitHub workflow.",
    )


@click.group(cls=LazyGroup, lazy=SUBCOMMANDS)
def contract() -> None:
    """Check, compare and draft the contracts of a flow."""


@click.command()
@click.argument("contracts", metavar="[NAME|FILE]...", nargs=-1)
@format_option()
@config_option()
def check(contracts: tuple[str, ...], form: str, config: Path | None) -> int:
    """Check contracts against the standard, and everything that the harness reads in them.

    Each is a flow's name, a file or a folder; without any, all contracts of the configuration and the bundled ones.
    Every finding is shown with its file and line. Exits 1 if any is an error.
    """
    from gameday.commands.contract_output import show_findings
    from gameday.config.gameday_toml import load_config
    from gameday.contracts.compatibility.annotations import has_error
    from gameday.contracts.compatibility.checks import check_contracts
    from gameday.contracts.compatibility.sources import find_files, read_files

    files = find_files(contracts, load_config(config).contract_folders)
    found = [violation for paths in files.values() for violation in check_contracts(read_files(paths))]
    show_findings(found, form, checked=len(files))
    return int(has_error(found))


@click.command()
@click.argument("what", metavar="OLD NEW", nargs=-1, required=True)
@click.option(
    "--git", "from_git", is_flag=True, help="The arguments are OLD_REVISION [NEW_REVISION] NAME; without, as on disk."
)
@click.option(
    "--sign-offs",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File of sign-offs.  [default: sign-offs.yaml beside the new contracts]",
)
@against_option()
@format_option()
@results_option()
@config_option()
def diff(
    what: tuple[str, ...],
    from_git: bool,
    sign_offs: Path | None,
    against: tuple[str, ...],
    form: str,
    results: str | None,
    config: Path | None,
) -> int:
    """Show each change from OLD to NEW, whom it breaks, the version step it demands, and whose sign-off is missing.

    OLD and NEW are each a file, a folder, a flow's name (both its files), or one of these in a git revision, such as
    main:contracts/deals.crm.yaml, main:contracts or main:deals.

    Exits 1 if a version does not say what its changes demand, if a sign-off that a major change needs is missing, or if
    something breaks a version that --against names.
    """
    from datetime import UTC, datetime

    from gameday.commands.against import find_deployed
    from gameday.commands.contract_output import show_comparisons
    from gameday.config.gameday_toml import load_config
    from gameday.contracts.compatibility.annotations import has_error
    from gameday.contracts.compatibility.approvals import read_approvers
    from gameday.contracts.compatibility.diff import compare_all

    old, new = _old_and_new(what, from_git)
    configured = load_config(config)
    reviews = compare_all(
        old,
        new,
        folders=configured.contract_folders,
        sign_offs=sign_offs,
        now=datetime.now(UTC),
        approvers=read_approvers(configured.flows_file, old, configured.sign_off_proof),
        deployed=find_deployed(against, configured, results),
    )
    show_comparisons(reviews, form)
    return int(any(has_error(review.violations) for review in reviews))


def _old_and_new(what: tuple[str, ...], from_git: bool) -> tuple[str, str]:
    if not from_git:
        if len(what) != 2:
            raise click.UsageError(f"two contracts are compared, OLD and NEW, not {len(what)}")
        return what[0], what[1]
    if len(what) == 2:
        return f"{what[0]}:{what[1]}", f".:{what[1]}"
    if len(what) == 3:
        return f"{what[0]}:{what[2]}", f"{what[1]}:{what[2]}"
    raise click.UsageError(f"--git takes OLD_REVISION [NEW_REVISION] NAME, not {len(what)} arguments")
