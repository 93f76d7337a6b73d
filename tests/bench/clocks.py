"""Compares the runs of the owners' stacks on an accelerated clock with the same runs at pace 1. Writes docs/clocks.md.

    python tests/bench/clocks.py [--stacks node_red,jsforce,python_batch] [--folder runs/clocks] [--parallel 16]
    python tests/bench/clocks.py --write          the tables again, from the runs so far

The runs at pace 1 take as long as their scenarios, up to half an hour, and mostly wait, so all of them go side by
side; the accelerated ones follow, one at a time. A campaign that was interrupted goes on where it ended: what has a
run that was judged is not run again. A stack passes if in each scenario every expectation has the same result, at
least 95 of 100 deals end in the same state, and their times differ by at most 10 s or 5%. The work of a batch takes
as long at any pace: what it, and its waiting for a processor, may have added, as recorded, may differ too. A deal that
is won while a run is at work may come with another run on each clock, and so may all where a fault begins or is healed
meanwhile. Where the work comes to more than the margin of the limits, the page says so: failures are inconclusive then.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from gameday.analysis.batch_work import delayed_s
from gameday.analysis.observations import observe
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.config.stack_processes import read_every
from gameday.model.checker import Case
from gameday.model.events import BatchEnded
from gameday.scoring.run_folder import Run

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "clocks.md"
STACKS = ROOT / "tests" / "stacks"
SCENARIOS = (
    "delivery/reply_lost.feature",
    "limits/rate_limit.feature",
    "network/latency_spike.feature",
    "process/amended_after_order.feature",
    "access/token_revoked.feature",
    "access/permission_lost.feature",
)
#: In place of one that is not applicable: none of these stacks follows changes of won deals.
_OTHER = {"process/amended_after_order.feature": "schema/hidden_field.feature"}
OTHERS = {"node_red": _OTHER, "jsforce": _OTHER, "python_batch": _OTHER}
#: What may differ between the two clocks.
SAME_STATES = 0.95
TIME_S, TIME_SHARE = 10.0, 0.05


#: Why the batch differs, which the figures alone do not say.
EXPLAINED = """
## Why the batch differs

The batch carries its deals over one after the other, with a new connection for each request. A run of it over a
hundred deals has a processor for 3 s on a quiet machine, with the fakes and proxies for 4 s, and for 5 to 7 s on one
that is busy with other work, where it also waits for one. No clock makes that faster: four seconds are 4 s of the
scenario at pace 1 and 40 s at pace 10, so the last deal is up to 36 s later on the accelerated clock, and the
difference grows evenly from the first deal of a run to the last one.

A run that is at work for ten times as long meets what happens meanwhile. A deal that is won in the seconds before a
batch asks for news is read by that run on one clock and by the next one, five minutes later, on the other; so it is
with deals that are written before or after a fault begins or is healed.

Both are part of the margin of the limits (60 s here). Each run of a batch is recorded with when it was, its work, and
how long its processes waited. Where that may delay a deal by more than the margin, where a fault begins while a run is
at work or kills it, and where only the work keeps the next run from starting, a failure is inconclusive, and the run
is repeated at a third of the pace ([time](time.md)).

