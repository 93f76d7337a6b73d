"""``gameday run``: game days against one or more stacks."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gameday.base.columns import columns
from gameday.base.errors import EXIT_PASSED
from gameday.base.processors import processors, scenarios_at_a_time
from gameday.base.terminal import PAPER_WIDTH, console, show, show_lines
from gameday.commands.expected import exit_code, show_unexpected, unexpected
from gameday.commands.healing import heal_what_was_left
from gameday.commands.live_board import board_options, check_budgets, live_board, live_options
from gameday.commands.on_cluster import on_option, workers_on
from gameday.commands.options import (
    SEED,
    config_option,
    isolation_option,
    pace_option,
    pair_options,
    paths_argument,
    runs_option,
)
from gameday.commands.share import shard_option, share
from gameday.config.features import bundled_features

#: At pace 1 it waits still more. Measured with a run of `durable` and its control beside it: 0.08 of a core, 0.47 GB.
#: So eight take two thirds of a core, which leaves room for their starts.
PARALLEL_PER_CORE_AT_PACE_1 = 8
MEMORY_AT_PACE_1_GB = 0.47

if TYPE_CHECKING:
    from gameday.config.gameday_toml import Config
    from gameday.contracts.pair import Pair
    from gameday.live.serving import LiveOptions
    from gameday.model.settings import Settings
    from gameday.run.stack_clock import StackClock
    from gameday.steps.outcome import Outcome
    from gameday.steps.shards import Shard
    from gameday.steps.workers import Workers


@click.command()
@paths_argument()
@click.option(
    "--stack", "stacks", multiple=True, help="Stack under test; repeatable.  [default: those of the configuration]"
)
@click.option(
    "--stack-version",
    envvar="GAMEDAY_STACK_VERSION",
    default="",
    help="Version of the stack, recorded with its results.  [default: that of its table]",
)
@click.option("--seed", type=SEED, default=None, help="First seed; it decides everything random.")
@click.option("--seeds", type=click.IntRange(1, 10_000), default=1, show_default=True, help="How many seeds in a row.")
@click.option(
    "-j",
    "--parallel",
    type=click.IntRange(1, 1024),
    default=None,
    help="Scenarios at a time.  [default: 5 for each two cores, 8 for each at pace 1]",
)
@click.option(
    "--deals", type=click.Path(path_type=Path), help="A CRM export (CSV or JSONL) instead of generated deals."
)
@click.option("--control/--no-control", default=True, show_default=True, help="A fault-free run with each scenario.")
@click.option("--all-modes", is_flag=True, help="Without PATHS, the rare failure modes too (the folder modes).")
@click.option("--as-expected", is_flag=True, help="Exit 0 if each stack did what the tags say: @fails:STACK.")
@shard_option()
@on_option()
@isolation_option()
@live_options()
@pair_options()
@pace_option()
@runs_option()
@config_option()
def run(
    paths: tuple[Path, ...],
    stacks: tuple[str, ...],
    stack_version: str,
    seed: int | None,
    seeds: int,
    parallel: int | None,
    deals: Path | None,
    control: bool,
    all_modes: bool,
    as_expected: bool,
    shard: Shard | None,
    on: str | None,
    isolation: bool,
    pace: float | None,
    runs_dir: Path | None,
    config: Path | None,
    **live: Any,
) -> int:
    """Run game-day scenarios against a stack and score it.

    PATHS are feature files or folders of them; without any, the bundled library without its rare failure modes.
    """
    from gameday.commands.rendering import RENDERING
    from gameday.config.gameday_toml import load_config
    from gameday.model.settings import Settings, Target
    from gameday.steps.planning import plan_scenarios

    signal.signal(signal.SIGTERM, _interrupt)
    configured = load_config(config)
    pair = _pair(configured, live)
    board = board_options(**live)
    chosen = _seeds(configured.run.seeds if seed is None else (seed,), seeds)
    runs_dir = runs_dir or configured.runs_dir
    settings = Settings(
        targets=tuple(Target(stack, each) for stack in stacks or configured.run.stacks for each in chosen),
        pace=pace or configured.run.pace,
        runs_dir=str(runs_dir.resolve()),
        config=str(configured.path or ""),
        deals=str(deals.resolve() if deals.is_file() else deals) if deals else "",
        control=control,
        stack_version=_version(stack_version, stacks or configured.run.stacks),
        namespace=isolation,
        sandboxes=True,
        crm=pair.crm,
        erp=pair.erp,
        plugins=(RENDERING,),
        began_s=time.monotonic(),
    )
    left = heal_what_was_left(runs_dir)
    features = [*paths] or bundled_features(all_modes=all_modes)
    planned, settings, keep = share(shard, plan_scenarios(features, settings), settings)
    check_budgets(board, planned, settings)
    _say_not_isolated(configured, settings)
    clocks = clocks_of(configured, settings)
    # Operators can follow only one.
    processes = 1 if board is not None and parallel is None else _workers(parallel, configured, clocks)
    _check_spoken(configured, planned)
    with workers_on(on, min(processes, len(planned)), configured, settings, parallel) as workers:
        return _run(features, settings, workers, planned, as_expected, board, left, keep)


def _pair(configured: Config, options: dict[str, Any]) -> Pair:
    """The CRM and ERP that are asked for, taken from the options. Raises GamedayError for an unknown vendor."""
    from gameday.contracts.pair import Pair, check_pair

    pair = Pair(options.pop("crm"), options.pop("erp"))
    # Other vendors may be installed where fakes of one's own run.
    if not configured.fakes_url:
        check_pair(*pair)
    return pair


def _check_spoken(configured: Config, planned: list[Outcome]) -> None:
    from gameday.config.spoken import check_spoken

    for each in planned:
        if each.planned is not None:
            check_spoken(configured.stack(each.stack), each.planned.flow)


def _workers(parallel: int | None, configured: Config, clocks: Mapping[str, StackClock]) -> int:
    """How many scenarios run at a time; one where fixed ports are used by one, each resets the fakes, or in tenants.

    In a tenant a stack would find the deals of another run.
    """
    from gameday.config.stack_address import one_at_a_time

    fixed = any(one_at_a_time(configured.stack(name)) for name in clocks)
    if fixed or configured.fakes_url or configured.sandbox:
        return 1
    return parallel or configured.run.parallel or at_a_time(clocks.values())


def _seeds(first: tuple[int, ...], count: int) -> list[int]:
    """The seeds of the runs: those that were chosen, or so many from the first one on."""
    return [first[0] + i for i in range(count)] if count > 1 else list(first)


def clocks_of(configured: Config, settings: Settings) -> dict[str, StackClock]:
    """How each stack follows the pace; one line on standard error for each whose runs go at pace 1 instead."""
    from gameday.run.stack_clock import stack_clock

    names = dict.fromkeys(target.stack for target in settings.targets)
    clocks = {name: stack_clock(configured.stack(name), settings.pace) for name in names}
    for name, clock in clocks.items():
        if clock.pace != settings.pace:
            show(f"{name}: its runs go at pace {clock.pace:g}, not {settings.pace:g}: {clock.why}", err=True)
    return clocks


def at_a_time(clocks: Collection[StackClock]) -> int:
    """How many scenarios run at a time unless the user says it: more if all of them go at pace 1."""
    if any(clock.pace != 1 for clock in clocks):
        return scenarios_at_a_time()
    fitting = int(memory_gb() / MEMORY_AT_PACE_1_GB)
    return max(scenarios_at_a_time(), min(int(PARALLEL_PER_CORE_AT_PACE_1 * processors()), fitting))


def memory_gb() -> float:
    """The machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _say_not_isolated(config: Config, settings: Settings) -> None:
    from gameday.run.outside import why_not_isolated

    for stack in dict.fromkeys(target.stack for target in settings.targets if settings.namespace):
        if why := why_not_isolated(config.stack(stack), config):
            show(f"{stack}: not isolated: {why}", err=True)


