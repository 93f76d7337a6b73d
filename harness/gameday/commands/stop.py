"""``gameday stop`` and ``gameday confirm``: ask something of runs that are under way, without a live board."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from gameday.base.terminal import show
from gameday.commands.options import runs_folder, runs_option

if TYPE_CHECKING:
    from gameday.live.channel import Command

#: How long a run may take to heal its faults and end its processes (real seconds).
END_S = 20.0


@click.command()
@click.argument("run", metavar="[RUN]", default="")
@click.option("--by", default="", help="Who stops it.  [default: the user]")
@click.option("--why", default="", help="Why, for the history.")
@runs_option()
def stop(run: str, by: str, why: str, runs_dir: Path | None) -> int:
    """Stop the runs of a folder, or one; every fault is healed.

    RUN is a run's folder or its name. Without it every run of the folder is stopped, and no further scenario of their
    game days begins. It waits until they have ended; if one has not, the command exits with 3. Only the user who
    started a run can stop it.
    """
    from gameday.base.errors import EXIT_INCONCLUSIVE, EXIT_PASSED
    from gameday.run.stopping import active_faults, ask_runs, located, wait_for_end

    folder, name = located(runs_folder(runs_dir), run)
    if not folder.is_dir():
        show(f"no run is under way in {folder}")
        return EXIT_PASSED
    asked = ask_runs(folder, _command("stop", name, by, why))
    left = wait_for_end(asked, END_S)
    for each in asked:
        if each not in left:
            show(f"{each.name}: stopped, every fault is healed")
            continue
        active = ", ".join(active_faults(each)) or "no fault"
        hint = "is it yours? Ctrl-C where it was started ends it, and `gameday heal` heals once it has ended"
        show(f"NOT STOPPED: {each.name}: {active} active after {END_S:g} s ({hint})", err=True)
    if not asked:
        show(f"no run is under way in {folder}; no further scenario of a game day there begins")
    return EXIT_INCONCLUSIVE if left else EXIT_PASSED


@click.command()
@click.argument("run", metavar="[RUN]", default="")
@click.option("--by", default="", help="Who watches.  [default: the user]")
@click.option("--note", default="", help="A note for the history.")
@runs_option()
def confirm(run: str, by: str, note: str, runs_dir: Path | None) -> int:
    """Confirm that somebody watches a run with a dead-man's switch.

    RUN is a run's folder or its name; without it all runs of the folder that are under way are confirmed.
    """
    from gameday.base.errors import EXIT_PASSED, GamedayError
    from gameday.run.stopping import ask_runs, located

    folder, name = located(runs_folder(runs_dir), run)
    asked = ask_runs(folder, _command("confirm", name, by, note)) if folder.is_dir() else []
    if not asked:
        raise GamedayError(f"no run is under way in {str(folder)!r}", hint="`gameday run` starts one")
    for each in asked:
        show(f"{each.name}: confirmed")
    return EXIT_PASSED


def _command(act: Literal["stop", "confirm"], run: str, by: str, text: str) -> Command:
    from gameday.live.channel import Command

    return Command(act, by or _user(), text, run)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "an operator"
