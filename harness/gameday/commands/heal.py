"""``gameday heal``: heal every fault that a crashed run left active."""

from __future__ import annotations

from pathlib import Path

import click

from gameday.base.terminal import show
from gameday.commands.healing import show_problems
from gameday.commands.options import runs_folder, runs_option


@click.command()
@click.option(
    "--forget",
    metavar="RUN",
    help="Drop what this run left active without healing it: for a server or stack that is gone for good.",
)
@runs_option()
def heal(forget: str | None, runs_dir: Path | None) -> int:
    """Heal every fault that a crashed run left active.

    Runs that are still going are left alone. Healing twice is harmless. What does not answer stays outstanding, and the
    command exits with 3. What leads a stack to its sandbox tenants since gameday died is closed too.
    """
    from gameday.base.errors import EXIT_INCONCLUSIVE, EXIT_PASSED
    from gameday.run.healing import forget as forget_run
    from gameday.run.healing import heal_abandoned
    from gameday.run.open_ports import open_now
    from gameday.run.pass_through import KEY

    runs_dir = runs_folder(runs_dir)
    if forget is not None:
        run_dir, what = forget_run(runs_dir, forget)
        show(f"{run_dir.name}: forgotten, not healed: {', '.join(what)}")
        return EXIT_PASSED
    was_open = {each.run_dir for each in open_now()}
    healings = heal_abandoned(runs_dir)
    for healing in healings:
        if healing.healed:
            show(f"{healing.run_dir.name}: {', '.join(healing.healed)}")
        if KEY in healing.healed:
            how = "is closed now" if healing.run_dir.resolve() in was_open else "was not open"
            show(f"CLOSED: the way to the sandboxes of {healing.run_dir.name} {how}: lead the stack there yourself")
    show_problems(healings)
    if not healings:
        show(f"nothing to heal in {runs_dir}")
    return EXIT_INCONCLUSIVE if any(healing.outstanding for healing in healings) else EXIT_PASSED
