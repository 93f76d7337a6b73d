"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

DEFAULT_PACE = 60.0
DEFAULT_RUNS = Path("runs")

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def runs_option() -> Decorator:
    """Where runs are kept."""
    return click.option(
        "--runs",
        "runs_dir",
        type=click.Path(file_okay=False, path_type=Path),
        default=DEFAULT_RUNS,
        show_default=True,
        help="Folder that keeps the runs.",
    )


def config_option() -> Decorator:
    """Which configuration."""
    return click.option(
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        default=None,
        help="Configuration file.  [default: gameday.toml, if there is one]",
    )


def pace_option() -> Decorator:
    """How fast scenario time runs."""
    return click.option(
        "--pace",
        type=click.FloatRange(min=0, min_open=True),
        default=DEFAULT_PACE,
        show_default=True,
        help="Scenario seconds in a real second; 1 in staging.",
    )


def paths_argument() -> Decorator:
    """Features: files or folders."""
    return click.argument("paths", nargs=-1, type=click.Path(path_type=Path))


def library() -> Path:
    """The folder of the bundled features."""
    import gameday_scenarios

    return Path(gameday_scenarios.__path__[0])
