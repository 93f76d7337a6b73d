"""Lets `gameday explore` look for each planted bug, from an empty corpus, and writes the table of docs/explore.md.

    python tests/bench/explore.py [--runs 500] [--seed 1] [--folder runs/explore] [BUG ...]
    python tests/bench/explore.py --sound 10m --seed 2      search the stack without a bug for so long
    python tests/bench/explore.py --write       the table again, from the results so far

Each result is a line of results.jsonl in the folder as soon as it is there. A bug that was found is not looked for
again; one that was not found is, if more runs are allowed than last time. Times are processor seconds, so that what
else the machine does changes them little.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from gameday.base.durations import parse_duration, words
from gameday.config.stack_table import planted_bugs
from gameday.explore.corpus import Corpus
from gameday.explore.exploring import Options, explore
from gameday.explore.schedule import Schedule
from gameday.explore.simulated import Simulated
from gameday.model.scenario import Flow
from gameday.model.settings import Settings
from gameday_fakes.stacks.durable.bugs import ONLY

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "explore.md"
HEADING = "## Measured\n"
FLOW = Flow("salesforce", "netsuite", "closed-won-to-sales-order")
CORRECT = "(none)"
#: The bugs of another vendor alone, which no day between these two can show, each with that vendor.
ELSEWHERE = {bug: vendor for bug, vendor in ONLY.items() if vendor not in (FLOW.crm, FLOW.erp)}
#: What the search may take for a bug (seconds of one processor).
LIMIT_S = 120.0


def main() -> None:
    """Look for the bugs that have no result yet."""
    parser = argparse.ArgumentParser()
    parser.add_argument("bugs", nargs="*", help="planted bugs; without any, all of them")
    parser.add_argument("--runs", type=int, default=500, help="how many schedules to run at most")
    parser.add_argument("--sound", default="", help="search the stack without a bug instead, for so long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "explore")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--later", nargs="*", default=[], help="bugs that are newer than the engine: named apart")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    results = given.folder / "results.jsonl"
    known = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    planted = sorted(planted_bugs().keys() - ELSEWHERE.keys())
    for bug in [] if given.write else [CORRECT] if given.sound else given.bugs or planted:
        if any(each["bug"] == bug and (each["found"] or each["runs"] >= given.runs) for each in known):
            continue
        known.append(look_for(bug, given))
        with results.open("a") as file:
            file.write(json.dumps(known[-1]) + "\n")
        sys.stderr.write(f"{known[-1]}\n")
    text = DOCS.read_text(encoding="utf-8").partition(HEADING)[0]
    DOCS.write_text(f"{text}{HEADING}\n{table(known, given.later)}", encoding="utf-8")


def look_for(bug: str, given: argparse.Namespace) -> dict[str, Any]:
    """One search, which ends with the first failure."""
    stack = "durable" if bug == CORRECT else f"durable+{bug}"
    options = Options(
        stack=stack,
        flow=FLOW,
        seed=given.seed,
        for_s=parse_duration(given.sound or "1h"),
        mode="simulated",
        most_findings=None if given.sound else 1,
        most_runs=None if given.sound else given.runs,
        workers=given.parallel,
        replays=0,
    )
    # Earlier findings of the same bug would not be reported again.
    corpus = Corpus(given.folder / "corpus" / f"{stack}-{time.time_ns()}", stack, given.seed)
    began_s, began_work_s = time.monotonic(), processor_s()
    explored = explore(options, Settings(runs_dir=str(given.folder)), corpus)
    found = explored.found[0][1] if explored.found else None
    return {
        "bug": bug,
        "seed": given.seed,
        "found": found.signature.title if found else "",
        "runs": found.found_in if found else explored.tried.runs,
        "shrinking": explored.tried.shrinking,
        "processor_s": round(processor_s() - began_work_s, 1),
        "seconds": round(time.monotonic() - began_s),
        "first": found.first_size if found else (),
        "size": found.schedule.size if found else (),
        "repeats": found.rate if found else "",
        "without_the_bug": result_without_a_bug(found.schedule) if found else "",
        "results": dict(explored.tried.results),
        "load": round(os.getloadavg()[0], 1),
        "version": version_of_the_drawing(),
    }


def result_without_a_bug(schedule: Schedule) -> str:
    """What the schedule comes to with the stack that has no bug: what fails there too says nothing about the bug."""
    runs = Simulated("durable", Settings(), 1)
    try:
        return runs.observe([schedule])[0].result
    finally:
        runs.close()


def processor_s() -> float:
    """What this process and those that it has ended have used (user and system)."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def version_of_the_drawing() -> str:
    """A digest of what decides which schedules are drawn, so that results of another engine are kept apart."""
    folder = ROOT / "harness" / "gameday"
    files = [
        *(folder / "explore" / f"{name}.py" for name in ("drawing", "search", "varying", "schedule")),
        folder / "steps" / "candidates.py",
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def table(results: list[dict[str, Any]], later: list[str]) -> str:
    """The results as a page shows them: the last one of each bug; how many of the ``later`` ones are among them."""
    bugs = {each["bug"]: each for each in results if each["bug"] not in (CORRECT, *ELSEWHERE)}
    found = sorted(
        (each for each in bugs.values() if each["found"] and each["without_the_bug"] != "failed"),
        key=lambda each: each["processor_s"],
    )
    soon = [each for each in found if each["processor_s"] <= LIMIT_S]
    lines = [
        "`tests/bench/explore.py` writes this section: each planted bug of `durable`, simulated, from an empty corpus.",
        "A search ends with its first failure. The time is that of the processor, of all processes together, with",
        "their start, the shrinking and the repeats.",
        "",
        f"There are {len(planted_bugs())} planted bugs; {len(bugs)} were looked for, in a random order.",
        f"Of these {len(found)} were found, {len(soon)} of them within two minutes of one processor"
        f" ({len(soon) / max(1, len(bugs)):.0%}). Half of these took at most"
        f" {words(found[len(found) // 2]['processor_s']) if found else '0 s'}.",
        "",
    ]
    for each in results:
        if each["bug"] == CORRECT:
            counts = ", ".join(f"{count:,} {result}" for result, count in sorted(each["results"].items()))
            lines += [
                f"The stack without a bug, seed {each['seed']}: {sum(each['results'].values()):,} schedules in"
                f" {words(each['processor_s'])} of the processor ({counts}); "
                f"{'it found: ' + each['found'] if each['found'] else 'nothing was found'}.",
                "",
            ]
    if newer := [bug for bug in later if bug in bugs]:
        shown = [f"`{bug}`" for bug in newer if bugs[bug] in found]
        lines += [
            f"{len(newer)} of them are newer than the engine, whose weights were frozen before; {len(shown)} of these"
            f" were found: {', '.join(shown) or 'none'}.",
            "",
        ]
    others = [f"`{bug}`" for bug, each in sorted(bugs.items()) if each["without_the_bug"] == "failed"]
    if others:
        lines += [
            f"The searches for {', '.join(others)} ended with a failure that the stack without a bug had too.",
            "",
        ]
    elsewhere = [f"`{bug}` ({vendor})" for bug, vendor in sorted(ELSEWHERE.items())]
    lines += [f"Bugs of another vendor alone, which no day between these two can show: {', '.join(elsewhere)}.", ""]
    missing = [f"`{bug}` ({each['runs']:,} schedules)" for bug, each in sorted(bugs.items()) if not each["found"]]
    if missing:
        lines += [f"Not found: {', '.join(missing)}.", ""]
    lines += [
        "| Bug | Found by | Schedules | Time | Faults, deals, length of the shrunk schedule | Before | Repeats |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in sorted(found, key=lambda each: str(each["bug"])):
        size, first = (f"{s[0]}, {s[1]}, {words(s[2])}" for s in (each["size"], each["first"]))
        row = (each["bug"], each["found"], each["runs"], words(each["processor_s"]), size, first, each["repeats"])
        lines.append(f"| {' | '.join(map(str, row))} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
