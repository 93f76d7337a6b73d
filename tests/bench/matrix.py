"""Shows which scenario catches which planted bug; writes docs/matrix.md.

    python tests/bench/matrix.py [--seeds 5] [--parallel N] [--bugs a,b] [--features PATH] [--every-scenario] [--on dask://...]
    python tests/bench/matrix.py --add          only what docs/matrix.md lacks
    python tests/bench/matrix.py --recorded RUNS [RUNS ...]     from existing runs; a blank means no run
    python tests/bench/matrix.py --crm hubspot --erp s4hana --simulated RESULTS [--add]     of another pair, simulated

`durable` runs with several seeds and has to pass with every one; `brittle` has to get the result that the tags of the
feature expect; every planted bug has to be caught by a scenario, and every scenario has to catch a bug. Exits with 1
if not. A planted bug runs the feature that it names as ``caught_by``, or, with --every-scenario, all of them. Each pair
of a CRM and an ERP has a part of the page; bugs of one vendor only, those that need what the sync does not do at the
ERP, and those whose scenario is not applicable, are left out of the others. What is simulated goes on where it ended:
RESULTS is the file of what is known.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from matrix_page import new_among, outcomes_of, part_of, still_planned
from matrix_simulated import simulated

from gameday.base.errors import GamedayError
from gameday.base.processors import scenarios_at_a_time
from gameday.commands.expected import expected_result
from gameday.commands.on_cluster import workers_on
from gameday.config.features import library
from gameday.config.gameday_toml import load_config
from gameday.config.stack_table import PLANTED, planted_bugs
from gameday.contracts.pair import Pair, bundled_pair
from gameday.model.settings import Settings, Target
from gameday.scoring.run_folder import list_runs
from gameday.steps.outcome import Outcome
from gameday.steps.planning import plan_scenarios
from gameday.steps.schedule import scheduled
from gameday.steps.session import run_session
from gameday_fakes.manifests import manifests
from gameday_fakes.stacks.durable.bugs import CAUGHT_BY, NEEDS, ONLY

DOCS = Path(__file__).parents[2] / "docs"
MARKS = {"failed": "✗", "inconclusive": "?", "not run": "!", "passed": "·", "not applicable": "n"}
"""The mark of each result, the worst result first."""


def main() -> int:
    """Run the matrix."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--parallel", type=int, default=scenarios_at_a_time())
    parser.add_argument("--bugs", default="")
    parser.add_argument("--features", type=Path, default=library())
    parser.add_argument("--every-scenario", action="store_true")
    parser.add_argument("--add", action="store_true")
    parser.add_argument("--on", default=None)
    parser.add_argument("--runs", type=Path, default=None)
    parser.add_argument("--recorded", type=Path, nargs="+", default=None)
    parser.add_argument("--simulated", type=Path, default=None)
    parser.add_argument("--crm", default=bundled_pair().crm)
    parser.add_argument("--erp", default=bundled_pair().erp)
    chosen = parser.parse_args()
    pair = Pair(chosen.crm, chosen.erp)
    shown = shown_bugs(pair)
    if chosen.recorded:
        return conclude(list(recorded(chosen.recorded, pair)), shown, pair)
    bugs = [bug for bug in (chosen.bugs or ",".join(shown)).split(",") if bug]
    if chosen.simulated:
        return in_simulation(chosen.features, chosen.seeds, bugs, pair, chosen.simulated, add=chosen.add)
    targets = [Target("durable", seed + 1) for seed in range(chosen.seeds)]
    targets += [Target("brittle", 1), *(Target(f"{PLANTED}+{bug}", 1) for bug in bugs)]
    with tempfile.TemporaryDirectory(prefix="gameday-matrix-") as temporary:
        runs_dir = chosen.runs or Path(temporary)
        settings = Settings(targets=tuple(targets), runs_dir=str(runs_dir.resolve()), crm=pair.crm, erp=pair.erp)
        planned = plan_scenarios([chosen.features], settings)
        known: list[Outcome] = []
        if chosen.add:
            known = on_page(pair, planned, bugs)
        if not chosen.every_scenario:
            planned = new_among([outcome for outcome in planned if _is_wanted(outcome)], known)
            settings = msgspec.structs.replace(settings, nodes=tuple(outcome.node for outcome in planned))
        settings = scheduled(settings, planned, longest_first=False)
        began = time.monotonic()
        show = _show(len(planned))
        with workers_on(chosen.on, chosen.parallel, load_config(), settings) as workers:
            outcomes = run_session([chosen.features], settings, workers=workers, on_outcome=show, again=True)
        took_s = time.monotonic() - began
    sys.stdout.write(f"{len(outcomes)} runs in {took_s:.0f} s\n")
    return conclude([*known, *outcomes], bugs, pair)


