"""``gameday sandbox``: what runs have made in real sandbox tenants."""

from __future__ import annotations

import os
from pathlib import Path

import click

from gameday.base.terminal import show
from gameday.commands.options import config_option


@click.group()
def sandbox() -> None:
    """Sandbox tenants in which flows run: docs/staging.md."""


@sandbox.command()
@click.argument("run", type=click.Path(path_type=Path))
@config_option()
def clean(run: Path, config: Path | None) -> None:
    """Remove what a run has made in its sandbox tenants, and read again that nothing is left.

    Each tenant has to prove first that it is a sandbox, and one that gameday.toml allows. What the run made is found by
    the run's tag; nothing else is touched. Doing it again is harmless.
    """
    from gameday.config.gameday_toml import load_config
    from gameday.run.sandbox_clean import clean as clean_tenants
    from gameday.run.sandbox_run import read_tenants, same_tenants

    made = read_tenants(run)
    configured = load_config(config).sandbox
    tenants = configured.tenants if configured is not None else {}
    same_tenants(made, tenants)
    removed = clean_tenants(made.tag, {vendor: tenants[vendor] for vendor in made.tenants}, os.environ)
    for vendor, counts in removed.items():
        listed = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count) or "nothing was left"
        show(f"{vendor}: removed {listed}" if any(counts.values()) else f"{vendor}: {listed}")
