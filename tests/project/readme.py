"""Writes the end of `make run` into the README, shortened to some scenarios.

python tests/project/readme.py RUNS      from the folder of the runs that `make run` left
"""

from __future__ import annotations

import io
import itertools
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from rich.console import Console

from gameday.base.terminal import PAPER_WIDTH
from gameday.commands.run_summary import summary_table
from gameday.scoring.headline import HEADERS, headline
from gameday.scoring.run_folder import list_runs
from gameday.steps.outcome import Outcome

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- output: make run -->\n", "<!-- /output -->\n"
#: The scenarios that the README shows, by what their titles begin with.
SHOWN = ("No deal can be read", "Invoices may be duplicated")
INDENT = "    "


class TableRow(NamedTuple):
    """One row of the table: all cells as texts."""

    scenario: str
    stack: str
    seed: str
    result: str
    figures: tuple[str, ...]


def rows_of(runs: Path) -> list[TableRow]:
    """The shown rows of the judged runs with seed 1."""
    rows = []
    for run in list_runs(runs):
        info, scenario = run.info(), run.scenario()
        if info.seed == 1 and scenario.name.startswith(SHOWN):
            rows.append(TableRow(scenario.name, info.stack, "1", run.verdicts()[0].word, headline(run)))
    return rows


def render(rows: Iterable[TableRow]) -> str:
    """The rows as the command prints them on paper, indented as Markdown wants it."""
    rows = list(rows)
    outcomes = [Outcome(r.scenario, "", r.stack, int(r.seed), r.result, run_dir=str(n)) for n, r in enumerate(rows)]
    out = io.StringIO()
    with patch("gameday.scoring.headline.headline", lambda run: rows[int(run.dir.name)].figures):
        Console(file=out, width=PAPER_WIDTH).print(summary_table(outcomes))
    lines = [*out.getvalue().splitlines(), "Report: runs/index.html"]
    text = "\n".join((INDENT + line).rstrip() for line in lines)
    return "\n" + text.strip("\n") + "\n\n"


def parse(text: str) -> list[TableRow]:
    """The rows of a rendered table, of which long cells go on in the next lines."""
    header, _, *lines = [line for line in text.split("\n") if line.strip()][:-1]
    starts = [header.index(name) for name in ("Scenario", "Stack", "Seed", "Result")]
    ends = [header.index(name) + len(name) for name in HEADERS]
    bounds = [*starts, header.index(HEADERS[0]), *ends]
    rows: list[list[str]] = []
    for line in lines:
        cells = [line[start:end].strip() for start, end in itertools.pairwise(bounds)]
        if cells[1]:
            rows.append(cells)
        else:
            rows[-1] = [f"{old} {new}".strip() for old, new in zip(rows[-1], cells, strict=True)]
    return [TableRow(*row[:4], tuple(row[4:])) for row in rows]


def block(text: str) -> str:
    """What the README shows."""
    return text.partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    """Write it."""
    text = README.read_text(encoding="utf-8")
    shown = render(rows_of(Path(sys.argv[1])))
    README.write_text(text.replace(BEGIN + block(text) + END, BEGIN + shown + END), encoding="utf-8")


if __name__ == "__main__":
    main()
