"""``gameday dashboard``: a static site about all runs of a folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gameday.base.terminal import show
from gameday.commands.options import config_option, results_option

if TYPE_CHECKING:
    from gameday_reports.dashboard import Production


@click.command()
@click.argument("runs_dir", metavar="[RUNS]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that the site is written into.  [default: dashboard, in the folder of the runs]",
)
@click.option(
    "--now",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Look at the runs from this day, or moment (UTC).  [default: now]",
)
@click.option("--pdf", is_flag=True, help="The slide for leaders as PDF too; needs WeasyPrint.")
@results_option()
@config_option()
def dashboard(
    runs_dir: Path | None, out: Path | None, now: datetime | None, pdf: bool, results: str | None, config: Path | None
) -> None:
    """Build a static site about all runs of a folder.

    RUNS is the folder that keeps the runs; without it, the configuration's. The site opens from the disk, loads
    nothing from elsewhere, and leads to the postmortem of each run. The store of results, if there is one, has what
    happened in production.
    """
    from gameday.config.gameday_toml import load_config
    from gameday.contracts.flows import bundled_flows, read_flows
    from gameday.scoring.inventory import load_contracts
    from gameday_reports.dashboard import build

    at = now.replace(tzinfo=UTC) if now else datetime.now(UTC)
    runs_dir = runs_dir or load_config(config).runs_dir
    out = out or runs_dir / "dashboard"
    names, not_applicable = _library(config, runs_dir)
    configured = load_config(config)
    registry = read_flows(configured.flows_file or bundled_flows())
    contracts = load_contracts(registry, configured.contract_folders)
    build(
        runs_dir,
        out,
        now=at,
        scenarios=names,
        not_applicable=not_applicable,
        registry=registry,
        contracts=contracts,
        production=_production(results or configured.results),
    )
    show(f"Dashboard: {out / 'index.html'}")
    if pdf:
        from gameday_reports.dashboard.site import SLIDE
        from gameday_reports.pdf import write_slide

        show(f"Slide: {write_slide(out / SLIDE)}")


def _production(address: str) -> Production:
    """What was recorded of production; nothing is known without a store of results."""
    from gameday.scoring.results.incidents import fixes, incidents
    from gameday.scoring.results.store import open_store
    from gameday_reports.dashboard import Production

    if not address:
        return Production()
    store = open_store(address)
    return Production(incidents(store), fixes(store), known=True)


def _library(config: Path | None, runs_dir: Path) -> tuple[list[str], dict[str, dict[str, str]]]:
    """The names of the bundled scenarios, and why some do not apply to a stack that has runs, by stack and scenario."""
    from gameday.config.features import library
    from gameday.config.gameday_toml import load_config
    from gameday.scoring.new_folder import slug
    from gameday.steps.bdd import scenario_names
    from gameday.steps.not_applicable import not_applicable

    configured = load_config(config)
    folders = [path.name for path in runs_dir.iterdir()] if runs_dir.is_dir() else []
    ran = [name for name in configured.stack_names() if any(f"-{slug(name)}-" in folder for folder in folders)]
    return scenario_names(library()), not_applicable(ran, configured)
