"""``gameday brief``: the card of a game day."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from gameday.base.terminal import show, show_document
from gameday.commands.options import COUNT, SEED, config_option, pace_option, pair_options

#: A game day is planned for people: faster, its timeline would be over in seconds.
REAL_TIME = 1.0


@click.command()
@click.argument("paths", metavar="FEATURE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--stack", default=None, help="Stack under test.  [default: the configuration's first]")
@click.option("--seed", type=SEED, default=1, show_default=True, help="Seed of the run.")
@click.option(
    "--starts",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]),
    help="When the first deal is closed; without it, times count from T.",
)
@click.option(
    "--abort-after-affected",
    type=COUNT,
    help="Abort budget of the run, in affected deals.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write this file, .html or .md.")
@pair_options()
@pace_option("1: people act in real time")
@config_option()
def brief(
    paths: tuple[Path, ...],
    stack: str | None,
    seed: int,
    starts: datetime | None,
    abort_after_affected: int | None,
    out: Path | None,
    crm: str,
    erp: str,
    pace: float | None,
    config: Path | None,
) -> None:
    """Print a game day's card for each scenario of the features.

    A card has the hypothesis, blast radius, abort conditions, roles, who is informed of what, and the timeline in
    wall-clock time. It is Markdown, unless --out names an HTML file, where each card prints on one page.
    """
    from gameday.base.errors import GamedayError
    from gameday.commands.run import clocks_of
    from gameday.config.gameday_toml import load_config
    from gameday.contracts.pair import check_pair
    from gameday.model.settings import Settings, Target
    from gameday.run.plan import look_up
    from gameday.scoring.budget import budget_of
    from gameday.steps.planning import plan_scenarios
    from gameday_reports.day_card import Day, day_card
    from gameday_reports.document import as_html, as_markdown
    from gameday_reports.files import write

    if out is not None and out.suffix not in (".html", ".md"):
        raise GamedayError(f"unknown kind of file {out.name!r}; known: .html, .md")
    check_pair(crm, erp)
    configured = load_config(config)
    settings = Settings(
        mode="plan",
        targets=(Target(stack or configured.run.stacks[0], seed),),
        pace=pace or REAL_TIME,
        config=str(configured.path or ""),
        sandboxes=True,
        crm=crm,
        erp=erp,
    )
    outcomes = plan_scenarios([*paths], settings)
    # Its runs will have this pace, whatever was asked for.
    (clock,) = clocks_of(configured, settings).values()
    # Without a zone it is local time.
    begins = (starts or datetime.now()).astimezone()  # noqa: DTZ005
    cards = []
    for outcome in outcomes:
        assert outcome.planned is not None  # noqa: S101 - plan_scenarios refuses those without
        plan = look_up(outcome.planned, outcome.stack, settings)
        contract = plan.contract
        budget = budget_of(outcome.planned, contract, abort_after_affected)
        day = Day(outcome.stack, seed, clock.pace, budget, starts, tuple(plan.abort_lines(begins)))
        cards.append(day_card(outcome.planned, contract, day))
    if out is None:
        show_document(as_markdown(cards))
    else:
        show(str(write(out, as_html(cards) if out.suffix == ".html" else as_markdown(cards))))