def on_page(pair: Pair, planned: list[Outcome], bugs: list[str]) -> list[Outcome]:
    """What docs/matrix.md has of a pair, of scenarios and bugs that there still are."""
    part = part_of((DOCS / "matrix.md").read_text(), title(pair))
    found: list[Outcome] = still_planned(outcomes_of(part, PLANTED), planned, bugs)
    return found


def in_simulation(features: Path, seeds: int, bugs: list[str], pair: Pair, results: Path, *, add: bool) -> int:
    """Simulate the matrix of a pair: what has to pass first, then the bugs, then what is expected to fail.

    ``add``: only what docs/matrix.md lacks.
    """
    targets = (*(Target("durable", seed + 1) for seed in range(seeds)), Target("brittle", 1))
    settings = Settings(targets=targets, crm=pair.crm, erp=pair.erp)
    planned = plan_scenarios([features], settings)
    passing = [outcome for outcome in planned if outcome.stack == "durable"]
    # A bug's runs are planned as those of the stack without it.
    planted = [
        msgspec.structs.replace(outcome, stack=f"{PLANTED}+{bug}")
        for bug in bugs
        for outcome in passing
        if outcome.seed == 1 and Path(outcome.feature).as_posix().endswith(f"/{CAUGHT_BY[bug]}")
    ]
    every = [*passing, *planted, *(outcome for outcome in planned if outcome.stack == "brittle")]
    outcomes = on_page(pair, every, bugs) if add else []
    every = new_among(every, outcomes)
    show = _show(len(every))
    # Without a control of its own an alert has no cause that could be known, also where brittle has to pass.
    for outcome in simulated(every, settings, results, controls=("durable", "brittle")):
        show(outcome)
        outcomes.append(outcome)
    return conclude(outcomes, bugs, pair, way="simulated")


def shown_bugs(pair: Pair) -> list[str]:
    """The planted bugs that a pair can show in the library; others have a test with a feature of its own."""
    cannot = manifests()[pair.erp].cannot
    mine = [
        bug
        for bug in planted_bugs()
        if bug in CAUGHT_BY and ONLY.get(bug, "") in ("", *pair) and NEEDS.get(bug) not in cannot
    ]
    settings = Settings(targets=(Target("durable", 1),), crm=pair.crm, erp=pair.erp)
    planned = plan_scenarios([library()], settings)
    applicable = {Path(each.feature).as_posix() for each in planned if each.planned and not each.not_applicable}
    return [bug for bug in mine if any(feature.endswith(f"/{CAUGHT_BY[bug]}") for feature in applicable)]


def _is_wanted(outcome: Outcome) -> bool:
    bug = outcome.stack.partition("+")[2]
    return not bug or Path(outcome.feature).as_posix().endswith(f"/{CAUGHT_BY[bug]}")


def conclude(outcomes: list[Outcome], bugs: list[str], pair: Pair, *, way: str = "real") -> int:
    """Judge, print and write the matrix; returns 1 if a requirement is not met."""
    problems = judge(outcomes, bugs, whole=pair == bundled_pair())
    sys.stdout.write("".join(f"{problem}\n" for problem in problems))
    if set(bugs) == set(shown_bugs(pair)):
        page = DOCS / "matrix.md"
        page.write_text(with_part(page.read_text(), pair, render(outcomes, bugs, problems, way)))
    return 1 if problems else 0


def title(pair: Pair) -> str:
    """The heading of a pair's part."""
    return f"{manifests()[pair.crm].words} to {manifests()[pair.erp].words}"


def with_part(page: str, pair: Pair, part: str) -> str:
    """The page with another part of one pair, which begins with a heading of its own."""
    heading = f"## {title(pair)}\n"
    head, *parts = re.split(r"(?m)^(?=## )", page)
    new = f"{heading}\n{part}"
    kept = [new if each.startswith(heading) else each for each in parts]
    return "\n\n".join(text.strip() for text in (head, *(kept if new in kept else [*kept, new]))) + "\n"


