"""``gameday heal``: undo every fault that a dead harness left behind."""

from __future__ import annotations

from pathlib import Path

import click

from gameday.commands.options import runs_folder, runs_option


@click.command()
@runs_option()
def heal(runs_dir: Path | None) -> None:
    """Undo every fault that a dead harness left behind.

    Runs whose harness is still alive are left alone. Healing twice is harmless.
    """
    from gameday.run.rollback import heal_abandoned

    runs_dir = runs_folder(runs_dir)
    healed = heal_abandoned(runs_dir)
    for run_dir, what in healed.items():
        click.echo(f"{run_dir.name}: {', '.join(what)}")
    if not healed:
        click.echo(f"nothing to heal in {runs_dir}")
