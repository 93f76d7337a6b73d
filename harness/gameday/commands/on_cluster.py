"""The option ``--on``, and the workers of the cluster that it names."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from gameday.base.terminal import show
from gameday.commands.options import Decorator

if TYPE_CHECKING:
    from gameday.config.gameday_toml import Config
    from gameday.model.settings import Settings
    from gameday.steps.workers import Workers


def on_option() -> Decorator:
    """Where scenarios run, if not on this machine."""
    return click.option("--on", metavar="ADDRESS", help="Run on a Dask cluster: dask://HOST:PORT, TLS off loopback.")


@contextlib.contextmanager
def workers_on(
    on: str | None, processes: int, configured: Config, settings: Settings, most: int | None = None
) -> Iterator[Workers]:
    """The workers of the cluster, checked, at most ``most`` runs at a time; without ``on`` processes of this machine.

    What the cluster could not heal is shown at the end. Raises GamedayError, or Mistakes with all that is wrong.
    """
    if on is None:
        from gameday.steps.session import LocalWorkers

        yield LocalWorkers(processes)
        return
    from gameday.cluster.address import read_address
    from gameday.cluster.connection import check_workers, connected
    from gameday.cluster.dask_workers import DaskWorkers

    address = read_address(on)
    check_apart(configured, (target.stack for target in settings.targets))
    with connected(address) as client:
        workers = DaskWorkers(client, check_workers(client, settings, _tell), _tell, most)
        try:
            yield workers
        finally:
            for line in workers.outstanding:
                show(f"STILL ACTIVE on a worker: {line} (its machine tries again when a worker starts)", err=True)


def check_apart(configured: Config, stacks: Iterable[str]) -> None:
    """Raise GamedayError for what is there once, and would be used by runs on several machines."""
    from gameday.base.errors import GamedayError
    from gameday.config.stack_address import one_at_a_time

    hint = "run it on one machine, without --on"
    if configured.fakes_url:
        raise GamedayError("[fakes] names fakes that run already, which serve one run at a time", hint=hint)
    if configured.sandbox is not None:
        raise GamedayError("[sandbox] names tenants, in which a stack would find the deals of other runs", hint=hint)
    for name in dict.fromkeys(stacks):
        table = configured.stack(name)
        if table.url:
            raise GamedayError(f"stack {name!r} runs already, at one url", hint=hint)
        if one_at_a_time(table):
            raise GamedayError(f"stack {name!r} has fixed ports, so it runs once at a time", hint=hint)


def _tell(line: str) -> None:
    show(line, err=True)
