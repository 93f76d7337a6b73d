"""The options of the live board, and the board that is served during a session."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from gameday.base.terminal import show
from gameday.commands.options import COUNT, Decorator

if TYPE_CHECKING:
    from gameday.live.serving import LiveBoard, LiveOptions
    from gameday.model.settings import Settings
    from gameday.steps.outcome import Outcome


def live_options() -> Decorator:
    """The options of the live board."""
    options = (
        click.option("--live", is_flag=True, help="Serve a live board for the operators during the runs."),
        click.option("--live-port", type=click.IntRange(0, 65535), help="Port of the board.  [default: a free one]"),
        click.option("--live-host", help="Address of the board; any but loopback needs GAMEDAY_LIVE_TOKEN."),
        click.option(
            "--live-name", "live_names", multiple=True, metavar="HOST", help="A further name of the board; repeatable."
        ),
        click.option("--blind", is_flag=True, help="The live board hides the faults until an operator reveals them."),
        click.option(
            "--abort-after-affected",
            type=COUNT,
            help="Stop the game day when so many deals are affected; needs --live.",
        ),
    )

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def board_options(
    *,
    live: bool,
    live_port: int | None,
    live_host: str | None,
    live_names: tuple[str, ...] = (),
    blind: bool,
    abort_after_affected: int | None,
) -> LiveOptions | None:
    """The options as a struct; None without --live. Raises GamedayError for an option that needs it."""
    from gameday.base.errors import GamedayError

    if not live:
        given = {
            "--live-port": live_port,
            "--live-host": live_host,
            "--live-name": live_names or None,
            "--abort-after-affected": abort_after_affected,
            "--blind": blind or None,
        }
        stray = [name for name, value in given.items() if value is not None]
        if stray:
            raise GamedayError(f"{' and '.join(stray)} without a live board", hint="add --live")
        return None
    # Only here: they import a server.
    from gameday.live.serving import TOKEN_VARIABLE, LiveOptions
    from gameday_fakes.server import LOOPBACK

    return LiveOptions(
        host=live_host or LOOPBACK,
        port=live_port or 0,
        token=os.environ.get(TOKEN_VARIABLE, ""),
        names=live_names,
        blind=blind,
        limit=abort_after_affected,
    )


@contextlib.contextmanager
def live_board(options: LiveOptions | None, settings: Settings) -> Iterator[tuple[Settings, Callable[[Outcome], None]]]:
    """Serve the board, if there is one, during the block.

    Gives the settings with which the runs find the board, and the function to call with each outcome.
    """
    if options is None:
        yield settings, lambda _: None
        return
    import msgspec

    from gameday.live.board import NOTES_GO
    from gameday.live.serving import LiveBoard
    from gameday_reports.live import page

    live = LiveBoard(options, page)
    try:
        with live as board:
            show(f"live board: {board.url}", err=True)
            yield msgspec.structs.replace(settings, live=str(board.folder)), lambda outcome: _tell(board, outcome)
    finally:
        for run, by, text in live.too_late():
            show(f"too late for the history of {run}: note by {by}: {text} ({NOTES_GO})", err=True)


def _tell(board: LiveBoard, outcome: Outcome) -> None:
    board.finished(outcome.stack, outcome.seed, outcome.scenario, outcome.result)


def check_budgets(options: LiveOptions | None, planned: list[Outcome], settings: Settings) -> None:
    """Find a mistake in the abort budgets of the features before the first one runs. Raises GamedayError."""
    from gameday.run.plan import look_up
    from gameday.scoring.budget import budget_of

    if options is None:
        return
    for outcome in planned:
        if outcome.planned is not None:
            budget_of(outcome.planned, look_up(outcome.planned, outcome.stack, settings).contract, options.limit)