def recorded(folders: list[Path], pair: Pair) -> Iterator[Outcome]:
    """The recorded results of the runs in these folders, of each the last one, and what needs no run."""
    last: dict[tuple[str, str, int], Outcome] = {}
    for run in (run for folder in folders for run in list_runs(folder)):
        try:
            info, scenario, (result, _) = run.info(), run.scenario(), run.verdicts()
        except GamedayError:
            continue
        if (scenario.flow.crm, scenario.flow.erp) != pair:
            continue
        outcome = Outcome(scenario.name, scenario.feature, info.stack, info.seed, result.word, planned=scenario)
        last[outcome.scenario, outcome.stack, outcome.seed] = outcome
    yield from last.values()
    targets = (Target("durable", 1), Target("brittle", 1))
    for planned in plan_scenarios([library()], Settings(targets=targets, crm=pair.crm, erp=pair.erp)):
        if planned.not_applicable:
            yield msgspec.structs.replace(planned, result="not applicable")


def _show(total: int) -> Callable[[Outcome], None]:
    done = [0]

    def show(outcome: Outcome) -> None:
        done[0] += 1
        text = f"{done[0]}/{total} {outcome.result:8} {outcome.stack} {outcome.seed}: {outcome.scenario}"
        sys.stdout.write(f"{text} {outcome.why}\n")
        sys.stdout.flush()

    return show


def judge(outcomes: list[Outcome], bugs: list[str], *, whole: bool) -> list[str]:
    """The requirements that are not met, one line each. ``whole``: each scenario has to catch a bug too."""
    problems = []
    caught: defaultdict[str, set[str]] = defaultdict(set)
    for outcome in outcomes:
        where = f"{outcome.scenario} (seed {outcome.seed})"
        if outcome.stack == "durable" and not outcome.not_applicable and outcome.result != "passed":
            problems.append(f"durable: {outcome.result}, expected passed: {where}")
        if outcome.stack == "brittle":
            expected = expected_result(outcome)
            if not outcome.not_applicable and outcome.result != expected:
                problems.append(f"brittle: {outcome.result}, expected {expected}: {where}")
        if outcome.stack.startswith(f"{PLANTED}+") and outcome.result == "failed":
            caught[outcome.stack.partition("+")[2]].add(outcome.scenario)
    problems += [f"no scenario catches {bug}" for bug in bugs if bug not in caught]
    if not whole:
        return problems
    catching = set().union(*caught.values()) if caught else set()
    applicable = {outcome.scenario for outcome in outcomes if outcome.stack == "durable" and not outcome.not_applicable}
    problems += [f"{scenario} catches no bug" for scenario in sorted(applicable - catching)]
    return problems


def render(outcomes: list[Outcome], bugs: list[str], problems: list[str], way: str) -> str:
    """The matrix of one pair as Markdown; ``way`` says what kind of runs they are."""
    seeds = len({o.seed for o in outcomes if o.stack == "durable"})
    scenarios = sorted({o.scenario for o in outcomes})
    worst: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for outcome in outcomes:
        previous = worst[outcome.stack].get(outcome.scenario, outcome.result)
        worst[outcome.stack][outcome.scenario] = min(previous, outcome.result, key=list(MARKS).index)
    text = [
        f"The results of {way} runs; `durable` has the worst of {seeds} seed{'s' if seeds > 1 else ''}.",
        "",
        "| | " + " | ".join(str(i + 1) for i in range(len(scenarios))) + " |",
        "|---|" + "---|" * len(scenarios),
    ]
    for stack in ("durable", "brittle", *(f"{PLANTED}+{bug}" for bug in bugs)):
        marks = " | ".join(MARKS.get(worst[stack].get(s, ""), " ") for s in scenarios)
        text.append(f"| {stack.replace(PLANTED + '+', '+ ')} | {marks} |")
    text += ["", *(f"{i + 1}. {s}" for i, s in enumerate(scenarios)), "", "### The planted bugs", ""]
    text += [f"* **{bug}**: {line}" for bug, line in planted_bugs().items() if bug in bugs]
    if problems:
        text += ["", "### Requirements that are not met", "", *(f"* {problem}" for problem in problems)]
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    sys.exit(main())
