"""``gameday merge``: the runs of several jobs in one folder, with one report."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gameday.base.columns import columns
from gameday.base.errors import EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PASSED, GamedayError
from gameday.base.terminal import PAPER_WIDTH, console, show, show_lines

if TYPE_CHECKING:
    from gameday.steps.outcome import Outcome
    from gameday.steps.shards import Entry, ShardFile

#: From the best to the worst.
_RANKS = ("not applicable", "passed", "inconclusive", "not run", "aborted", "failed")
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("folders", metavar="RUNS...", nargs=-1, required=True, type=_FOLDER)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("merged"),
    show_default=True,
    help="New folder for all runs.",
)
@click.option("--as-expected", is_flag=True, help="Exit 0 if each stack did what the tags say: @fails:STACK.")
def merge(folders: tuple[Path, ...], out: Path, as_expected: bool) -> int:
    """Put the runs of several jobs together, with one report.

    RUNS are the folders that `gameday run --shard` filled. Each run is judged again; one that is not as it was sealed
    is inconclusive, as is the whole if the runs of a job are missing. Exits as `gameday run` does.
    """
    from gameday.commands.expected import exit_code, show_unexpected, unexpected
    from gameday.commands.run_summary import show_reasons, show_results
    from gameday.steps.shards import read_shard
    from gameday_reports import NotRun, render_summary

    shards = [(folder, read_shard(folder)) for folder in folders]
    missing = _missing(shards)
    try:
        out.mkdir(parents=True)
    except OSError as problem:
        raise GamedayError(f"cannot make the folder {str(out)!r}: {problem.strerror}", hint="name a new one") from None
    outcomes = [_merged(folder, entry, out) for folder, shard in shards for entry in shard.entries]
    show_results(console(width=columns() or PAPER_WIDTH), outcomes)
    not_run = [NotRun(o.scenario, o.stack, o.seed, o.why, o.result) for o in outcomes if not o.run_dir]
    render_summary([Path(o.run_dir) for o in outcomes if o.run_dir], out / "index.html", not_run=not_run)
    show_reasons(unexpected(outcomes) if as_expected else outcomes)
    show_lines(["", f"Report: {out / 'index.html'}"])
    if missing:
        show(f"missing: the runs of {'job' if len(missing) == 1 else 'jobs'} {', '.join(missing)}", err=True)
    code = show_unexpected(outcomes) if as_expected else exit_code(outcomes)
    return code or (EXIT_INCONCLUSIVE if missing else code)


def _missing(shards: Sequence[tuple[Path, ShardFile]]) -> list[str]:
    """The jobs of which there is no folder. Raises GamedayError for folders that do not belong together."""
    (folder, first), *others = shards
    for other, shard in others:
        if (shard.of, shard.plan) != (first.of, first.plan):
            raise GamedayError(
                f"{str(other)!r} and {str(folder)!r} are jobs of different game days",
                hint="all jobs need the same features, stacks, seeds and number of jobs",
            )
    numbers = [shard.number for _, shard in shards]
    if twice := sorted({number for number in numbers if numbers.count(number) > 1}):
        raise GamedayError(f"job {twice[0]} is there twice", hint="name the folder of each job once")
    return [f"{number}/{first.of}" for number in range(1, first.of + 1) if number not in numbers]


def _merged(source: Path, entry: Entry, out: Path) -> Outcome:
    """The outcome of one scenario, its run copied and judged again."""
    from gameday.scoring.judge import check_run
    from gameday.scoring.run_folder import Run
    from gameday.scoring.seal import verify
    from gameday.steps.outcome import Outcome

    outcome = Outcome(
        entry.scenario,
        entry.feature,
        entry.stack,
        entry.seed,
        entry.result,
        problem=entry.problem,
        not_applicable=entry.not_applicable,
        exit_code=_exit_code(entry.result),
    )
    if not entry.folder:
        return outcome if entry.result != "passed" else _worse(outcome, "not run", "it has no folder")
    if not (source / entry.folder).is_dir():
        return _worse(outcome, "not run", f"the folder {entry.folder} is missing")
    copy = out / entry.folder
    if copy.exists():
        raise GamedayError(f"two jobs have a run {entry.folder!r}", hint="give each job a folder of its own")
    shutil.copytree(source / entry.folder, copy, symlinks=True)
    try:
        seal, checked = verify(copy), check_run(Run(copy))
        scenario, info = Run(copy).scenario(), Run(copy).info()
    except GamedayError as problem:
        return _worse(outcome, "inconclusive", str(problem))
    values = {"run_dir": str(copy), "planned": scenario, "verdicts": checked.verdicts, "pace": info.pace}
    found = _replaced(outcome, values)
    if (scenario.name, info.stack, info.seed) != (entry.scenario, entry.stack, entry.seed):
        return _worse(found, "inconclusive", f"{entry.folder} is the run of another scenario")
    if not seal.counts:
        found = _worse(found, "inconclusive", seal.sentence)
    return _worse(found, checked.result.word, found.problem)


def _worse(outcome: Outcome, result: str, problem: str) -> Outcome:
    """The outcome with a result if that is the worse one."""
    if _RANKS.index(result) <= _rank(outcome.result):
        return outcome
    return _replaced(outcome, {"result": result, "problem": problem, "exit_code": _exit_code(result)})


def _rank(result: str) -> int:
    return _RANKS.index(result) if result in _RANKS else len(_RANKS)


def _exit_code(result: str) -> int:
    """The exit code of one scenario; what is not known is no pass."""
    return {"passed": EXIT_PASSED, "not applicable": EXIT_PASSED, "failed": EXIT_FAILED}.get(result, EXIT_INCONCLUSIVE)


def _replaced(outcome: Outcome, values: dict[str, object]) -> Outcome:
    import msgspec

    return msgspec.structs.replace(outcome, **values)
