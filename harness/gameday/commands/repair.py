"""``gameday repair``: try a run's repair list in a sandbox, and compare the ledgers again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import msgspec

from gameday.base.counts import plural
from gameday.base.errors import EXIT_FAILED, EXIT_PASSED, GamedayError
from gameday.base.terminal import show, show_json
from gameday.commands.options import config_option, isolation_option

if TYPE_CHECKING:
    from gameday.config.gameday_toml import Config
    from gameday.repair.operations import RepairOptions
    from gameday.repair.sandbox import Repaired
    from gameday.scoring.ledger_state import LedgerState

#: How many refusals are shown one by one.
MOST_REFUSALS = 10


@click.command()
@click.argument("paths", metavar="RUN | CRM ERP", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--stack", metavar="STACK", help="Of exports: the stack that runs in the sandbox.")
@click.option("--contract", default="closed-won-to-sales-order", show_default=True, help="Of exports: their flow.")
@click.option("--invoices", type=click.Path(path_type=Path), help="Of exports: the ERP's invoices.")
@click.option("--won", metavar="STAGE", multiple=True, help="Of exports, as in `gameday reconcile`.")
@click.option("--cancelled", metavar="STATUS", multiple=True, help="Of exports, as in `gameday reconcile`.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Of exports: the sandbox's folder.")
@click.option("--replay/--no-replay", default=True, show_default=True, help="Have the stack replay its dead letters.")
@click.option(
    "--correct/--no-correct", default=True, show_default=True, help="Correct in the ERP what a replay does not repair."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--crm", metavar="NAME", default="", help="CRM of the sandbox.  [default: the run's]")
@click.option("--erp", metavar="NAME", default="", help="ERP of the sandbox.  [default: the run's]")
@isolation_option()
@config_option()
def repair(
    paths: tuple[Path, ...],
    stack: str | None,
    contract: str,
    invoices: Path | None,
    won: tuple[str, ...],
    cancelled: tuple[str, ...],
    out: Path | None,
    replay: bool,
    correct: bool,
    as_json: bool,
    crm: str,
    erp: str,
    isolation: bool,
    config: Path | None,
) -> int:
    """Try a repair list in a sandbox of fakes and compare the ledgers again.

    RUN is a run's folder; the only change to it is a new folder below "repairs". CRM and ERP are exports, as `gameday
    reconcile` compares them: the sandbox begins with the deals and orders that differ. Exits with 0 if the ledgers
    agree afterwards, with 1 if they do not.
    """
    from gameday.config.gameday_toml import load_config
    from gameday.contracts.pair import check_pair
    from gameday.repair.operations import RepairOptions
    from gameday.repair.sandbox import repair_run
    from gameday.scoring.run_folder import Run

    configured = load_config(config)
    check_pair(crm, erp)
    options = RepairOptions(replay, correct, crm, erp)
    if len(paths) == 1:
        repaired = repair_run(Run(paths[0]), configured, options, namespace=isolation)
    else:
        exports = _Exports(paths, contract, invoices, won, cancelled)
        repaired = _of_exports(exports, configured, stack, out, options, namespace=isolation)
    if repaired is None:
        show("null" if as_json else "the ledgers agree on every deal: nothing to repair")
        return EXIT_PASSED
    if as_json:
        show_json(repaired)
    else:
        _show(repaired)
    return EXIT_FAILED if repaired.after.to_repair else EXIT_PASSED


class _Exports(NamedTuple):
    """Two files, and how they are read."""

    paths: tuple[Path, ...]
    contract: str
    invoices: Path | None
    won: tuple[str, ...]
    cancelled: tuple[str, ...]


def _of_exports(
    exports: _Exports,
    configured: Config,
    stack: str | None,
    out: Path | None,
    options: RepairOptions,
    *,
    namespace: bool,
) -> Repaired | None:
    """Try the list of two exports; None if they agree. Raises GamedayError."""
    from itertools import islice

    from gameday.commands.reconcile import request_of
    from gameday.contracts.flows import bundled_flows, read_flows
    from gameday.contracts.pair import asked_flow
    from gameday.model.scenario import Flow
    from gameday.reconcile.reconciling import reconciled_exports
    from gameday.repair.exported import MOST, exported_case
    from gameday.repair.sandbox import repair_exports

    if len(exports.paths) != 2:
        raise GamedayError(f"{len(exports.paths)} paths are given", hint="give a run's folder, or two exports")
    if stack is None:
        raise GamedayError("no stack for the sandbox", hint="give --stack, as to `gameday run`")
    crm, erp = exports.paths
    files = crm, erp, exports.invoices
    named = asked_flow(exports.contract, configured.contract_folders, options.crm, options.erp)
    request = request_of(*files, named.contract, configured, exports.won, exports.cancelled, ())
    flows = read_flows(configured.flows_file or bundled_flows()).flows
    flow = next((each for each in flows if exports.contract in (each.contract, each.flow)), None)
    source, sink = (flow.source, flow.sink) if flow is not None else ("", "")
    crm_name, erp_name = options.crm or source, options.erp or sink
    if not (crm_name and erp_name):
        raise GamedayError(f"the registry of flows has no systems for {exports.contract!r}", hint="docs/guide.md")
    with reconciled_exports(request) as reconciled:
        findings = list(islice(reconciled.findings, MOST))
        more = sum(1 for _ in reconciled.findings)
        if not findings:
            return None
        exported = exported_case(findings, reconciled.terms, Flow(crm_name, erp_name, named.contract))
    if more:
        note = f"the first {MOST:,} findings are tried, and {more:,} more are not"
        exported = msgspec.structs.replace(exported, notes=(note, *exported.notes))
    return repair_exports(exported, stack, configured, out or Path(), options, namespace=namespace)


def _show(repaired: Repaired) -> None:
    before, after = repaired.before, repaired.after
    rows = [("", "before", "after"), *_rows(before, after)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for name, was, now in rows:
        show(f"{name:{widths[0]}}  {was:>{widths[1]}}  {now:>{widths[2]}}")
    show()
    show(f"replayed: {plural(len(repaired.replayed), 'dead letter')}")
    done = Counter(step.step.act.replace("_", " ") for step in repaired.corrected if not step.refused)
    show(f"corrected in the ERP: {', '.join(f'{n:,} x {act}' for act, n in sorted(done.items())) or 'nothing'}")
    refused = [step for step in repaired.corrected if step.refused]
    for step in refused[:MOST_REFUSALS]:
        show(f"refused: {step.step.act.replace('_', ' ')} for {step.deal or step.step.target}: {step.refused}")
    if len(refused) > MOST_REFUSALS:
        show(f"refused: {len(refused) - MOST_REFUSALS:,} more")
    for note in repaired.notes:
        show(f"note: {note}")
    show(f"sandbox: {repaired.folder}")


def _rows(before: LedgerState, after: LedgerState) -> list[tuple[str, str, str]]:
    both = (before, after)
    rows = [(state, *(f"{ledger_state.states[state]:,}" for ledger_state in both)) for state in before.states]
    rows += [
        ("unreported", *(f"{ledger_state.unreported:,}" for ledger_state in both)),
        ("orders without a deal", *(f"{ledger_state.orphans:,}" for ledger_state in both)),
        ("to be repaired", *(f"{ledger_state.to_repair:,}" for ledger_state in both)),
    ]
    for currency in sorted({*before.differences, *after.differences}):
        amounts = (f"{ledger_state.differences.get(currency, 0):+,}" for ledger_state in both)
        rows.append((f"ERP less CRM, {currency}", *amounts))
    points = (ledger_state.scorecard.recovery.points for ledger_state in both)
    rows.append(("recovery", *("-" if value is None else f"{value:g}" for value in points)))
    return [(name, was, now) for name, was, now in rows]
