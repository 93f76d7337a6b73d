"""``gameday compare``: what a change made worse or better."""

from __future__ import annotations

from pathlib import Path

import click

from gameday.base.errors import EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PASSED
from gameday.base.terminal import show
from gameday.commands.options import runs_folder, runs_option


@click.command()
@click.argument("before")
@click.argument("after")
@runs_option()
def compare(before: str, after: str, runs_dir: Path | None) -> int:
    """Compare two runs, or the runs of two versions of a stack.

    BEFORE and AFTER are each a run's folder, a STACK@VERSION, or a STACK: of these the newest run of each scenario and
    seed counts. Only runs with the same rubric, contract and scenario are compared; each is judged again from its
    records.

    Exits with 1 if anything is worse: a result, a score by five points, unreported orders, or money that is not booked
    or over-invoiced; with 3 if nothing can be compared.
    """
    from gameday_reports import compare as comparison

    folder = runs_folder(runs_dir)
    found = comparison.compare(comparison.select(before, folder), comparison.select(after, folder))
    for line in comparison.lines(found):
        show(line)
    if not found.compared.of:
        return EXIT_INCONCLUSIVE
    return EXIT_FAILED if found.compared.worse else EXIT_PASSED
