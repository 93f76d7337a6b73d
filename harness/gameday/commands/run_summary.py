"""What ``gameday run`` shows at its end: a row for each run, and why those that did not pass did not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.console import RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gameday.base.columns import wrapped
from gameday.base.terminal import literal, show, show_lines, show_wrapped
from gameday.model.checker import Result, Verdict
from gameday.steps.outcome import Outcome

if TYPE_CHECKING:
    from gameday.base.terminal_console import LiteralConsole

STYLES = {
    "passed": "green",
    "failed": "bold red",
    "inconclusive": "yellow",
    "not run": "yellow",
    "aborted": "bold yellow",
    "not applicable": "dim",
}
#: How many runs are explained, and how many expectations and orders of each are named.
RUNS, EXPECTATIONS, ORDERS = 20, 6, 3
POSTMORTEM = "postmortem.html"
#: Wider than any table.
_ANY_WIDTH = 10_000


def show_results(console: LiteralConsole, outcomes: Sequence[Outcome]) -> None:
    """Show the results as a table; where its columns do not fit, each run as a few lines with the same figures."""
    table = summary_table(outcomes)
    if Measurement.get(console, console.options.update(max_width=_ANY_WIDTH), table).minimum <= console.width:
        console.print(table)
        return
    for outcome in _ordered(outcomes):
        for part in _stacked(outcome, console.width):
            console.print(part)


def _ordered(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return sorted(outcomes, key=lambda o: (o.stack, o.scenario, o.seed))


def summary_table(outcomes: Sequence[Outcome]) -> Table:
    """Results, scores, grade, unreported deals and what happened to the revenue: one row for each run."""
    from gameday.scoring.headline import HEADERS, MISSING, headline
    from gameday.scoring.run_folder import Run

    names = ("Stack", "Seed", "Result", *HEADERS)
    rows = []
    for outcome in _ordered(outcomes):
        figures = (MISSING,) * len(HEADERS)
        if outcome.run_dir:
            figures = headline(Run(Path(outcome.run_dir)))
        rows.append((outcome.scenario, outcome.stack, str(outcome.seed), outcome.result, *figures))
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("Scenario", min_width=24)
    for place, name in enumerate(names, start=1):
        # A column that is not broken counts as narrow as its longest word otherwise.
        width = max(cell_len(literal(text)) for text in (name, *(row[place] for row in rows)))
        table.add_column(name, justify="right" if name in HEADERS else "left", no_wrap=True, min_width=width)
    for scenario, stack, seed, result, *cells in rows:
        table.add_row(scenario, stack, seed, Text(result, STYLES.get(result, "")), *cells)
    return table


def _stacked(outcome: Outcome, width: int) -> Iterator[RenderableType]:
    from gameday.scoring.headline import labelled
    from gameday.scoring.run_folder import Run

    head = (f"{outcome.result:12}", STYLES.get(outcome.result, ""))
    yield Text.assemble(head, literal(f" {outcome.stack}, seed {outcome.seed}"))
    yield Padding(Text(literal(outcome.scenario)), (0, 0, 0, 4), expand=False)
    if outcome.run_dir and (figures := labelled(Run(Path(outcome.run_dir)))):
        # Blanks within a figure do not break a line.
        text = "    " + ", ".join(figure.replace(" ", "\N{NO-BREAK SPACE}") for figure in figures)
        for line in wrapped(literal(text), indent="    ", width=width):
            yield Text(line.replace("\N{NO-BREAK SPACE}", " "), "dim")


def show_reasons(outcomes: Sequence[Outcome]) -> None:
    """For each run that did not pass its expectations that did not hold, a few orders of each, and its report."""
    without = [o for o in _ordered(outcomes) if o.result != Result.PASSED.word and not o.not_applicable]
    for outcome in without[:RUNS]:
        show("")
        for line, indent in reasons(outcome):
            show_wrapped(f"{indent}{line}", indent=" " * max(4, len(indent)))
        if outcome.run_dir and (path := Path(outcome.run_dir) / POSTMORTEM).exists():
            show(f"  Report: {_near(path)}")
    if (more := len(without) - RUNS) > 0:
        show_lines(["", f"{more:,} more did not pass; the report lists them."])


def reasons(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """The lines about one run, each with its indentation."""
    yield f"{outcome.result}: {outcome.stack}: {outcome.scenario} (seed {outcome.seed})", ""
    decided = [verdict for verdict in outcome.verdicts if verdict.result.word == outcome.result]
    decided = decided or [verdict for verdict in outcome.verdicts if verdict.result > Result.PASSED]
    if outcome.problem or not decided:
        yield outcome.problem or outcome.why or "no reason was recorded", "  "
    for verdict in decided[:EXPECTATIONS]:
        yield f"{verdict.name}: {verdict.summary}", "  - "
        if orders := _orders(verdict):
            yield orders, "    "
    if (more := len(decided) - EXPECTATIONS) > 0:
        yield f"and {more:,} more", "  - "


def _orders(verdict: Verdict) -> str:
    """The first orders of a verdict by their ids, and how many there are besides."""
    more = len(verdict.orders) - ORDERS
    return ", ".join(verdict.orders[:ORDERS]) + (f" and {more:,} more" if more > 0 else "")


def _near(path: Path) -> Path:
    """A path as short as it can be opened from here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
