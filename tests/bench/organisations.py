"""Runs the library on organisations that are not ours, simulated: an sfdx project's, and one of 300 fields.

    python tests/bench/organisations.py [--seeds 1] [--results RESULTS] [--write]

Each source is imported by `gameday organisation import` and named in a gameday.toml. `durable` has to pass with every
seed, `brittle` has to get what the tags of each scenario expect. What is about a field that the organisation lacks is
not applicable, and what cannot be simulated is left out and counted. What is simulated goes on where it ended: RESULTS
is the folder of what is known. --write writes the table of docs/organisations.md. Exits with 1 if a result is
another than expected.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from matrix_simulated import simulated

from gameday.commands.expected import expected_result
from gameday.config.features import library
from gameday.model.settings import Settings, Target
from gameday.steps.outcome import Outcome
from gameday.steps.planning import plan_scenarios
from support.commands import gameday
from support.large_describe import large_describe, line_describe

TESTS = Path(__file__).parents[1]
DOCS = TESTS.parent / "docs" / "organisations.md"
SFDX = TESTS / "harness" / "contracts" / "organisations" / "sfdx_project"
MARK = "<!-- python tests/bench/organisations.py --write -->\n"


class Row(NamedTuple):
    """What came of one stack on one organisation."""

    organisation: str
    stack: str
    planned: int
    not_applicable: int
    not_simulated: int
    as_expected: int
    otherwise: int


def main() -> int:
    """Simulate the library on each organisation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--results", type=Path, default=None)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    rows, problems = [], []
    with tempfile.TemporaryDirectory(prefix="gameday-organisations-") as temporary:
        results: Path = (chosen.results or Path(temporary) / "results").resolve()
        results.mkdir(parents=True, exist_ok=True)
        for name, config in configurations(Path(temporary)).items():
            found = run(name, config, chosen.seeds, results / f"{config.parent.name}.jsonl")
            rows += found[0]
            problems += found[1]
    text = table(rows)
    sys.stdout.write("".join(f"{problem}\n" for problem in problems) + text)
    if chosen.write:
        head, _, rest = DOCS.read_text(encoding="utf-8").partition(MARK)
        after = re.split(r"(?m)^(?!\|)", rest, maxsplit=1)[-1]
        DOCS.write_text(head + MARK + text + after, encoding="utf-8")
    return 1 if problems else 0


def configurations(folder: Path) -> dict[str, Path]:
    """A gameday.toml for each organisation, by the organisation's name."""
    describe = folder / "describe.json"
    describe.write_text(json.dumps([large_describe(), line_describe()]), encoding="utf-8")
    configured = {}
    for short, name, source in (("sfdx", "sfdx project", SFDX), ("describe", "describe of 300 fields", describe)):
        config = folder / short / "gameday.toml"
        config.parent.mkdir()
        imported = gameday("organisation", "import", str(source), "--to", "organisation", cwd=config.parent)
        if imported.returncode:
            raise SystemExit(imported.stderr)
        config.write_text('[organisation]\nfolder = "organisation"\n', encoding="utf-8")
        configured[name] = config
    return configured


def run(name: str, config: Path, seeds: int, results: Path) -> tuple[list[Row], list[str]]:
    """The rows of one organisation, and what is not as expected, a line each."""
    targets = (*(Target("durable", seed + 1) for seed in range(seeds)), Target("brittle", 1))
    settings = Settings(targets=targets, config=str(config))
    planned = plan_scenarios(sorted(library().rglob("*.feature")), settings)
    outcomes = []
    for outcome in simulated(planned, settings, results, controls=("durable", "brittle")):
        outcomes.append(outcome)
        sys.stdout.write(f"{outcome.result:14} {name}: {outcome.stack} {outcome.seed}: {outcome.scenario}\n")
        sys.stdout.flush()
    rows = []
    problems = [
        f"{name}: {each.stack}, seed {each.seed}: {each.result}, expected {expected(each)}: {each.scenario}"
        for each in outcomes
        if is_wrong(each)
    ]
    for stack in dict.fromkeys(target.stack for target in targets):
        mine = [each for each in outcomes if each.stack == stack]
        counts = Counter("n" if each.not_applicable else "wrong" if is_wrong(each) else "right" for each in mine)
        wanted = sum(each.stack == stack for each in planned)
        cells = (counts["n"], wanted - len(mine), counts["right"], counts["wrong"])
        rows.append(Row(name, stack, wanted, *cells))
    return rows, problems


def is_wrong(outcome: Outcome) -> bool:
    """Whether a result is another than expected."""
    return not outcome.not_applicable and outcome.result != expected(outcome)


def expected(outcome: Outcome) -> str:
    """The result that a scenario has to get."""
    return "passed" if outcome.stack == "durable" else expected_result(outcome)


def table(rows: list[Row]) -> str:
    """The results as Markdown."""
    heads = (
        "Organisation",
        "Stack",
        "Runs",
        "Not applicable",
        "Not simulated",
        "As expected",
        "Otherwise",
    )
    text = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    text += [f"| {name} | `{stack}` | {' | '.join(map(str, rest))} |" for name, stack, *rest in rows]
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    sys.exit(main())
