"""``gameday reconcile``: compare exports of the CRM and the ERP by a contract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gameday.base.errors import EXIT_FAILED, EXIT_PASSED, GamedayError
from gameday.base.terminal import show, show_json
from gameday.commands.options import config_option

if TYPE_CHECKING:
    from gameday.config.gameday_toml import Config
    from gameday.model.checker import DeadLetter
    from gameday.reconcile.reconciling import Request
    from gameday_reports.reconcile import Summary

#: How many findings are shown one by one.
MOST_SHOWN = 10
_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("crm", metavar="[CRM", type=_FILE, required=False)
@click.argument("erp", metavar="ERP]", type=_FILE, required=False)
@click.option("--contract", default="closed-won-to-sales-order", show_default=True, help="Flow of the exports.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder to write the findings to.")
@click.option("--won", metavar="STAGE", multiple=True, help="A stage that means won.  [default: Closed Won...]")
@click.option("--cancelled", metavar="STATUS", multiple=True, help="A status of an order that is not to be delivered.")
@click.option("--dead-letters", type=click.Path(dir_okay=False, path_type=Path), help="A stack's dead_letters.json.")
@click.option("--invoices", type=_FILE, help="The ERP's invoices, if the file of the orders has none.")
@click.option("--since", metavar="DATE", help="Read the vendors: deals from this day on.")
@click.option("--until", metavar="DATE", help="The last day of these deals.  [default: yesterday]")
@click.option("--kept", type=click.Path(file_okay=False, path_type=Path), help="Folder that keeps what is read.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@config_option()
def reconcile(
    crm: Path | None,
    erp: Path | None,
    contract: str,
    out: Path | None,
    won: tuple[str, ...],
    cancelled: tuple[str, ...],
    dead_letters: Path | None,
    invoices: Path | None,
    since: str | None,
    until: str | None,
    kept: Path | None,
    form: str,
    config: Path | None,
) -> int:
    """Compare the CRM and the ERP by a contract, from exports or from the vendors themselves.

    CRM and ERP are files: CSV, JSON lines or Parquet. As in a run, each won deal must have exactly one open order that
    agrees with it, in every field that both exports have. Large files are compared in bounded memory, and fast where
    DuckDB is installed. Exits with 0 if the exports agree, with 1 if they do not.

    Without files, and with --since, deals and orders are read from the tenants in [reconcile] of gameday.toml. Nothing
    is written there. What was read is kept, so that the next night only what has changed is read.
    """
    from gameday.commands.file_progress import FileProgress
    from gameday.config.gameday_toml import load_config
    from gameday.reconcile.reconciling import reconciled_exports
    from gameday_reports.reconcile import as_json, summarise

    configured = load_config(config)
    if crm is None or erp is None:
        crm, erp = _read(
            configured, contract, crm, since, until, kept, own=bool(won or cancelled or invoices), form=form
        )
    elif given := [name for name, value in (("--since", since), ("--until", until), ("--kept", kept)) if value]:
        raise GamedayError(f"{given[0]} is for reading the vendors, and files are given", hint="leave one of them out")
    request = request_of(crm, erp, invoices, contract, configured, won, cancelled, read_letters(dead_letters))
    with FileProgress("reading") as progress, reconciled_exports(request, progress) as reconciled:
        summary = summarise(reconciled, request.contract, out)
    if form == "json":
        show_json(as_json(summary))
    else:
        _show(summary, out)
    return EXIT_FAILED if summary.findings else EXIT_PASSED


def request_of(
    crm: Path,
    erp: Path,
    invoices: Path | None,
    contract: str,
    configured: Config,
    won: tuple[str, ...],
    cancelled: tuple[str, ...],
    letters: tuple[DeadLetter, ...],
) -> Request:
    """What two files are reconciled by. Raises GamedayError."""
    from gameday.contracts.flows import as_registered, bundled_flows, read_flows
    from gameday.contracts.odcs import contract_columns, load_contract
    from gameday.reconcile.documents import CANCELLED, States
    from gameday.reconcile.reconciling import Request

    flows = read_flows(configured.flows_file or bundled_flows()).flows
    return Request(
        crm=crm,
        erp=erp,
        invoices=invoices,
        contract=as_registered(load_contract(contract, configured.contract_folders), flows),
        compared=contract_columns(contract, configured.contract_folders),
        columns=configured.deal_columns,
        states=States(won, tuple(each.lower() for each in cancelled) or CANCELLED),
        dead_letters=letters,
    )


def _read(
    configured: Config,
    contract: str,
    crm: Path | None,
    since: str | None,
    until: str | None,
    kept: Path | None,
    *,
    own: bool,
    form: str,
) -> tuple[Path, Path]:
    """The exports that are made of what the vendors themselves say. Raises GamedayError."""
    from gameday.commands.reading import read_vendors

    if crm is not None:
        raise GamedayError("the file of the ERP is missing", hint="give both files, or none of them and --since DATE")
    if since is None:
        raise GamedayError("nothing to compare", hint="give both files, or --since DATE to read the vendors")
    if own:
        raise GamedayError("--won, --cancelled and --invoices are for files", hint="vendors say all of it themselves")
    return read_vendors(configured, contract, since, until, kept, quiet=form == "json")


def read_letters(path: Path | None) -> tuple[DeadLetter, ...]:
    """What a stack has parked, from a file. Raises GamedayError."""
    from gameday.base import json_text
    from gameday.model.checker import DeadLetter

    if path is None:
        return ()
    try:
        return json_text.decode(path.read_bytes(), tuple[DeadLetter, ...])
    except OSError as problem:
        raise GamedayError(f"cannot read {path}: {problem.strerror}") from None
    except json_text.Unreadable:
        raise GamedayError(f"{path} has no dead letters", hint='write a list of {"order": "the deal\'s id"}') from None


def _show(summary: Summary, out: Path | None) -> None:
    from gameday.base.counts import plural
    from gameday_reports.formats import figure

    counts = summary.counts
    show(f"{plural(counts['won'], 'won deal')} and {plural(counts['open'], 'open order')} compared")
    for total in summary.totals:
        crm, erp, difference = (figure(total[name], total["currency"]) for name in ("crm", "erp", "difference"))
        show(f"{total['currency'] or 'no currency'}: {crm} in the CRM, {erp} in the ERP, difference {difference}")
    for problem, number in summary.affected.items():
        show(f"{problem}: {number:,}")
    for ticket in summary.largest[:MOST_SHOWN]:
        what = f"deal {ticket.deal}" if ticket.deal else f"order {' '.join(ticket.orders)}"
        fields = [f"{d['field']} {d['crm'] or 'nothing'} / {d['erp'] or 'nothing'}" for d in ticket.differences]
        words = f": {', '.join(fields)}" if ticket.problem == "mismatched" else ""
        show(f"  {what}: {ticket.problem}{words}")
    if summary.findings > MOST_SHOWN:
        show(f"  and {summary.findings - MOST_SHOWN:,} more")
    for each in summary.not_compared:
        show(f"not compared: {each['field']}: {each['reason']}")
    for doubt in summary.doubts:
        show(f"look at the exports first: {doubt}")
    if not summary.findings:
        show("the exports agree on every deal")
    if out is not None:
        show(str(out))