def _version(version: str, stacks: tuple[str, ...]) -> str:
    from gameday.base.errors import GamedayError
    from gameday.config.stack_version import check_version

    if version and len(stacks) != 1:
        raise GamedayError(
            f"the version {version[:80]!r} belongs to one stack, not to {len(stacks)}: {', '.join(stacks)}",
            hint="name one with --stack; --stack-version comes from GAMEDAY_STACK_VERSION too",
        )
    return check_version(version, "--stack-version")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _run(
    features: list[Path],
    settings: Settings,
    workers: Workers,
    planned: list[Outcome],
    as_expected: bool,
    board: LiveOptions | None,
    left: set[Path],
    keep: Callable[[list[Outcome]], None],
) -> int:
    """Run all, show the results and write the report; the exit code.

    ``left``: runs known to be outstanding. ``keep`` is called with the outcomes.
    """
    if not planned:
        keep([])
        show("this share has no scenario")
        return EXIT_PASSED
    from gameday.base.errors import EXIT_INCONCLUSIVE, GamedayError
    from gameday.commands.progress import Progress
    from gameday.commands.run_summary import show_reasons, show_results
    from gameday.run.sandbox_run import SANDBOX_FILE
    from gameday.steps.schedule import scheduled
    from gameday.steps.session import run_session
    from gameday_reports import NotRun, render_summary

    settings = scheduled(settings, planned, longest_first=workers.at_a_time > 1)
    runs_dir = Path(settings.runs_dir)
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise GamedayError(f"cannot make the folder {str(runs_dir)!r}: {problem.strerror}") from None
    try:
        with live_board(board, settings) as (watched, tell), Progress(runs_dir, planned) as progress:

            def finished(outcome: Outcome) -> None:
                progress.finished(outcome)
                tell(outcome)

            # Not with a live board: the game day is over when the scenarios have been run.
            outcomes = run_session(features, watched, workers=workers, on_outcome=finished, again=board is None)
    finally:
        # Workers heal their faults; what a killed one could not heal is healed here.
        outstanding = heal_what_was_left(runs_dir, left)
    keep(outcomes)
    show_results(console(width=columns() or PAPER_WIDTH), outcomes)
    for first, then in progress.repeated:
        how = "alone" if then.pace == first.pace else f"alone at pace {then.pace:g}"
        show(f"{first.stack}: {first.scenario}: run again, {how}: the machine was too busy for {first.run_dir}")
    index = runs_dir / "index.html"
    not_run = [NotRun(o.scenario, o.stack, o.seed, o.why, o.result) for o in outcomes if not o.run_dir]
    render_summary([Path(o.run_dir) for o in outcomes if o.run_dir], index, not_run=not_run)
    show_reasons(unexpected(outcomes) if as_expected else outcomes)
    made = [o.run_dir for o in outcomes if o.run_dir and (Path(o.run_dir) / SANDBOX_FILE).exists()]
    show_lines([f"In the tenants is still what this run made: gameday sandbox clean {run_dir}" for run_dir in made])
    show_lines(["", f"Report: {index}"])
    code = show_unexpected(outcomes) if as_expected else exit_code(outcomes)
    return code or (EXIT_INCONCLUSIVE if outstanding or workers.outstanding else code)