Every scenario was run with the record of its work. schema/hidden_field.feature stands in place of
process/amended_after_order.feature, which is not applicable to stacks that follow no changes of won deals.
"""


class Pair(NamedTuple):
    """One scenario of one stack on both clocks, compared.

    ``verdicts``: the expectations whose result differs, with both. ``states``: how many deals of ``deals`` end in the
    same state. ``timed`` deals have a time on both clocks, ``near`` of them about the same, and ``bounded`` of them
    differ by no more than the work of a batch explains; ``apart_s`` is the largest
    difference and ``usual_s`` the median. ``work_s`` is by how much the work of a batch may have delayed a deal on the
    accelerated clock, ``margin_s`` the margin of the limits there. ``alerts_s``: the first alert on either clock, None
    without one.
    """

    stack: str
    feature: str
    pace: float
    results: tuple[str, str]
    verdicts: tuple[str, ...]
    deals: int
    states: int
    moved: tuple[str, ...]
    timed: int
    near: int
    bounded: int
    usual_s: float
    apart_s: float
    work_s: float
    margin_s: float
    alerts_s: tuple[float | None, float | None]

    @property
    def problems(self) -> list[str]:
        """What differs by more than it may, one clause each."""
        found = [f"other results: {'; '.join(self.verdicts)}"] if self.verdicts else []
        if self.states < SAME_STATES * self.deals:
            found.append(
                f"{self.deals - self.states} of {self.deals} deals end in another state: {', '.join(self.moved)}"
            )
        if self.bounded < SAME_STATES * self.timed:
            found.append(
                f"the times of {self.timed - self.bounded} of {self.timed} deals differ by up to {self.apart_s:.0f} s"
            )
        return found


def main() -> int:
    """Run what has no run yet, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stacks", default="node_red,jsforce,python_batch")
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "clocks")
    parser.add_argument("--parallel", type=int, default=16)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    stacks = chosen.stacks.split(",")
    folder: Path = chosen.folder.resolve()
    if not chosen.write:
        real = [_start(stack, 1, folder, chosen.parallel // len(stacks) or 1) for stack in stacks]
        for process in filter(None, real):
            process.wait()
        for stack in stacks:
            if fast := _start(stack, _pace(stack), folder, 1):
                fast.wait()
    pairs = [pair for stack in stacks for pair in _pairs(stack, folder)]
    DOCS.write_text(render(pairs), encoding="utf-8")
    for pair in pairs:
        sys.stdout.write(f"{pair.stack} {pair.feature}: {'; '.join(pair.problems) or 'the same'}\n")
    return 1 if any(pair.problems for pair in pairs) or len(pairs) < len(stacks) * len(SCENARIOS) else 0


def _pace(stack: str) -> float:
    """The pace of a stack's accelerated runs: that of its configuration."""
    table = tomllib.loads((STACKS / stack / "gameday.toml").read_text())
    return float(table.get("run", {}).get("pace", 60))


def _scenarios(stack: str) -> list[str]:
    others = OTHERS.get(stack, {})
    return [others.get(name, name) for name in SCENARIOS]


def _runs(stack: str, pace: float, folder: Path) -> dict[str, Path]:
    """The judged runs of a stack at a pace, the last one of each feature."""
    found = {}
    for verdicts in sorted(
        (folder / stack / f"{pace:g}").glob("*/verdicts.json"), key=lambda file: file.stat().st_mtime
    ):
        found[Run(verdicts.parent).scenario().feature] = verdicts.parent
    return found


def _start(stack: str, pace: float, folder: Path, parallel: int) -> subprocess.Popen[bytes] | None:
    """Start the scenarios of a stack that have no run at this pace; None if all have one."""
    missing = [name for name in _scenarios(stack) if name not in _runs(stack, pace, folder)]
    if not missing:
        return None
    runs = folder / stack / f"{pace:g}"
    config = STACKS / stack / "gameday.toml"
    command = [sys.executable, "-m", "gameday.cli", "run", *missing, "--stack", stack, "--config", str(config)]
    return subprocess.Popen(
        [*command, "--pace", f"{pace:g}", "--runs", str(runs), "-j", str(parallel)], cwd=config.parent
    )


def _pairs(stack: str, folder: Path) -> Iterator[Pair]:
    pace = _pace(stack)
    real, fast = _runs(stack, 1, folder), _runs(stack, pace, folder)
    for feature in _scenarios(stack):
        if feature in real and feature in fast:
            yield compare(stack, feature, real[feature], fast[feature])


def compare(stack: str, feature: str, real: Path, fast: Path) -> Pair:
    """Compare two runs of one scenario and seed."""
    results, words, outcomes, alerts, cases = zip(*(_read(folder) for folder in (real, fast)), strict=True)
    spans = _spans(cases[1], _every_s(stack))
    # Of a run whose work was not recorded is known how long it was there.
    work_s = delayed_s(cases[1]) or max((ended_s - began_s for began_s, ended_s in spans), default=0.0) * (
        1 - 1 / cases[1].pace
    )
    slow_deals, fast_deals = outcomes
    both = [(deal, slow_deals[deal], fast_deals[deal]) for deal in slow_deals.keys() & fast_deals.keys()]
    moved = sorted(f"{deal} {slow.state} / {quick.state}" for deal, slow, quick in both if slow.state != quick.state)
    times = [(_took_s(slow), _took_s(quick), quick) for _, slow, quick in both]
    apart = [
        (abs(a - b), max(TIME_S, TIME_SHARE * a), quick) for a, b, quick in times if a is not None and b is not None
    ]
    return Pair(
        stack=stack,
        feature=feature,
        pace=cases[1].pace,
        results=results,
        verdicts=tuple(f"{n} {w} / {words[1].get(n)}" for n, w in words[0].items() if words[1].get(n) != w),
        deals=len(slow_deals.keys() | fast_deals.keys()),
        states=len(both) - len(moved),
        moved=tuple(moved),
        timed=len(apart),
        near=sum(differ_s <= about_s for differ_s, about_s, _ in apart),
        bounded=sum(
            differ_s <= about_s + work_s or _met_a_run(cases[1], deal, spans) for differ_s, about_s, deal in apart
        ),
        usual_s=median([differ_s for differ_s, _, _ in apart] or [0.0]),
        apart_s=max([differ_s for differ_s, _, _ in apart], default=0.0),
        work_s=work_s,
        margin_s=cases[1].margin_s,
        alerts_s=alerts,
    )


def _read(folder: Path) -> tuple[str, dict[str, str], dict[str, OrderOutcome], float | None, Case]:
    """A run's result, its verdicts by name, its deals by id, when the first alert came, and all that was recorded."""
    run = Run(folder)
    result, verdicts = run.verdicts()
    case = run.case()
    alerts = [alert.time_s for alert in observe(case.history).triggers]
    deals = {outcome.deal: outcome for outcome in reconcile(case).outcomes}
    return result.word, {v.name: v.result.word for v in verdicts}, deals, min(alerts, default=None), case


def _every_s(stack: str) -> float:
    """The pause between two starts of a stack's batch; 0 for one that is none."""
    table = tomllib.loads((STACKS / stack / "gameday.toml").read_text())
    return read_every(table["stack"][stack].get("every", ""), stack)


def _spans(case: Case, every_s: float) -> list[tuple[float, float]]:
    """When each run of a batch began and ended; where that was not recorded, by its schedule."""
    found = []
    for op in case.history.of(BatchEnded):
        began_s, ended_s = op.event.began_s, op.event.ended_s
        found.append(
            (op.time_s // every_s * every_s, op.time_s) if began_s is None or ended_s is None else (began_s, ended_s)
        )
    return found


def _met_a_run(case: Case, outcome: OrderOutcome, spans: Sequence[tuple[float, float]]) -> bool:
    """Whether a deal was won or changed, or a fault began or was healed, while a run was at work."""
    windows = observe(case.history).windows
    moments = [outcome.closed_s, outcome.changed_s, *(each for w in windows for each in (w.start_s, w.end_s))]
    return any(began_s < moment_s < ended_s for began_s, ended_s in spans for moment_s in moments)


def _took_s(outcome: OrderOutcome) -> float | None:
    """How long a deal took from its winning until the ERP agreed."""
    return None if outcome.ordered_s is None else outcome.ordered_s - outcome.closed_s


def render(pairs: Sequence[Pair]) -> str:
    """The page."""
    rows = [
        f"| `{p.stack}`, {p.pace:g} | {p.feature} | {' / '.join(p.results)} | {len(p.verdicts) or 'none'} "
        f"| {p.states} of {p.deals} | {p.near} of {p.timed} | {p.bounded} of {p.timed} "
        f"| {p.usual_s:.1f} s, {p.apart_s:.0f} s | {_work(p)} "
        f"| {' / '.join(map(_time, p.alerts_s))} |\n"
        for p in pairs
    ]
    notes = [f"- `{p.stack}`, {p.feature}: {problem}\n" for p in pairs for problem in p.problems]
    return (
        "# The same runs on two clocks\n\n"
        "The stacks under tests/stacks, at pace 1 and on an accelerated clock, with one seed. Made by "
        "`python tests/bench/clocks.py`. A time\nis that from a deal's winning until the ERP agreed; it is about the "
        f"same within {TIME_S:.0f} s or {TIME_SHARE:.0%}. Its bound\nis that, and what the work of a batch may have "
        "added, which no pace shortens.\n\n"
        "| Stack, pace | Scenario | Result, pace 1 / accelerated | Expectations that differ | Same end state "
        "| Same time | Within its bound | Times differ: median, most | Work of a batch, at most | First alert |\n"
        "|---|---|---|---|---|---|---|---|---|---|\n"
        + "".join(rows)
        + (
            "\nWhat differs by more than its bound:\n\n" + "".join(notes)
            if notes
            else "\nNothing differs by more than its bound.\n"
        )
        + EXPLAINED
    )


def _work(pair: Pair) -> str:
    beyond = ", more than the margin" if pair.work_s > pair.margin_s else ""
    return f"{pair.work_s:.0f} s{beyond}" if pair.work_s else "-"


def _time(time_s: float | None) -> str:
    return "none" if time_s is None else f"{time_s:.0f} s"


if __name__ == "__main__":
    sys.exit(main())
