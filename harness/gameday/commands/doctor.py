"""``gameday doctor``: is this stack ready for a game day?"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gameday.base.terminal import Styled, show
from gameday.commands.healing import heal_what_was_left
from gameday.commands.options import config_option, isolation_option, pair_options

if TYPE_CHECKING:
    from gameday.model.workload import Workload
    from gameday.run.part_check import PartCheck


@click.command()
@click.argument("stack")
@pair_options()
@click.option("--contract", default="closed-won-to-sales-order", show_default=True, help="Contract of the flow.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Keep the logs in this folder.")
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(1, 3600),
    default=30,
    show_default=True,
    help="How many seconds the order may take, and the alert.",
)
@isolation_option()
@config_option()
def doctor(
    stack: str,
    crm: str,
    erp: str,
    contract: str,
    keep: Path | None,
    wait_s: float,
    isolation: bool,
    config: Path | None,
) -> int:
    """Check that STACK can be started, pointed at the fakes, and watched.

    Starts the fakes and the stack, closes one deal, raises one test alert, and shows for each part in one line whether
    it works, and what was understood of the alert. What could not be tried is shown as not checked. Exits with 3 if
    anything fails, else with 0. The logs of a stack that fails are kept.

    In mode sandbox it walks through the set-up of the tenants first: credentials, host, proof, rights, limits and
    products. Then the deal is made there, and removed at the end: docs/staging.md.
    """
    from gameday.config.gameday_toml import load_config
    from gameday.config.spoken import check_spoken
    from gameday.contracts.pair import asked_flow
    from gameday.model.settings import Settings
    from gameday.run.apart import apart
    from gameday.run.asked_names import AskedNames
    from gameday.run.doctor import Doctor, examined
    from gameday.run.doctor_tenants import examined_in_tenants
    from gameday.run.outside import isolation_of, tried
    from gameday.run.plan import look_up_stack, tenants_of

    configured = load_config(config)
    flow = asked_flow(contract, configured.contract_folders, crm, erp)
    table, found = look_up_stack(stack, flow.contract, configured)
    check_spoken(table, flow)
    tenants = tenants_of(flow, configured, Settings(sandboxes=True))
    heal_what_was_left(configured.runs_dir)
    # Among the runs, where `gameday heal` looks: nothing may outlive a doctor that is killed.
    (keep or configured.runs_dir).mkdir(parents=True, exist_ok=True)
    folder = keep or Path(tempfile.mkdtemp(prefix="doctor-", dir=configured.runs_dir))
    isolated = tried(isolation_of(table, configured, wanted=isolation, tenants=tuple(tenants)))
    names = None if isolated.why_not else AskedNames()

    def examine(smoke: Workload | None = None) -> Iterator[PartCheck]:
        how = configured, folder, 1.0, isolated, names
        return examined(lambda: Doctor(flow, found, table, *how, wait_s=wait_s, tenants=tenants, smoke=smoke))

    def all_checks() -> Iterable[PartCheck]:
        if tenants:
            return examined_in_tenants(tenants, examine)
        return examine() if isolated.why_not else apart(examine, isolated.reach, names)

    ill = True
    try:
        ill = _show_all(all_checks())
    finally:
        if not ill and not keep:
            shutil.rmtree(folder, ignore_errors=True)
    if ill:
        show(f"logs: {folder}")
    return 3 if ill else 0


def _show_all(checks: Iterable[PartCheck]) -> bool:
    """Show each part; whether any fails."""
    ill, unchecked = False, 0
    for finding in checks:
        ill = ill or bool(finding.problem)
        unchecked += not finding.checked
        _show(finding)
    if unchecked:
        show(f"{unchecked:,} of these parts were not checked; the hooks of a stack's table make it possible")
    return ill


def _show(finding: PartCheck) -> None:
    detail = finding.problem or finding.note
    show(_mark(finding), f" {finding.what}" + (f": {detail}" if detail else ""))
    for name, text in finding.details:
        show(f"         {name:<10} {text}")


def _mark(finding: PartCheck) -> Styled:
    if not finding.checked:
        return Styled("not checked:", "yellow")
    return Styled("FAIL", "red") if finding.problem else Styled("ok  ", "green")
