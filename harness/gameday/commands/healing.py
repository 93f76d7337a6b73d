"""Heals what crashed runs left active, before a command begins."""

from __future__ import annotations

from pathlib import Path

from gameday.base.terminal import show


def heal_what_was_left(runs_dir: Path) -> None:
    """Heal every run of the folder whose harness is gone, and show it on standard error."""
    from gameday.run.rollback import heal_abandoned

    for healed, what in heal_abandoned(runs_dir).items():
        show(f"healed what {healed.name} had left active: {', '.join(what)}", err=True)
