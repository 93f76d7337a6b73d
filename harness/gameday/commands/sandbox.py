"""``gameday sandbox``: what runs have made in real sandbox tenants."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gameday.base.terminal import show
from gameday.commands.options import config_option

if TYPE_CHECKING:
    from gameday_fakes.sandbox.settings import TenantSettings


@click.group()
def sandbox() -> None:
    """Sandbox tenants in which flows run: docs/staging.md."""


@sandbox.command()
@config_option()
def check(config: Path | None) -> None:
    """Have each tenant of gameday.toml prove that it is a sandbox, and show what it allows. Writes nothing."""
    from gameday.run.sandbox_tenants import check as check_tenants

    for line in check_tenants(tenants_in(config), os.environ):
        show(line)


@sandbox.command()
@click.argument("run", type=click.Path(path_type=Path))
@config_option()
def clean(run: Path, config: Path | None) -> None:
    """Remove what a run has made in its sandbox tenants, and read again that nothing is left.

    Each tenant has to prove first that it is a sandbox, and one that gameday.toml allows. What the run made is found by
    the run's tag; nothing else is touched. Doing it again is harmless.
    """
    from gameday.run.sandbox_run import read_tenants, same_tenants
    from gameday.run.sandbox_tenants import clean as clean_tenants

    made = read_tenants(run)
    tenants = tenants_in(config)
    same_tenants(made, tenants)
    own = {vendor: tenants[vendor] for vendor in made.tenants}
    removed = clean_tenants(made.tag, own, os.environ, naming=made.naming)
    for vendor, counts in removed.items():
        listed = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count) or "nothing was left"
        show(f"{vendor}: removed {listed}" if any(counts.values()) else f"{vendor}: {listed}")


@sandbox.command()
@click.argument("run", type=click.Path(path_type=Path))
def close(run: Path) -> None:
    """Close the way to the sandbox tenants that stayed open when gameday died in a run.

    Until then, or until its time is over, the stack of RUN reaches the tenants without faults:
    `when_gameday_dies = "open"` in docs/staging.md. From now on it has no connection to them unless it is led there.
    """
    from gameday.base.errors import GamedayError
    from gameday.run.pass_through import close as close_way
    from gameday.run.rollback import log_of

    if not log_of(run).exists():
        raise GamedayError(f"{str(run)!r} is not the folder of a run", hint="name it as `gameday heal` does: runs/RUN")
    was_open = close_way(run)
    show(f"{run.name}: {'closed' if was_open else 'was not open'}: the stack has no connection to its sandboxes here")


def tenants_in(config: Path | None) -> Mapping[str, TenantSettings]:
    """The tenants of a configuration, by vendor. Raises GamedayError without any."""
    from gameday.base.errors import GamedayError
    from gameday.config.gameday_toml import load_config
    from gameday.config.sandbox import HINT

    configured = load_config(config)
    if configured.sandbox is None:
        raise GamedayError(f"{configured.path or 'gameday.toml'} names no sandbox tenants", hint=HINT)
    return configured.sandbox.tenants
