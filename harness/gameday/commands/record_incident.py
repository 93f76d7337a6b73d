"""``gameday record-incident``: what happened in production, apart from drills."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from gameday.base.terminal import show
from gameday.commands.options import COUNT, config_option, results_option


@click.command("record-incident")
@click.option("--flow", required=True, help="Flow that it was about, by the name of its contract.")
@click.option("--began", required=True, metavar="TIME", help="When the first record failed; UTC without a zone.")
@click.option("--detected", default="", metavar="TIME", help="When the first alert or person named it.")
@click.option("--repaired", default="", metavar="TIME", help="When both ledgers agreed again.")
@click.option("--failed", type=COUNT, required=True, help="Records that failed.")
@click.option("--of", "records", type=COUNT, required=True, help="Records that were won in that time.")
@click.option("--not-booked", default="", metavar="AMOUNT CODE", help='What was not booked, such as "1200.50 EUR".')
@click.option("--cause", default="", help="Cause, in a few words without names of people.")
@results_option()
@config_option()
def record_incident(
    flow: str,
    began: str,
    detected: str,
    repaired: str,
    failed: int,
    records: int,
    not_booked: str,
    cause: str,
    results: str | None,
    config: Path | None,
) -> int:
    """Record a real incident of a flow, for the dashboard's week.

    It is kept apart from drills. Recorded again with the same --flow and --began, it replaces what was recorded before.
    """
    from gameday.base.secrets import without_secrets
    from gameday.config.gameday_toml import load_config
    from gameday.records.personal import without_personal
    from gameday.scoring.results import incidents
    from gameday.scoring.results.deployments import actor, time_now
    from gameday.scoring.results.store import open_store

    amount, currency = _money(not_booked)
    incident = incidents.Incident(
        flow=flow,
        began=incidents.moment(began, "--began"),
        detected=incidents.moment(detected, "--detected") if detected else "",
        repaired=incidents.moment(repaired, "--repaired") if repaired else "",
        failed=failed,
        records=records,
        not_booked=amount,
        currency=currency,
        cause=without_personal(without_secrets(cause)),
        reported=time_now(),
        by=actor(),
    )
    store = open_store(load_config(config).results_address(results))
    show(f"recorded: {incidents.record_incident(store, incident)}")
    return 0


def _money(text: str) -> tuple[Decimal, str]:
    """An amount with its code. Raises GamedayError for anything else."""
    from gameday.base.errors import GamedayError

    if not text:
        return Decimal(0), ""
    amount, _, code = text.strip().partition(" ")
    try:
        found = Decimal(amount)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or not 0 <= found < 10**18 or len(code) != 3 or not (code.isascii() and code.isupper()):
        raise GamedayError(
            f"--not-booked {text[:40]!r} is not an amount with its currency", hint='such as "1200.50 EUR"'
        )
    return found, code
