"""Options that several commands share."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


#: As in the configuration; a faster run leaves no time for anything to happen.
FASTEST = 100_000.0


class _Wide(click.IntRange):
    """A range whose upper end nobody reaches; the help does not show it."""

    def _describe_range(self) -> str:
        return f"x>={self.min}"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Like click, but what is too large is not said to be too small."""
        with contextlib.suppress(TypeError, ValueError):
            if self.max is not None and int(value) > self.max:
                self.fail(f"{value} is more than {self.max}.", param, ctx)
        return super().convert(value, param, ctx)


#: What the files of a run can hold; the configuration has the same limit.
SEED = _Wide(0, 2**63 - 1)
#: Of anything that is counted. Far more than any run can have, and few enough to calculate with.
COUNT = _Wide(1, 1_000_000_000)


class Pace(click.FloatRange):
    """A pace: greater than 0, and a number that clocks can be calculated with."""

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True, max=FASTEST)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Like click, but without infinity and NaN."""
        pace = float(super().convert(value, param, ctx))
        if math.isnan(pace):
            self.fail(f"{value} is not a number.", param, ctx)
        return pace


def runs_option() -> Decorator:
    """The folder of the runs."""
    return click.option(
        "--runs",
        "runs_dir",
        type=click.Path(file_okay=False, path_type=Path),
        default=None,
        help="Folder that keeps the runs.  [default: runs, or the configuration's]",
    )


def results_option() -> Decorator:
    """Where results are kept after a job."""
    return click.option(
        "--results",
        default=None,
        help="Store of results: a folder, git:BRANCH, git:REMOTE/BRANCH, or an address of fsspec.  "
        "[default: the configuration's]",
    )


def config_option() -> Decorator:
    """The configuration file."""
    return click.option(
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        default=None,
        help="Configuration file.  [default: gameday.toml, if there is one]",
    )


def organisation_option() -> Decorator:
    """The organisation that the fakes serve."""
    return click.option(
        "--organisation",
        type=click.Path(file_okay=False, path_type=Path),
        default=None,
        help="Folder of what CRM and ERP serve.  [default: the bundled one, or the configuration's]",
    )


def pace_option(default: str = "60, or the configuration's") -> Decorator:
    """How fast scenario time runs; ``default`` is in words."""
    return click.option(
        "--pace",
        type=Pace(),
        default=None,
        help=f"Scenario seconds in a real second; 1 in staging.  [default: {default}]",
    )


def isolation_option() -> Decorator:
    """Whether stacks are taken off all networks."""
    return click.option(
        "--isolation/--no-isolation",
        "isolation",
        default=True,
        show_default=True,
        help="Take the stack off all networks but the fakes and `reach`.",
    )


def runs_folder(runs_dir: Path | None) -> Path:
    """The folder of the runs: the option's, else the configuration's."""
    from gameday.config.gameday_toml import load_config

    return runs_dir or load_config().runs_dir


def pair_options() -> Decorator:
    """The CRM and the ERP of the flow."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        what = "[default: the one that the contract names]"
        function = click.option("--erp", metavar="NAME", default="", help=f"The ERP.  {what}")(function)
        return click.option("--crm", metavar="NAME", default="", help=f"The CRM.  {what}")(function)

    return decorate


def paths_argument() -> Decorator:
    """Features: files or folders."""
    return click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
