"""``gameday doctor``: is this stack ready for a game day?"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import click

from gameday.commands.options import config_option


@click.command()
@click.argument("stack")
@click.option("--crm", default="salesforce", show_default=True, help="Fake that deals come from.")
@click.option("--erp", default="netsuite", show_default=True, help="Fake that orders go to.")
@click.option("--contract", default="closed-won-to-sales-order", show_default=True, help="Contract of the flow.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Keep the logs in this folder.")
@config_option()
def doctor(stack: str, crm: str, erp: str, contract: str, keep: Path | None, config: Path | None) -> int:
    """Check that STACK can be started, pointed at the fakes, and watched.

    Starts the fakes and the stack, closes one deal, raises one test alert, and says of each part in one line
    whether it is well. Exits with 0 if all is well and 3 if not.
    """
    with tempfile.TemporaryDirectory(prefix="gameday-doctor-") as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        return asyncio.run(_examine(stack, crm, erp, contract, folder, config))


async def _examine(stack: str, crm: str, erp: str, contract_name: str, folder: Path, config: Path | None) -> int:
    from gameday.config import load_config
    from gameday.doctor import Doctor
    from gameday.run import look_up_stack
    from gameday.scenario import Flow

    configured = load_config(config)
    table, contract = look_up_stack(stack, contract_name, configured)
    ill = False
    async for finding in Doctor(Flow(crm, erp, contract_name), contract, table, configured, folder, 1.0).examine():
        ill = ill or bool(finding.problem)
        mark = click.style("FAIL", "red") if finding.problem else click.style("ok  ", "green")
        detail = finding.problem or finding.note
        click.echo(f"{mark} {finding.what}" + (f": {detail}" if detail else ""))
    return 3 if ill else 0
