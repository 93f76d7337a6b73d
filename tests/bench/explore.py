"""Lets `gameday explore` look for each planted bug, from an empty corpus, and writes the table of docs/explore.md.

    python tests/bench/explore.py [--runs 500] [--seed 1] [--folder runs/explore] [BUG ...]
    python tests/bench/explore.py --live --limit 10m [--replays 20] BUG ...     with processes and sockets
    python tests/bench/explore.py --config own/gameday.toml BUG ...     on an organisation with fields of its own
    python tests/bench/explore.py --sound 10m --seed 2      search the stack without a bug for so long
    python tests/bench/explore.py --write       the table again, from the results so far

Each result is a line of results.jsonl in the folder as soon as it is there. A bug that was found is not looked for
again; one that was not found is, if more runs are allowed than last time. A bug in custom fields is looked for in an
organisation that has some. Times are processor seconds, so that what
else the machine does changes them little; of live searches they are real ones, with the shrinking. A bug of another
vendor is looked for between that vendor and the other one of the usual pair. Each finding is run again 20 times in a
simulation, and ``--replays`` times as `gameday run` does.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from gameday.base.durations import parse_duration, words
from gameday.config.stack_table import planted_bugs
from gameday.contracts.pair import asked_flow
from gameday.explore.corpus import Corpus
from gameday.explore.exploring import Explored, Options, explore
from gameday.explore.live import Live
from gameday.explore.schedule import Schedule
from gameday.explore.simulated import Simulated
from gameday.model.settings import Settings
from gameday.steps.session import LocalWorkers
from gameday_fakes.manifests import manifests
from gameday_fakes.stacks.durable.bugs import ONLY, custom_fields

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.own_organisation import write_project

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "explore.md"
HEADING = "## Measured\n"
CONTRACT = "closed-won-to-sales-order"
CORRECT = "(none)"
#: What the search may take for a bug: seconds of one processor simulated, real seconds live.
LIMIT_S = 120.0
LIVE_LIMIT_S = 600.0
#: What shrinking a failure may take, in real seconds.
SHRINKING_S = 10.0
#: The modules of the search that decide which schedules are drawn.
DRAWING = ("days", "drawing", "learned", "own_fields", "rounds", "schedule", "search", "sweeps", "varying")


def main() -> None:
    """Look for the bugs that have no result yet."""
    parser = argparse.ArgumentParser()
    parser.add_argument("bugs", nargs="*", help="planted bugs; without any, all of them")
    parser.add_argument("--runs", type=int, default=500, help="how many schedules to run at most")
    parser.add_argument("--sound", default="", help="search the stack without a bug instead, for so long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parallel", type=int, help="runs at a time; as many as `gameday explore` by default")
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "explore")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--live", action="store_true", help="run each schedule with processes and sockets")
    parser.add_argument("--limit", default="1h", help="how long to look for each bug, in real time")
    parser.add_argument("--replays", type=int, default=0, help="how often to run each finding live")
    parser.add_argument("--crm", default="")
    parser.add_argument("--erp", default="")
    parser.add_argument("--config", default="", help="a gameday.toml, such as one with an organisation of its own")
    parser.add_argument("--later", nargs="*", default=[], help="bugs that are newer than the engine: named apart")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    results = given.folder / "results.jsonl"
    known = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    mode = "live" if given.live else "simulated"
    for bug in [] if given.write else [CORRECT] if given.sound else given.bugs or sorted(planted_bugs()):
        earlier = [each for each in known if each["bug"] == bug and each.get("mode", "simulated") == mode]
        if not given.sound and any(each["found"] or each["runs"] >= given.runs for each in earlier):
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
    vendor = ONLY.get(bug, "")
    role = manifests()[vendor].role if vendor else ""
    flow = asked_flow(
        CONTRACT,
        (),
        given.crm or (vendor if role == "crm" else ""),
        given.erp or (vendor if role == "erp" else ""),
    )
    options = Options(
        stack=stack,
        flow=flow,
        seed=given.seed,
        for_s=parse_duration(given.sound or given.limit),
        mode="live" if given.live else "simulated",
        most_findings=None if given.sound else 1,
        most_runs=None if given.sound else given.runs,
        workers=given.parallel,
        replays=given.replays,
    )
    # Earlier findings of the same bug would not be reported again.
    corpus = Corpus(given.folder / "corpus" / f"{stack}-{time.time_ns()}", stack, given.seed)
    began_s, began_work_s = time.monotonic(), processor_s()
    settings = Settings(runs_dir=str(given.folder), config=given.config or config_for(bug, given.folder))
    explored = explore(options, settings, corpus)
    found = explored.found[0][1] if explored.found else None
    return {
        "bug": bug,
        "mode": options.mode,
        "pair": f"{flow.crm} to {flow.erp}",
        "seed": given.seed,
        "found": found.signature.title if found else "",
        "runs": found.found_in if found else explored.tried.runs,
        "shrinking": explored.tried.shrinking,
        "shrinking_s": round(explored.tried.shrinking_s, 1),
        "parallel": given.parallel or 0,
        "processor_s": round(processor_s() - began_work_s, 1),
        "seconds": round(explored.tried.seconds),
        "with_replays_s": round(time.monotonic() - began_s),
        "first": found.first_size if found else (),
        "size": found.schedule.size if found else (),
        "repeats": found.rate if found else "",
        "live": replayed(explored),
        "without_the_bug": result_without_a_bug(found.schedule, settings, live=given.live) if found else "",
        "results": dict(explored.tried.results),
        "load": round(os.getloadavg()[0], 1),
        "version": version_of_the_drawing(),
    }


def config_for(bug: str, folder: Path) -> str:
    """The configuration of an organisation with fields of its own, for a bug that needs them; else empty."""
    if bug not in custom_fields.COMPOSITIONS:
        return ""
    own = folder / "own"
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir()
    return str(write_project(own))


def replayed(explored: Explored) -> str:
    """How many live replays of the first finding failed as well, of how many; empty without any."""
    results = next(iter(explored.replays.values()), [])
    return f"{results.count('failed')} of {len(results)}" if results else ""


def result_without_a_bug(schedule: Schedule, settings: Settings, *, live: bool) -> str:
    """What the schedule comes to with the stack that has no bug: what fails there too says nothing about the bug."""
    runs = Live("durable", settings, LocalWorkers(1)) if live else Simulated("durable", settings, 1)
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
        *(folder / "explore" / f"{name}.py" for name in DRAWING),
        folder / "steps" / "candidates.py",
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def table(results: list[dict[str, Any]], later: list[str]) -> str:
    """The results as a page shows them: the last one of each bug; how many of the ``later`` ones are among them."""
    simulated = {each["bug"]: each for each in results if each.get("mode", "simulated") == "simulated"}
    at_default = [each for each in results if each.get("parallel") == 0]
    simulated |= {each["bug"]: each for each in results if each.get("parallel") == 1}
    live = {each["bug"]: each for each in results if each.get("mode") == "live"}
    correct = [each for each in results if each["bug"] == CORRECT]
    simulated.pop(CORRECT, None)
    live.pop(CORRECT, None)
    lines = [
        "`tests/bench/explore.py` writes this section: each planted bug of `durable`, simulated, from an empty corpus.",
        "A search ends with its first failure. The time is that of the processor, of all processes together, with",
        "their start, the shrinking and the repeats. A bug of another vendor alone is looked for between that vendor",
        "and Salesforce or NetSuite.",
        "",
        *counted(simulated, "processor_s", LIMIT_S, "two minutes of one processor"),
    ]
    for each in correct:
        counts = ", ".join(f"{count:,} {result}" for result, count in sorted(each["results"].items()))
        lines += [
            f"The stack without a bug, seed {each['seed']}: {sum(each['results'].values()):,} schedules in"
            f" {words(each['processor_s'])} of the processor ({counts}); "
            f"{'it found: ' + each['found'] if each['found'] else 'nothing was found'}.",
            "",
        ]
    if newer := [bug for bug in later if bug in simulated]:
        shown = [f"`{bug}`" for bug in newer if is_found(simulated[bug])]
        lines += [
            f"{len(newer)} of them are newer than the engine, whose weights were frozen before; {len(shown)} of these"
            f" were found: {', '.join(shown) or 'none'}.",
            "",
        ]
    others = [f"`{bug}`" for bug, each in sorted(simulated.items()) if each["without_the_bug"] == "failed"]
    if others:
        lines += [f"The searches for {', '.join(others)} ended with a failure of the stack without a bug.", ""]
    some = [
        f"`{bug}` ({each['repeats']})"
        for bug, each in sorted(simulated.items())
        if each["found"] and not repeats_each_time(each)
    ]
    if some:
        lines += [f"Found, but not in each race of its requests, and not counted: {', '.join(some)}.", ""]
    missing = [f"`{bug}` ({each['runs']:,} schedules)" for bug, each in sorted(simulated.items()) if not each["found"]]
    if missing:
        lines += [f"Not found: {', '.join(missing)}.", ""]
    if shrinking_s := sorted(each.get("shrinking_s", 0.0) for each in simulated.values() if each["found"]):
        slow = sorted(
            (each["shrinking_s"], bug) for bug, each in simulated.items() if each["shrinking_s"] >= SHRINKING_S
        )
        lines += [
            f"Shrinking a failure took {words(shrinking_s[len(shrinking_s) // 2])} or less for half of them, and"
            f" {words(shrinking_s[-1])} at most, the races in which each step has to fail and the 20 of what is left"
            f" included, with one run at a time. {words(SHRINKING_S)} or more:"
            f" {', '.join(f'`{bug}` ({words(took_s)})' for took_s, bug in slow) or 'none'}.",
            "",
        ]
    if at_default:
        shown = ", ".join(f"`{each['bug']}` {words(each['shrinking_s'])}" for each in at_default)
        lines += [
            "With as many runs at a time as there are processors, as `gameday explore` has by default, here two:"
            f" {shown}.",
            "",
        ]
    lines += rows(simulated, "processor_s")
    if live:
        lines += ["", "### Live", "", *counted(live, "seconds", LIVE_LIMIT_S, "ten minutes"), *rows(live, "seconds")]
    return "\n".join(lines) + "\n"


def is_found(result: dict[str, Any]) -> bool:
    """Whether a search found something that the stack without the bug does not do, and that repeats each time."""
    return bool(result["found"]) and result["without_the_bug"] != "failed" and repeats_each_time(result)


def repeats_each_time(result: dict[str, Any]) -> bool:
    """Whether each of the further runs failed in the same way."""
    failed, _, of_all = result["repeats"].partition(" of ")
    return bool(failed == of_all)


def counted(results: dict[str, dict[str, Any]], time_of: str, limit_s: float, limit: str) -> list[str]:
    """How many of the bugs were found, and how soon."""
    found = sorted(each[time_of] for each in results.values() if is_found(each))
    soon = [seconds for seconds in found if seconds <= limit_s]
    half = words(found[len(found) // 2]) if found else "0 s"
    return [
        f"There are {len(planted_bugs())} planted bugs; {len(results)} were looked for, in a random order.",
        f"Of these {len(found)} were found, {len(soon)} of them within {limit}"
        f" ({len(soon) / max(1, len(results)):.0%}). Half of these took at most {half}.",
        "",
    ]


def rows(results: dict[str, dict[str, Any]], time_of: str) -> list[str]:
    """A table of what was found."""
    lines = [
        "| Bug | Found by | Schedules | Time | Shrunk: faults, deals, length | Before | Repeats | Live |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for bug, each in sorted(results.items()):
        if is_found(each):
            size, first = (f"{s[0]}, {s[1]}, {words(s[2])}" for s in (each["size"], each["first"]))
            took = words(each[time_of])
            row = (bug, each["found"], each["runs"], took, size, first, each["repeats"], each.get("live") or "-")
            lines.append(f"| {' | '.join(map(str, row))} |")
    return lines


if __name__ == "__main__":
    main()
