"""``gameday repair``: try a run's repair list in a sandbox, and compare the ledgers again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gameday.base.errors import EXIT_FAILED, EXIT_PASSED
from gameday.base.terminal import show, show_json
from gameday.commands.options import config_option, isolation_option

if TYPE_CHECKING:
    from gameday.repair.sandbox import Repaired
    from gameday.scoring.ledger_state import LedgerState

#: How many refusals are shown one by one.
MOST_REFUSALS = 10


@click.command()
@click.argument("run_dir", metavar="RUN", type=click.Path(path_type=Path))
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
    run_dir: Path,
    replay: bool,
    correct: bool,
    as_json: bool,
    crm: str,
    erp: str,
    isolation: bool,
    config: Path | None,
) -> int:
    """Try a run's repair list in a sandbox and compare the ledgers again.

    RUN is a run's folder; the only change to it is a new folder below "repairs". Exits with 0 if the ledgers agree
    afterwards, with 1 if they do not.
    """
    from gameday.config.gameday_toml import load_config
    from gameday.contracts.pair import check_pair
    from gameday.repair.operations import RepairOptions
    from gameday.repair.sandbox import repair_run
    from gameday.scoring.run_folder import Run

    check_pair(crm, erp)
    options = RepairOptions(replay, correct, crm, erp)
    repaired = repair_run(Run(run_dir), load_config(config), options, namespace=isolation)
    if repaired is None:
        show("null" if as_json else "the ledgers agree on every deal: nothing to repair")
        return EXIT_PASSED
    if as_json:
        show_json(repaired)
    else:
        _show(repaired)
    return EXIT_FAILED if repaired.after.to_repair else EXIT_PASSED


def _show(repaired: Repaired) -> None:
    before, after = repaired.before, repaired.after
    rows = [("", "before", "after"), *_rows(before, after)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for name, was, now in rows:
        show(f"{name:{widths[0]}}  {was:>{widths[1]}}  {now:>{widths[2]}}")
    show()
    show(f"replayed: {len(repaired.replayed):,} dead letters")
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
