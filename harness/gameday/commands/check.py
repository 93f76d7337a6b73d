"""``gameday check``: judge a recorded run again."""

from __future__ import annotations

from pathlib import Path

import click

from gameday.base.terminal import show


@click.command()
@click.argument("run_dir", metavar="RUN", type=click.Path(path_type=Path))
def check(run_dir: Path) -> int:
    """Judge a recorded run again from its history and ledgers.

    RUN is a run's folder. Exits as `gameday run` does.
    """
    from gameday.scoring.judge import check_run
    from gameday.scoring.run_folder import Run

    checked = check_run(Run(run_dir))
    for ended in checked.scorecard.exits:
        show(f"exited   {ended.sentence}: {ended.last_line}")
    for verdict in checked.verdicts:
        show(f"{verdict.result.word:8} {verdict.name}: {verdict.summary}")
    return checked.result.exit_code
