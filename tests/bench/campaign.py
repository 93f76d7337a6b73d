"""Runs the library for both correct stacks over many seeds: a right judge accuses neither. Writes docs/campaign.md.

    python tests/bench/campaign.py [--seeds 20] [--stacks durable,node] [--parallel 1] [--folder runs/campaign]
    python tests/bench/campaign.py --write          the table again, from the results so far

Each result is a line of results.jsonl in the folder as soon as it is there, with the machine's load, so a campaign
that was interrupted goes on where it ended: a run that has a result, of whatever version, is not run again (delete the
file to begin anew). One that the machine was too busy to judge is. The folders of runs that did not pass are kept.
`durable` is the bundled stack, `node` the one in tests/stacks/node. Exits with 1 if a stack is accused, or if 1% of
the applicable runs or more are inconclusive.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gameday.config.features import bundled_features, portable
from gameday.model.settings import Settings, Target
from gameday.steps.outcome import Outcome
from gameday.steps.planning import plan_scenarios
from gameday.steps.schedule import scheduled
from gameday.steps.session import run_session

ROOT = Path(__file__).parents[2]
NODE = ROOT / "tests" / "stacks" / "node" / "gameday.toml"
DOCS = ROOT / "docs" / "campaign.md"
INCONCLUSIVE_BELOW = 0.01
NOT_APPLICABLE = "not applicable"

Result = dict[str, Any]
"""A line of results.jsonl: stack, seed, scenario, feature, result, why, real_s, load (of one minute), commit."""


def main() -> int:
    """Run what has no result yet, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--stacks", default="durable,node")
    parser.add_argument("--features", type=Path, nargs="+", default=bundled_features())
    parser.add_argument("--parallel", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "campaign")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    file: Path = chosen.folder.resolve() / "results.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    if not chosen.write:
        targets = tuple(Target(s, n + 1) for n in range(chosen.seeds) for s in chosen.stacks.split(","))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _interrupt)
        try:
            run(chosen.features, targets, file, chosen.parallel)
        except KeyboardInterrupt:
            sys.stdout.write("interrupted; the same command goes on from here\n")
            return 130
    results = list(latest(file).values())
    DOCS.write_text(render(results), encoding="utf-8")
    problems = judge(results)
    sys.stdout.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


def run(features: list[Path], targets: tuple[Target, ...], file: Path, parallel: int) -> None:
    """Run each scenario for each target that has no result in the file, and append each result as it comes."""
    settings = Settings(targets=targets, runs_dir=str(file.parent), config=str(NODE))
    planned = plan_scenarios(features, settings)
    known = latest(file)
    missing = [outcome for outcome in planned if not _decided(known.get(_key(outcome)))]
    sys.stdout.write(f"{len(planned) - len(missing)} of {len(planned)} runs have a result\n")
    if not missing:
        return
    settings = msgspec.structs.replace(settings, nodes=tuple(outcome.node for outcome in missing))
    settings = scheduled(settings, missing, longest_first=False)
    commit = _commit()
    began = [time.monotonic()]

    def record(outcome: Outcome) -> None:
        real_s, began[0] = time.monotonic() - began[0], time.monotonic()
        result: Result = {
            **dict(zip(("stack", "seed", "scenario"), _key(outcome), strict=True)),
            "feature": portable(Path(outcome.feature)),
            "result": NOT_APPLICABLE if outcome.not_applicable else outcome.result,
            "overloaded": outcome.overloaded,
            "why": outcome.why,
            "run": outcome.run_dir,
            "real_s": round(real_s, 1),
            "load": round(os.getloadavg()[0], 2),
            "commit": commit,
        }
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(result) + "\n")
        if outcome.result == "passed" and outcome.run_dir:
            shutil.rmtree(outcome.run_dir, ignore_errors=True)
        sys.stdout.write(f"{result['result']:14} {result['stack']} {result['seed']}: {result['scenario']}\n")
        sys.stdout.flush()

    run_session(features, settings, workers=parallel, on_outcome=record, again=True)


