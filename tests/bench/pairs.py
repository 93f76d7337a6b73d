"""Runs the library between other CRMs and ERPs than the bundled pair; writes docs/pairs.md.

    python tests/bench/pairs.py [--pairs hubspot:business-central,...] [--seeds 3] [--parallel N] [--folder runs/pairs]
    python tests/bench/pairs.py --write          the table again, from the results so far

`durable` runs with each seed and has to pass; `brittle` runs with the first, and has to get what the tags of each
scenario expect. Each result is a line of results.jsonl in the folder as soon as it is there, so what was interrupted
goes on where it ended. A run that the machine was too busy to judge is made again. Exits with 1 if a result is another
than expected, or missing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from gameday.base.processors import scenarios_at_a_time
from gameday.commands.expected import expected_result
from gameday.config.features import bundled_features
from gameday.contracts.pair import Pair
from gameday.model.settings import Settings, Target
from gameday.steps.outcome import Outcome
from gameday.steps.planning import plan_scenarios
from gameday.steps.schedule import scheduled
from gameday.steps.session import run_session

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "pairs.md"
PAIRS = "hubspot:business-central,salesforce:s4hana,dataverse:business-central,hubspot:oracle-fusion,dataverse:s4hana"
NOT_APPLICABLE = "not applicable"


class Result(msgspec.Struct, frozen=True):
    """What came of one run. ``load`` is that of the machine, over one minute at its end."""

    pair: str
    stack: str
    seed: int
    scenario: str
    result: str
    expected: str
    overloaded: bool
    why: str
    load: float

    @property
    def key(self) -> Key:
        """Which run it is of."""
        return Key(self.pair, self.stack, self.seed, self.scenario)

    @property
    def decided(self) -> bool:
        """Whether the run needs not be made again."""
        return not self.overloaded and self.result != "not run"

    @property
    def problem(self) -> str:
        """What is not as expected, in one line; empty if nothing."""
        if self.result in (NOT_APPLICABLE, self.expected):
            return ""
        return f"{self.pair}: {self.stack}, seed {self.seed}: {self.result}, expected {self.expected}: {self.scenario}"


class Key(NamedTuple):
    """One run."""

    pair: str
    stack: str
    seed: int
    scenario: str


def main() -> int:
    """Run what has no result yet, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", default=PAIRS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--parallel", type=int, default=scenarios_at_a_time())
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "pairs")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    file: Path = chosen.folder.resolve() / "results.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    pairs = [Pair(*name.split(":")) for name in chosen.pairs.split(",")]
    targets = (*(Target("durable", seed + 1) for seed in range(chosen.seeds)), Target("brittle", 1))
    missing = 0
    for pair in pairs:
        missing += run(pair, targets, file, chosen.parallel, only_count=chosen.write)
    results = list(latest(file).values())
    DOCS.write_text(render(results), encoding="utf-8")
    problems = [result.problem for result in results if result.problem]
    sys.stdout.write("".join(f"{problem}\n" for problem in problems) + f"{missing} runs have no result\n")
    return 1 if problems or missing else 0


def run(pair: Pair, targets: tuple[Target, ...], file: Path, parallel: int, *, only_count: bool) -> int:
    """Run what has no result in the file, and append each result as it comes; returns how many have none."""
    settings = Settings(targets=targets, runs_dir=str(file.parent), crm=pair.crm, erp=pair.erp)
    features = bundled_features()
    planned = plan_scenarios(features, settings)
    name = f"{pair.crm} to {pair.erp}"

    def missing() -> list[Outcome]:
        known = latest(file)
        return [each for each in planned if not (has := known.get(_key(name, each))) or not has.decided]

    wanted = missing()
    if only_count or not wanted:
        return len(wanted)
    settings = msgspec.structs.replace(settings, nodes=tuple(outcome.node for outcome in wanted))

    def record(outcome: Outcome) -> None:
        result = Result(
            *_key(name, outcome),
            result=NOT_APPLICABLE if outcome.not_applicable else outcome.result,
            expected=expected_result(outcome),
            overloaded=outcome.overloaded,
            why=outcome.not_applicable or outcome.why,
            load=round(os.getloadavg()[0], 1),
        )
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(msgspec.to_builtins(result)) + "\n")
        if outcome.run_dir and not result.problem:
            shutil.rmtree(outcome.run_dir, ignore_errors=True)
        sys.stdout.write(f"{result.result:14} {name}: {result.stack} {result.seed}: {result.scenario}\n")
        sys.stdout.flush()

    settings = scheduled(settings, wanted, longest_first=False)
    run_session(features, settings, workers=parallel, on_outcome=record, again=True)
    return len(missing())


def latest(file: Path) -> dict[Key, Result]:
    """The last result of each run; a line that was cut off is left out."""
    found: dict[Key, Result] = {}
    for line in file.read_bytes().splitlines() if file.exists() else ():
        try:
            result = msgspec.json.decode(line, type=Result)
        except msgspec.DecodeError:
            continue
        found[result.key] = result
    return found


def render(results: list[Result]) -> str:
    """The page."""
    loads = sorted(result.load for result in results) or [0.0]
    text = [
        "# The library between other systems",
        "",
        "`python tests/bench/pairs.py` writes this page: the library with the bundled stacks, live, between CRMs and",
        "ERPs other than Salesforce and NetSuite. `durable` runs with several seeds and has to pass; `brittle` runs",
        "with one and has to fail where a scenario's tags say so. A scenario that needs what a vendor cannot have is",
        "not applicable.",
        "",
        f"{len(results)} runs; the load of the machine was {loads[len(loads) // 2]:.1f} in the middle and",
        f"{loads[-1]:.1f} at most.",
        "",
        "| From, to | Stack | Seeds | Runs | Not applicable | As expected | Inconclusive | Otherwise |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(pair, stack, results) for pair, stack in sorted({(each.pair, each.stack) for each in results})),
    ]
    if wrong := [result for result in results if result.problem]:
        text += ["", "## Not as expected", "", *(f"* {each.problem}: {_one_line(each.why)}" for each in wrong)]
    reasons: dict[str, set[str]] = {}
    for each in results:
        if each.result == NOT_APPLICABLE:
            reasons.setdefault(each.scenario, set()).add(each.why)
    if reasons:
        text += ["", "## Not applicable", ""]
        text += [f"* {name}: {'; '.join(sorted(why))}" for name, why in sorted(reasons.items())]
    return "\n".join(text) + "\n"


def _row(pair: str, stack: str, results: Iterable[Result]) -> str:
    mine = [each for each in results if (each.pair, each.stack) == (pair, stack)]
    counts = Counter(
        "as expected" if not each.problem else each.result for each in mine if each.result != NOT_APPLICABLE
    )
    applicable, inconclusive = counts.total(), counts["inconclusive"]
    cells = (
        *(pair, f"`{stack}`", len({each.seed for each in mine}), len(mine), len(mine) - applicable),
        *(counts["as expected"], inconclusive, applicable - counts["as expected"] - inconclusive),
    )
    return f"| {' | '.join(map(str, cells))} |"


def _one_line(why: str) -> str:
    return " ".join(why.split())[:300]


def _key(pair: str, outcome: Outcome) -> Key:
    return Key(pair, outcome.stack, outcome.seed, outcome.scenario)


if __name__ == "__main__":
    sys.exit(main())
