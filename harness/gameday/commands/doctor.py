"""``gameday doctor``: is this stack ready for a game day?"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gameday.commands.healing import heal_what_was_left
from gameday.commands.options import config_option

if TYPE_CHECKING:
    from gameday.config.stack_table import StackTable
    from gameday.run.doctor import Doctor
    from gameday.run.part_check import PartCheck


@click.command()
@click.argument("stack")
@click.option("--crm", default="salesforce", show_default=True, help="Fake that deals come from.")
@click.option("--erp", default="netsuite", show_default=True, help="Fake that orders go to.")
@click.option("--contract", default="closed-won-to-sales-order", show_default=True, help="Contract of the flow.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Keep the logs in this folder.")
@config_option()
def doctor(stack: str, crm: str, erp: str, contract: str, keep: Path | None, config: Path | None) -> int:
    """Check that STACK can be started, pointed at the fakes, and watched.

    Starts the fakes and the stack, closes one deal, raises one test alert, and shows for each part in one line whether
    it works, and what was understood of the alert. What could not be tried is shown as not checked. Exits with 3 if
    anything fails, else with 0.
    """
    from gameday.config.gameday_toml import load_config
    from gameday.model.scenario import Flow
    from gameday.run.doctor import Doctor
    from gameday.run.runner import look_up_stack

    configured = load_config(config)
    table, found = look_up_stack(stack, contract, configured)
    heal_what_was_left(configured.runs_dir)
    # Among the runs, where `gameday heal` looks: nothing may outlive a doctor that is killed.
    (keep or configured.runs_dir).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="doctor-", dir=None if keep else configured.runs_dir) as temporary:
        folder = keep or Path(temporary)
        examiner = Doctor(Flow(crm, erp, contract), found, table, configured, folder, 1.0)
        return asyncio.run(_examine(examiner, table))


async def _examine(examiner: Doctor, table: StackTable) -> int:
    ill, unchecked = False, 0
    async for finding in examiner.examine():
        ill = ill or bool(finding.problem)
        unchecked += not finding.checked
        _show(finding)
    attempt = examiner.attempt()
    if attempt is not None:
        click.echo("... the same with TLS and a proxy")
        _show(await attempt.try_lines(table))
    if unchecked:
        click.echo(f"{unchecked:,} of these parts were not checked; the hooks of a stack's table make it possible")
    return 3 if ill else 0


def _show(finding: PartCheck) -> None:
    detail = finding.problem or finding.note
    click.echo(f"{_mark(finding)} {finding.what}" + (f": {_plain(detail)}" if detail else ""))
    for name, text in finding.details:
        click.echo(f"         {name:<11}{_plain(text)}")


def _plain(text: str) -> str:
    """A text from the wire, without what a terminal would obey."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _mark(finding: PartCheck) -> str:
    if not finding.checked:
        return click.style("not checked:", "yellow")
    return click.style("FAIL", "red") if finding.problem else click.style("ok  ", "green")
