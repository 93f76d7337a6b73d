"""Lets `gameday explore` look for each planted bug, from an empty corpus, and writes the table of docs/explore.md.

    python tests/bench/explore.py [--time 2m] [--seed 1] [--folder runs/explore] [BUG ...]
    python tests/bench/explore.py --write       the table again, from the results so far

Each result is a line of results.jsonl in the folder as soon as it is there; a bug that has one is not looked for again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from gameday.base.durations import parse_duration, words
from gameday.config.gameday_toml import load_config
from gameday.explore.corpus import Corpus
from gameday.explore.exploring import Options, explore
from gameday.model.scenario import Flow
from gameday.model.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "explore.md"
HEADING = "## Measured\n"
FLOW = Flow("salesforce", "netsuite", "closed-won-to-sales-order")
CORRECT = "(none)"


def main() -> None:
    """Look for the bugs that have no result yet."""
    parser = argparse.ArgumentParser()
    parser.add_argument("bugs", nargs="*", help="planted bugs; without any, all of them and the correct stack")
    parser.add_argument("--time", default="2m")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "explore")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    results = given.folder / "results.jsonl"
    known = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    planted = sorted(name.partition("+")[2] for name in load_config(None).stacks if name.startswith("durable+"))
    for bug in [] if given.write else given.bugs or [CORRECT, *planted]:
        if any(each["bug"] == bug for each in known):
            continue
        known.append(look_for(bug, given))
        with results.open("a") as file:
            file.write(json.dumps(known[-1]) + "\n")
        sys.stderr.write(f"{known[-1]}\n")
    text = DOCS.read_text(encoding="utf-8").partition(HEADING)[0]
    DOCS.write_text(f"{text}{HEADING}\n{table(known)}", encoding="utf-8")


def look_for(bug: str, given: argparse.Namespace) -> dict[str, Any]:
    """One search, which ends with the first failure."""
    stack = "durable" if bug == CORRECT else f"durable+{bug}"
    options = Options(
        stack=stack,
        flow=FLOW,
        seed=given.seed,
        for_s=parse_duration(given.time),
        mode="simulated",
        most_findings=1,
        workers=given.parallel,
        replays=0,
    )
    corpus = Corpus(given.folder / "corpus" / stack, stack, given.seed)
    began_s = time.monotonic()
    explored = explore(options, Settings(runs_dir=str(given.folder)), corpus)
    found = explored.found[0][1] if explored.found else None
    return {
        "bug": bug,
        "found": found.signature.title if found else "",
        "runs": found.found_in if found else explored.tried.runs,
        "shrinking": explored.tried.shrinking,
        "seconds": round(time.monotonic() - began_s),
        "first": found.first_size if found else (),
        "size": found.schedule.size if found else (),
        "repeats": found.rate if found else "",
        "load": round(os.getloadavg()[0], 1),
    }


def table(results: list[dict[str, Any]]) -> str:
    """The results as a page shows them."""
    bugs = [each for each in results if each["bug"] != CORRECT]
    found = [each for each in bugs if each["found"]]
    load, cores = max((each["load"] for each in results), default=0.0), len(os.sched_getaffinity(0))
    lines = [
        "`tests/bench/explore.py` writes this table: planted bugs of `durable`, simulated, each from an empty corpus.",
        "A search ends with its first failure, after so many runs. The time includes its start and the shrinking.",
        "",
        f"{len(found)} of the {len(bugs)} bugs that were looked for were found. "
        f"The load of the machine was up to {load:g} on {cores} processors, so the times are long.",
        "",
        "| Bug | Found by | Runs | Time | Faults, deals, length of the shrunk schedule | Before | Repeats |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in results:
        size, first = (f"{s[0]}, {s[1]}, {words(s[2])}" if s else "" for s in (each["size"], each["first"]))
        by = each["found"] or "not found"
        row = (each["bug"], by, each["runs"], words(each["seconds"]), size, first, each["repeats"])
        lines.append(f"| {' | '.join(map(str, row))} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