def latest(file: Path) -> dict[tuple[str, int, str], Result]:
    """The last result of each run, by stack, seed and scenario; a line that was cut off is left out."""
    found: dict[tuple[str, int, str], Result] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        try:
            result = json.loads(line)
        except ValueError:
            continue
        found[result["stack"], result["seed"], result["scenario"]] = result
    return found


def judge(results: list[Result]) -> list[str]:
    """The requirements that are not met, one line each."""
    said = {"failed": "is accused", "not run": "did not run"}
    problems = [
        f"{r['stack']} {said[r['result']]} with seed {r['seed']}: {r['scenario']}: {r['why']}"
        for r in results
        if r["result"] in said
    ]
    for stack, mine in _by(results, "stack").items():
        counts = Counter(r["result"] for r in mine)
        applicable = counts.total() - counts[NOT_APPLICABLE]
        if counts["inconclusive"] >= INCONCLUSIVE_BELOW * applicable and counts["inconclusive"]:
            problems.append(f"{stack}: {counts['inconclusive']} of {applicable} applicable runs are inconclusive")
    return problems


def render(results: list[Result]) -> str:
    """The campaign as Markdown."""
    loads = sorted(r["load"] for r in results) or [0.0]
    seeds = len({r["seed"] for r in results})
    text = [
        "# Both correct stacks over many seeds",
        "",
        "`python tests/bench/campaign.py` writes this page. Two correct syncs of different designs run the library:",
        "the bundled `durable`, and `node` (tests/stacks/node), which polls, changes invoices in place, and keeps one",
        "incident for each kind of trouble. A judge that is right accuses neither, and fewer than 1% of the applicable",
        "runs are inconclusive.",
        "",
        f"{len(results)} runs, seeds: {seeds}, processors: {os.cpu_count()}. The load of the machine, over one minute",
        f"at the end of each run, was {loads[len(loads) // 2]:.1f} in the middle and {loads[-1]:.1f} at most.",
        "",
        "| Stack | Seeds times scenarios | Applicable | Passed | Inconclusive | Not run | Accused |",
        "|---|---|---|---|---|---|---|",
        *(f"| {stack} | {_row(mine)} |" for stack, mine in _by(results, "stack").items()),
        "",
        "| Stack | Scenario | Seeds | Applicable | Passed | Inconclusive | Not run | Accused | Highest load |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for stack, mine in _by(results, "stack").items():
        for scenario, runs in sorted(_by(mine, "scenario").items()):
            text.append(f"| {stack} | {scenario} | {_row(runs)} | {max(r['load'] for r in runs):.1f} |")
    wrong = list(_wrong(results))
    if wrong:
        text += ["", "## Not passed", "", *wrong]
    return "\n".join(text) + "\n"


def _wrong(results: list[Result]) -> Iterator[str]:
    for r in results:
        if r["result"] not in ("passed", NOT_APPLICABLE):
            why = str(r["why"]).replace("\n", " ")[:300]
            yield f"* {r['result']}: {r['stack']}, seed {r['seed']}, load {r['load']}: {r['scenario']}: {why}"


def _row(results: list[Result]) -> str:
    counts = Counter(r["result"] for r in results)
    applicable = counts.total() - counts[NOT_APPLICABLE]
    shown = (counts["passed"], counts["inconclusive"], counts["not run"], counts["failed"])
    return " | ".join(map(str, (counts.total(), applicable, *shown)))


def _by(results: list[Result], name: str) -> dict[str, list[Result]]:
    grouped: defaultdict[str, list[Result]] = defaultdict(list)
    for result in results:
        grouped[result[name]].append(result)
    return grouped


def _key(outcome: Outcome) -> tuple[str, int, str]:
    return outcome.stack, outcome.seed, outcome.scenario


def _decided(result: Result | None) -> bool:
    return result is not None and not result["overloaded"] and result["result"] != "not run"


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
