"""``gameday contract drift``: the organisation of today against the contract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gameday.base.terminal import show, show_json
from gameday.commands.contract import format_option
from gameday.commands.contract_init import KINDS, api_version_option, read_draft
from gameday.commands.options import config_option, results_option

if TYPE_CHECKING:
    from gameday.config.gameday_toml import Config
    from gameday.contracts.audit_trail import Entry
    from gameday.contracts.drift.drift import Drift


@click.command()
@click.argument("name", metavar="NAME")
@click.argument("sources", metavar="[SOURCE]...", nargs=-1, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--from",
    "kind",
    type=click.Choice([each for each in KINDS if each != "records"]),
    required=True,
    help="What SOURCE is.",
)
@click.option("--url", help="Ask the vendor at this base URL; its token comes from GAMEDAY_VENDOR_TOKEN.")
@click.option("--object", "objects", multiple=True, help="Object or record type, the main one first; repeatable.")
@api_version_option()
@click.option("--side", type=click.Choice(["crm", "erp"]), help="System of a schema.  [default: the vendor's]")
@click.option(
    "--snapshot", type=click.Path(path_type=Path), help="Metadata of the last time; without, contradictions only."
)
@click.option("--save", is_flag=True, help="Write today's metadata into --snapshot for the next time.")
@click.option(
    "--audit", type=click.Path(dir_okay=False, path_type=Path), help="Saved answer to a query of the audit trail."
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for tickets, pages and a scenario."
)
@click.option("--keep", is_flag=True, help="Record what breaks the flow in the store of results, as it is first seen.")
@format_option()
@results_option()
@config_option()
def drift(
    name: str,
    sources: tuple[Path, ...],
    kind: str,
    url: str | None,
    objects: tuple[str, ...],
    api_version: str,
    side: str | None,
    snapshot: Path | None,
    save: bool,
    audit: Path | None,
    out: Path | None,
    keep: bool,
    form: str,
    results: str | None,
    config: Path | None,
) -> int:
    """Show where the organisation of today differs from the contract NAME, by the same rules as a change of it.

    SOURCE is as for `gameday contract init`. With --snapshot, everything that changed since then is compared, and it is
    said what is new. Exits 1 if anything breaks the flow.
    """
    import datetime

    from gameday.base.errors import GamedayError
    from gameday.config.gameday_toml import load_config
    from gameday.contracts.compatibility.sources import read_flow
    from gameday.contracts.drift.drift import find_drift, read_snapshot, write_snapshot
    from gameday.contracts.drift.writing import files_of, write_files
    from gameday.contracts.pair import pair_of_documents

    if bool(sources) == bool(url):
        raise GamedayError("give either SOURCE or --url", hint="gameday contract drift --help")
    if save and snapshot is None:
        raise GamedayError("--save without a file", hint="give --snapshot FILE too")
    configured = load_config(config)
    flow = read_flow(name, configured.contract_folders)
    before = read_snapshot(snapshot) if snapshot else None
    pair = pair_of_documents(each.raw for each in flow.all_documents)
    today = read_draft(kind, sources, url, objects, api_version, side, pair)
    found = find_drift(flow, today, before, _trail(audit, kind, url, api_version))
    _show(found, form)
    if out:
        write_files(files_of([found], pair.crm, pair.erp), out)
    if keep:
        _keep(found, configured, results)
    if save and snapshot:
        write_snapshot(snapshot, today, datetime.datetime.now(datetime.UTC))
    return int(any(each.breaks for each in found.found))


def _keep(found: Drift, configured: Config, results: str | None) -> None:
    """Record the differences that break the flow; those that were seen before keep their first sight."""
    from gameday.contracts.odcs import load_contract
    from gameday.scoring.results.incidents import record_drift
    from gameday.scoring.results.store import open_store

    store = open_store(configured.results_address(results))
    digest = load_contract(found.flow, configured.contract_folders).digest
    what = [each.change.message for each in found.found if each.breaks]
    if path := record_drift(store, found.flow, found.system, digest, what):
        show(f"recorded: {path}", err=True)


def _trail(audit: Path | None, kind: str, url: str | None, api_version: str) -> tuple[Entry, ...]:
    """Who changed what: the saved trail, else the vendor's own; none where nothing is known."""
    from gameday.base.errors import RunError
    from gameday.contracts.drafting.vendor import audit_trail

    try:
        return audit_trail(kind, audit, url, api_version)
    except RunError as problem:
        # The token may not be allowed to read it; what has changed is still to be said.
        show(f"the audit trail could not be read: {problem}", err=True)
        return ()


def _show(found: Drift, form: str) -> None:
    from gameday.contracts.compatibility.annotations import github_line, text_line

    if form == "json":
        data: Any = found
        show_json(data)
        return
    for each in found.found:
        show(github_line(each.violation) if form == "github" else text_line(each.violation))
    if form == "text":
        breaking = sum(each.breaks for each in found.found)
        others = len(found.found) - breaking
        show(f"{found.flow}, {found.system}: {breaking} differences break the flow, {others} do not")
        if found.elsewhere:
            show(f"{found.elsewhere} more changed since {found.since}; the flow does not use them")
        for path in found.unchecked:
            show(f"not described, so not compared: {path}")
