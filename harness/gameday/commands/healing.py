"""What a command does before it begins: heal what dead harnesses left behind, and say so."""

from __future__ import annotations

from pathlib import Path

import click


def heal_what_was_left(runs_dir: Path) -> None:
    """Heal every run of the folder whose harness is gone, and tell it on standard error."""
    from gameday.run.rollback import heal_abandoned

    for healed, what in heal_abandoned(runs_dir).items():
        click.echo(f"healed what {healed.name} had left behind: {', '.join(what)}", err=True)
