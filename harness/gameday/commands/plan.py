"""``gameday plan``: what a feature would do."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gameday.base.durations import words
from gameday.base.terminal import show, show_json, show_wrapped
from gameday.commands.options import SEED, config_option, pace_option, pair_options, paths_argument
from gameday.config.features import library

if TYPE_CHECKING:
    from gameday.steps.outcome import Outcome


@click.command()
@paths_argument()
@click.option("--stack", default="durable", show_default=True, help="Stack under test.")
@click.option("--seed", type=SEED, default=1, show_default=True, help="Seed of the run.")
@click.option("--json", "as_json", is_flag=True, help="Print the scenarios as JSON lines.")
@pair_options()
@pace_option()
@config_option()
def plan(
    paths: tuple[Path, ...],
    stack: str,
    seed: int,
    as_json: bool,
    crm: str,
    erp: str,
    pace: float | None,
    config: Path | None,
) -> None:
    """Show what a feature would do, without doing it.

    PATHS are feature files or folders of them; without any, the bundled library. What a run could not do is refused:
    every mistake is shown with its file and line, and the exit code is 2.
    """

    from gameday.commands.run import clocks_of
    from gameday.config.gameday_toml import load_config
    from gameday.contracts.pair import check_pair
    from gameday.model.settings import Settings, Target
    from gameday.run.plan import look_up
    from gameday.steps.planning import plan_scenarios

    check_pair(crm, erp)
    configured = load_config(config)
    pace = pace or configured.run.pace
    settings = Settings(
        mode="plan",
        targets=(Target(stack, seed),),
        pace=pace,
        config=str(config.resolve()) if config else "",
        sandboxes=True,
        crm=crm,
        erp=erp,
    )
    outcomes = plan_scenarios([*paths] or [library()], settings)
    if not as_json:
        # Estimated with the pace that its runs will have.
        pace = clocks_of(configured, settings)[stack].pace
    now = datetime.datetime.now(datetime.UTC)
    for outcome in outcomes:
        assert outcome.planned is not None  # noqa: S101 - plan_scenarios refuses those without
        if as_json:
            show_json(outcome.planned, indent=None)
        else:
            found = look_up(outcome.planned, outcome.stack, settings)
            own_pace = found.clock.pace if found.tenants else pace
            title, *lines = describe(outcome, own_pace, [*found.tenant_lines, *found.abort_lines(now)])
            show_wrapped(title, indent="  ", bold=True)
            for line in lines:
                show_wrapped(line, indent=f"{line[: len(line) - len(line.lstrip())]}  ")
            show("")


def describe(outcome: Outcome, pace: float, aborts: Sequence[str] = ()) -> list[str]:
    """A planned scenario as lines for people; the first is its name.

    ``aborts``: the tenants that it uses, and its abort conditions, each in a line.
    """
    from gameday.model.course import planned_words

    scenario = outcome.planned
    assert scenario is not None  # noqa: S101 - it is planned
    flow, workload = scenario.flow, scenario.workload
    lines = [
        scenario.name,
        f"  {Path(scenario.feature).name}, seed {scenario.seed}, digest {scenario.digest()}",
        f"  Deals flow from {flow.crm} to {flow.erp} under {flow.contract}.",
        f"  {workload.count} deals ({workload.name}) at {workload.per_minute:g} per minute"
        + "".join(f", {name.replace('_', ' ')} {value}" for name, value in workload.params.items()),
    ]
    if outcome.not_applicable:
        lines.append(f"  not applicable, and will not run: {outcome.not_applicable}")
    forecasts = {forecast.injection: forecast for forecast in outcome.forecasts}
    for number, injection in enumerate(scenario.injections):
        until = f"for {words(injection.duration_s)}" if injection.duration_s is not None else "until the recovery"
        given = ", ".join(f"{name} {value}" for name, value in injection.params.items())
        lines.append(
            f"  after {words(injection.at_s)}: {injection.fault} at the {injection.target} {until}"
            + (f" ({given})" if given else "")
        )
        if forecast := forecasts.get(number):
            lines.append(f"    {forecast.line}")
            lines += [f"    warning: {forecast.warning}"] if forecast.warning else []
    lines += [f"  after {words(planned.at_s)}: {planned_words(planned)}" for planned in scenario.by_people]
    lines.append(f"  healed at {words(scenario.healed_s)}, judged at {words(scenario.horizon_s)}")
    lines.append(f"  takes {words(scenario.horizon_s / pace)} at pace {pace:g}")
    lines += [f"  {line}" for line in aborts]
    lines += [f"  then {expectation.text}" for expectation in scenario.expectations]
    return lines
