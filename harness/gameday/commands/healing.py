"""Heals what crashed runs left active, before and after a command, and shows what was healed and what was not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from gameday.base.terminal import show

if TYPE_CHECKING:
    from gameday.run.healing import Healing


def heal_what_was_left(runs_dir: Path, known: Collection[Path] = ()) -> set[Path]:
    """Heal every run of the folder whose harness is gone, and show it on standard error; the runs still outstanding.

    What does not answer keeps no command from its work. Runs that are ``known`` to be outstanding are not tried again.
    What leads a stack to its sandbox tenants without gameday stays open, and is shown.
    """
    from gameday.run.healing import heal_abandoned
    from gameday.run.rollback_entries import ClosePassThrough

    healings = heal_abandoned(runs_dir, but=known, leaving=(ClosePassThrough,))
    for healing in healings:
        if healing.healed:
            show(f"healed what {healing.run_dir.name} had left active: {', '.join(healing.healed)}", err=True)
    show_problems(healings)
    show_open()
    return {healing.run_dir for healing in healings if healing.outstanding}


def show_problems(healings: Iterable[Healing]) -> None:
    """Show on standard error what could not be healed, one line for each entry."""
    for healing in healings:
        forget = f"`gameday heal --forget {healing.run_dir.name}`"
        for key, why in healing.outstanding.items():
            hint = f"`gameday heal` tries again, {forget} drops it"
            show(f"STILL ACTIVE: {key} of {healing.run_dir.name}: {why} ({hint})", err=True)
        for key, why in healing.refused.items():
            show(f"not carried out: {key} of {healing.run_dir.name}: {why} ({forget} drops it)", err=True)
        if healing.unnoted:
            show(f"{healing.run_dir.name} is healed (its rollback log cannot say so: {healing.unnoted})", err=True)


def show_open() -> None:
    """Show on standard error which stacks still reach their sandbox tenants for a run that died, and until when."""
    from gameday.run.open_ports import open_now
    from gameday.run.pass_through import entry_of, listed

    for each in open_now():
        entry = entry_of(each.run_dir)
        if entry is not None:
            hosts = ", ".join(tenant.host for tenant in entry.way.tenants.values())
            where = f"requests pass at {listed(entry.way)} to {hosts} until {each.until}"
            close = f"`gameday sandbox close {each.run_dir}` closes it"
            show(f"OPEN: gameday died in {each.run_dir.name}, and {where} ({close})", err=True)
