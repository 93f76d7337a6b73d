"""``gameday check``: judge a recorded run again."""

from __future__ import annotations

from pathlib import Path

import click

from gameday.base.errors import EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PASSED
from gameday.base.terminal import show


@click.command()
@click.argument("run_dirs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(run_dirs: tuple[Path, ...]) -> int:
    """Judge recorded runs again from their histories and ledgers.

    RUN is a run's folder. Exits as `gameday run` does, but with 3 instead of 0 if the records of one were altered.
    """
    codes = set()
    for run_dir in run_dirs:
        if len(run_dirs) > 1:
            show(f"{run_dir}:")
        codes.add(_check(run_dir))
    return next((code for code in (EXIT_FAILED, EXIT_INCONCLUSIVE) if code in codes), EXIT_PASSED)


def _check(run_dir: Path) -> int:
    """Judge one run again, and show it; its exit code."""
    from gameday.analysis.outside_hosts import tried_hosts, tried_sentence
    from gameday.scoring.judge import check_run
    from gameday.scoring.run_folder import Run
    from gameday.scoring.seal import verify

    run = Run(run_dir)
    checked = check_run(run)
    seal = verify(run_dir)
    if sentence := seal.sentence:
        show(f"seal     {sentence}")
    if note := run.info().isolation_note:
        show(f"isolated {note}" if run.info().isolated else note)
    if hosts := tried_sentence(tried_hosts(run.history() if checked.case is None else checked.case.history)):
        show(f"outside  {hosts}")
    for ended in checked.scorecard.exits:
        show(f"exited   {ended.sentence}: {ended.last_line}")
    for verdict in checked.verdicts:
        show(f"{verdict.result.word:8} {verdict.name}: {verdict.summary}")
    code = checked.result.exit_code
    # A pass of records that are not those of the run shows nothing.
    return EXIT_INCONCLUSIVE if code == EXIT_PASSED and seal.word == "altered" else code
