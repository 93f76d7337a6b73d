"""``gameday explore``: search for the schedule of faults and operations that breaks a stack."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gameday.base.counts import plural
from gameday.base.errors import EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PASSED, GamedayError
from gameday.base.processors import scenarios_at_a_time
from gameday.base.terminal import PAPER_WIDTH, console, show, show_lines
from gameday.commands.healing import heal_what_was_left
from gameday.commands.on_cluster import on_option, workers_on
from gameday.commands.options import COUNT, SEED, config_option, pace_option, pair_options, runs_option

if TYPE_CHECKING:
    from gameday.explore.exploring import Explored, Mode

#: Of what was never reached, so many are named.
MOST_NAMED = 20


@click.command()
@click.option("--stack", default="durable", show_default=True, help="Stack under test.")
@click.option(
    "--time",
    "duration",
    default="10m",
    show_default=True,
    help="How long to search, in real time. What fails at its end is still shrunk, for a minute at most, and repeated.",
)
@click.option("--faults", default="", help="Layers or names of faults, with commas between them.  [default: all]")
@click.option("--seed", type=SEED, default=1, show_default=True, help="Seed of the search.")
@click.option(
    "--corpus",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("corpus"),
    show_default=True,
    help="Folder of what was found; what is in it is not reported again.",
)
@click.option(
    "--mode",
    type=click.Choice(["simulated", "live"]),
    default=None,
    help="On virtual time in one process, or as `gameday run` does.  [default: simulated if the stack can be]",
)
@click.option(
    "--from",
    "story",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    default=None,
    help="Search around this: an incident's timeline (YAML), or a feature, such as a drift's.",
)
@click.option("--runs-at-most", "most_runs", type=COUNT, default=None, help="End after so many runs.")
@click.option("--findings-at-most", "most_findings", type=COUNT, default=None, help="End after so many failures.")
@click.option(
    "--replays", type=click.IntRange(0, 100), default=1, show_default=True, help="How often each failure is run live."
)
@click.option("-j", "--parallel", type=click.IntRange(1, 1024), default=None, help="Runs at a time.")
@on_option()
@pair_options()
@click.option("--contract", default="closed-won-to-sales-order", show_default=True, help="The contract of the flow.")
@click.option("--ci", is_flag=True, help="Show no progress.")
@pace_option()
@runs_option()
@config_option()
def explore(
    stack: str,
    duration: str,
    corpus: Path,
    ci: bool,
    on: str | None,
    pace: float | None,
    runs_dir: Path | None,
    config: Path | None,
    **more: Any,
) -> int:
    """Search for the schedule of faults and business operations that breaks a stack.

    What fails is shrunk and written into the corpus as a feature. Exits with 1 if anything new was found, with 3 if no
    run could be judged.
    """
    from gameday.base.durations import parse_duration
    from gameday.commands.rendering import RENDERING
    from gameday.config.gameday_toml import load_config
    from gameday.contracts.pair import asked_flow
    from gameday.explore.corpus import Corpus
    from gameday.explore.exploring import Options, default_mode, explore
    from gameday.model.settings import Settings, Target

    signal.signal(signal.SIGTERM, _interrupt)
    configured = load_config(config)
    runs_dir = (runs_dir or configured.runs_dir).resolve()
    settings = Settings(
        targets=(Target(stack, more["seed"]),),
        pace=pace or configured.run.pace,
        runs_dir=str(runs_dir),
        config=str(configured.path or ""),
        plugins=(RENDERING,),
        began_s=time.monotonic(),
    )
    left = heal_what_was_left(runs_dir)
    seed = more["seed"]
    options = Options(
        stack=stack,
        flow=asked_flow(more["contract"], configured.contract_folders, more["crm"], more["erp"]),
        seed=seed,
        for_s=parse_duration(duration),
        mode=_live(more["mode"]) if on is not None else more["mode"] or default_mode(stack, settings),
        faults=tuple(filter(None, map(str.strip, more["faults"].split(",")))),
        most_runs=more["most_runs"],
        most_findings=more["most_findings"],
        workers=more["parallel"],
        replays=more["replays"],
        story=more["story"],
    )
    show(f"exploring {stack}, {options.mode}, for {duration}, seed {seed}", err=True)
    progress = _Progress(quiet=ci)
    try:
        processes = options.workers or scenarios_at_a_time()
        with workers_on(on, processes, configured, settings, options.workers) as place:
            explored = explore(options, settings, Corpus(corpus, stack, seed), progress, place)
    finally:
        outstanding = heal_what_was_left(runs_dir, left)
    _show(explored)
    return _exit_code(explored) or (EXIT_INCONCLUSIVE if outstanding else EXIT_PASSED)


def _live(mode: Mode | None) -> Mode:
    """The mode of a search on a cluster. Raises GamedayError for another one."""
    if mode == "simulated":
        raise GamedayError("--on is for live runs: a simulated one takes a fraction of a second", hint="--mode live")
    return "live"


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


class _Progress:
    """One line on standard error now and then."""

    EVERY_S = 10.0

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._shown_s = time.monotonic()

    def __call__(self, tried: Any, found: int) -> None:
        if self._quiet or time.monotonic() - self._shown_s < self.EVERY_S:
            return
        self._shown_s = time.monotonic()
        show(f"{tried.seconds:.0f} s: {plural(tried.runs, 'run')}, {plural(found, 'failure')} found", err=True)


def _exit_code(explored: Explored) -> int:
    if explored.found:
        return EXIT_FAILED
    results = explored.tried.results
    return EXIT_PASSED if results["passed"] or results["failed"] else EXIT_INCONCLUSIVE


def _show(explored: Explored) -> None:
    from rich.table import Table

    tried = explored.tried
    per_second = tried.runs / tried.seconds if tried.seconds else 0.0
    results = ", ".join(f"{count:,} {result}" for result, count in sorted(tried.results.items()))
    schedules = plural(tried.runs, "schedule")
    show(f"tried    {schedules} in {tried.seconds:.0f} s ({per_second:.1f} a second): {results or 'none'}")
    if tried.shrinking:
        show(f"         {plural(tried.shrinking, 'further run')} to shrink and repeat what failed")
    for problem, count in tried.problems.most_common(3):
        show(f"not run  {plural(count, 'time')}: {problem}")
    never = explored.never
    show(f"reached  {len(tried.reached):,} different things; {len(never):,} that should happen sometimes never did")
    if never:
        more = f" and {len(never) - MOST_NAMED:,} more" if len(never) > MOST_NAMED else ""
        show(f"never    {'; '.join(never[:MOST_NAMED])}{more}")
    again = sum(tried.again.values())
    if explored.known or again:
        alike = plural(again, "run")
        show(f"known    {explored.known:,} in the corpus before; {alike} failed like what was known already")
    if not explored.found:
        show("found    nothing new")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("found", "run", "faults", "deals", "seconds", "repeats", "live", "feature"):
        table.add_column(name)
    for path, finding in explored.found:
        injections, deals, length_s = finding.schedule.size
        replays = ", ".join(explored.replays.get(path.name, [])) or "not run"
        row = (finding.signature.broken, finding.found_in, injections, deals, f"{length_s:.0f}", finding.rate, replays)
        table.add_row(*map(str, row), path.name)
    console(width=PAPER_WIDTH).print(table)
    show_lines(f"         {finding.signature.title}" for _, finding in explored.found)
