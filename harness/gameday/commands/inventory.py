"""``gameday inventory``: the flows, their owners and value, and when each had its last game day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gameday.base.terminal import console, show, show_document
from gameday.commands.options import config_option, runs_option

if TYPE_CHECKING:
    from gameday.scoring.inventory import FlowRecord

#: Width of the table where there is no terminal.
PAPER_WIDTH = 160


@click.command()
@click.option("--check", is_flag=True, help="Show each problem on a line; exit 1 if any is an error.")
@click.option(
    "--export",
    type=click.Choice(["csv", "json", "yaml", "codeowners"]),
    help="Print the whole inventory in this format, or a CODEOWNERS file of its contracts.",
)
@click.option(
    "--stale-days",
    type=click.IntRange(1, 100_000),
    default=90,
    show_default=True,
    help="After so long, stale.",
)
@runs_option()
@config_option()
def inventory(check: bool, export: str | None, stale_days: int, runs_dir: Path | None, config: Path | None) -> int:
    """Show, check or export the flows of the registry.

    The registry is the file that [flows] of the configuration names, else the bundled one. The last game day and the
    scores of each stack come from the recorded runs.
    """
    import datetime

    from gameday.config.gameday_toml import load_config
    from gameday.contracts.flows import bundled_flows, read_flows
    from gameday.scoring.inventory import check_inventory, load_contracts, take_inventory

    configured = load_config(config)
    flows = read_flows(configured.flows_file or bundled_flows())
    contracts = load_contracts(flows, configured.contract_folders)
    entries = take_inventory(
        flows,
        runs_dir or configured.runs_dir,
        today=datetime.datetime.now(datetime.UTC).date(),
        contracts=contracts,
        stale_after_days=stale_days,
    )
    found = check_inventory(flows, entries, contracts)
    if export == "codeowners":
        from gameday.contracts.codeowners import codeowners
        from gameday.contracts.compatibility.git import repository_root
        from gameday.contracts.folders import contract_folders

        show_document(codeowners(flows, contract_folders(configured.contract_folders), repository_root()))
    elif export:
        from gameday.scoring.inventory_export import export_inventory

        show_document(export_inventory(entries, export))
    elif not check:
        _show(entries)
        if found:
            from gameday.base.counts import plural

            show(f"{plural(len(found), 'finding')}: gameday inventory --check", err=True)
    if not check:
        return 0
    for each in found:
        show(f"{each.path}:{each.line}: {each.level}: {each.message} [{each.rule}]", err=bool(export))
    if not export and not found:
        show(f"{len(entries)} flows, no problems")
    return 1 if any(each.level == "error" for each in found) else 0


def _show(entries: list[FlowRecord]) -> None:
    from rich.table import Table

    table = Table()
    titles = ("flow", "route", "owners", "per day", "impact", "frequency", "contract", "last game day", "scores")
    for title in titles:
        table.add_column(title, overflow="fold")
    for entry in entries:
        flow = entry.flow
        exposure = flow.revenue_exposure_per_day
        since = f", {entry.days_since:,} days ago" if entry.days_since is not None else ""
        cells: list[Any] = [
            flow.flow,
            f"{flow.source} to {flow.sink}",
            "\n".join(f"{role}: {who}" for role, who in flow.owners.items()),
            f"{exposure:,} {flow.currency}" if exposure is not None else "-",
            flow.impact_class or "-",
            flow.frequency or "-",
            f"{flow.contract} {flow.contract_version}",
            f"{entry.last_game_day or 'never'}{since}" + (" (stale)" if entry.stale and entry.last_game_day else ""),
            _scores(entry),
        ]
        table.add_row(*cells)
    console(width=PAPER_WIDTH).print(table)
    show("Scores: detection/recovery, the lowest of the last game day's scenarios.")


def _scores(entry: FlowRecord) -> str:
    def figure(points: float | None) -> str:
        return "-" if points is None else f"{points:.0f}"

    lines = []
    for each in entry.scores:
        name = f"{each.stack} {each.version}".strip()
        late = "" if each.current else ", outdated"
        lines.append(f"{name}: {figure(each.detection)}/{figure(each.recovery)} ({each.scenarios}{late})")
    if not lines and (entry.flow.detection is not None or entry.flow.recovery is not None):
        lines.append(f"{figure(entry.flow.detection)}/{figure(entry.flow.recovery)} (by the file)")
    return "\n".join(lines) or "-"
