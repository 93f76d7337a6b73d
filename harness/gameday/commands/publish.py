"""``gameday publish``: a run's postmortem as the payload of a tool."""

from __future__ import annotations

from pathlib import Path

import click

from gameday.base.terminal import show, show_document


@click.command()
@click.argument("run_dir", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--to", "target", metavar="TARGET", required=True, help="For which tool, such as jira or markdown.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write this file.  [default: standard output]",
)
def publish(run_dir: Path, target: str, out: Path | None) -> None:
    """Write a run's postmortem as the payload of a tool.

    RUN is a run's folder; it is judged again first. Names that the contract classifies as confidential are masked, and
    texts are escaped as the tool needs it. Nothing is sent. An unknown TARGET is refused with the known ones.
    """
    from gameday.base.errors import GamedayError
    from gameday.base.whole_file import write_whole
    from gameday.scoring.judge import check_run
    from gameday.scoring.run_folder import Run
    from gameday.scoring.seal import verify
    from gameday_reports.outlet import outlets
    from gameday_reports.recorded import RecordedRun

    outlet = outlets[target]
    seal = verify(run_dir)
    if seal.word in ("altered", "exposed"):
        raise GamedayError(f"{run_dir} is {seal.sentence}", hint="what is published is what the run recorded")
    run = RecordedRun(run_dir, case=check_run(Run(run_dir)).case)
    if seal.sentence:
        show(f"seal: {seal.sentence}", err=True)
    if out is None:
        show_document(outlet.text(run))
    else:
        write_whole(out, outlet.file(run, out))
        show(str(out))
