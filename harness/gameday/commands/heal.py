"""``gameday heal``: heal every fault that a crashed run left active."""

from __future__ import annotations

from pathlib import Path

import click

from gameday.base.terminal import show
from gameday.commands.options import runs_folder, runs_option


@click.command()
@runs_option()
def heal(runs_dir: Path | None) -> None:
    """Heal every fault that a crashed run left active.

    Runs that are still going are left alone. Healing twice is harmless.
    """
    from gameday.run.rollback import heal_abandoned

    runs_dir = runs_folder(runs_dir)
    healed = heal_abandoned(runs_dir)
    for run_dir, what in healed.items():
        show(f"{run_dir.name}: {', '.join(what)}")
    if not healed:
        show(f"nothing to heal in {runs_dir}")
