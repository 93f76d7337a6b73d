"""``gameday tabletop``: an exercise on paper, and the runbooks."""

from __future__ import annotations

from pathlib import Path

import click

from gameday.base.terminal import show


@click.command()
@click.argument("run_dir", metavar="[RUN]", required=False, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write into.")
@click.option("--markdown", is_flag=True, help="Write Markdown for a wiki instead of HTML for a printer.")
@click.option("--minutes", type=click.IntRange(10, 480), default=60, show_default=True, help="Length of the exercise.")
@click.option("--runbooks", is_flag=True, help="Write a runbook template for each fault.")
def tabletop(run_dir: Path | None, out: Path, markdown: bool, minutes: int, runbooks: bool) -> None:
    """Make a tabletop kit from a recorded run, or write the runbooks.

    RUN is a run's folder. The kit has the player's manual, the facilitator's handbook, the injects with the recorded
    texts of alerts and errors, and the evaluator's sheet.
    """
    from gameday.base.errors import GamedayError
    from gameday.scoring.run_folder import Run
    from gameday_reports.document import save
    from gameday_reports.recorded import RecordedRun
    from gameday_reports.runbooks import runbook_documents
    from gameday_reports.tabletop import kit

    if runbooks == (run_dir is not None):
        raise GamedayError("name either a run or --runbooks", hint="`gameday list runs` names them")
    if run_dir is not None:
        Run(run_dir).info()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise GamedayError(f"cannot make the folder {str(out)!r}: {problem.strerror}") from None
    documents = kit(RecordedRun(run_dir), minutes=minutes) if run_dir is not None else runbook_documents()
    for path in save(documents, out, markdown=markdown):
        show(str(path))
