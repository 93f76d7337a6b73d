"""``gameday export``: a redacted copy of a run, to send to somebody."""

from __future__ import annotations

from pathlib import Path

import click

from gameday.base.terminal import show


@click.command()
@click.argument("run_dir", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="New folder for the copy.  [default: the run's name and -export, in the current folder]",
)
def export(run_dir: Path, out: Path | None) -> None:
    """Copy a run's records, redacted, to send them to somebody.

    RUN is a run's folder. Names that the contract classifies as confidential become pseudonyms; secrets, logs and the
    stack's state are left out. The copy is judged as the run is, and its seal says that it is an export: it never
    counts as a run.
    """
    from gameday.scoring.run_folder import Run
    from gameday_reports.export import export as write_export

    Run(run_dir).info()
    show(f"Export: {write_export(run_dir, out or Path(f'{run_dir.resolve().name}-export'))}")
