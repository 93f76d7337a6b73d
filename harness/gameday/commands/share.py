"""The share of the planned scenarios that one job of several runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gameday.commands.options import Decorator

if TYPE_CHECKING:
    from gameday.model.settings import Settings
    from gameday.steps.outcome import Outcome
    from gameday.steps.shards import Shard


def shard_option() -> Decorator:
    """Which share of the scenarios to run."""
    text = "Run the K-th of N shares; `gameday merge` puts them together."
    return click.option("--shard", metavar="K/N", callback=_read, help=text)


def _read(_context: click.Context, _option: click.Parameter, given: str | None) -> Shard | None:
    from gameday.steps.shards import Shard

    return Shard.read(given) if given is not None else None


def share(
    job: Shard | None, planned: list[Outcome], settings: Settings
) -> tuple[list[Outcome], Settings, Callable[[list[Outcome]], None]]:
    """The planned scenarios of a share, the settings that run only these, and what keeps their outcomes."""
    import msgspec

    from gameday.steps.shards import plan_digest, share_of, write_shard

    if job is None:
        return planned, settings, lambda _: None
    runs_dir, own, plan = Path(settings.runs_dir), share_of(planned, job), plan_digest(planned)

    def keep(outcomes: list[Outcome]) -> None:
        runs_dir.mkdir(parents=True, exist_ok=True)
        write_shard(runs_dir, job, plan, outcomes)

    return own, msgspec.structs.replace(settings, nodes=tuple(each.node for each in own)), keep
