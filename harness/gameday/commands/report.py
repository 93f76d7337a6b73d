"""``gameday report``: write the reports of a recorded run again."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("run_dir", metavar="RUN", type=click.Path(path_type=Path))
def report(run_dir: Path) -> None:
    """Write the reports of a recorded run again.

    RUN is a run's folder; the reports are written into it.
    """
    from gameday.store import Run, check_run
    from gameday_reports import render

    checked = check_run(Run(run_dir))
    for path in render(run_dir, case=checked.case):
        click.echo(str(path))
