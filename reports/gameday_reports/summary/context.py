"""The figures of several runs as plain values. Every run is shown; nothing is averaged."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from gameday.analysis.outage import Outage
from gameday.analysis.revenue import Revenue
from gameday.base.errors import GamedayError
from gameday.model.checker import Result
from gameday.scoring.run_folder import Run
from gameday_reports.losses import losses

WORDS = ("passed", "failed", "inconclusive", "aborted", "not run", "not applicable")


class NotRun(msgspec.Struct, frozen=True):
    """A scenario without a judged run: it counts as not run, aborted or not applicable, never as passed or failed."""

    scenario: str
    stack: str
    seed: int
    why: str
    word: str = "not run"


def context(run_dirs: Sequence[Path], out: Path, not_run: Sequence[NotRun] = ()) -> dict[str, Any]:
    """The runs by scenario, stack and seed; and for each stack, how many runs had which result."""
    rows = [*(_row(run_dir, out) for run_dir in run_dirs), *map(_no_row, not_run)]
    rows.sort(key=lambda row: (row["scenario"], row["stack"], row["seed"]))
    scenarios = list(dict.fromkeys(row["scenario"] for row in rows))
    return {
        "groups": [{"scenario": name, "rows": [r for r in rows if r["scenario"] == name]} for name in scenarios],
        "stacks": _stacks(rows),
        "words": [word for word in WORDS if any(row["word"] == word for row in rows)],
        "runs": len(rows),
        "losses": _losses(rows),
        "comparable": len({row["rubric"] for row in rows if row["rubric"]}) <= 1,
    }


class _Row(msgspec.Struct, frozen=True):
    """What the losses of a run are found by."""

    scenario: str
    word: str
    link: str
    unreported: int
    revenue: Revenue | None
    outage: Outage | None


def _losses(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each stack's losses, the largest first: what a leader asks before anything else."""
    by_stack: dict[str, list[_Row]] = {}
    for row in rows:
        if row["revenue"] is not None:
            found = _Row(*(row[name] for name in _Row.__struct_fields__))
            by_stack.setdefault(row["stack"], []).append(found)
    found_losses = [{"stack": stack, "losses": losses(runs, stack)} for stack, runs in by_stack.items()]
    return sorted(found_losses, key=lambda each: (*(-size for size in each["losses"].largest), each["stack"]))


def _stacks(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        stack = counts.setdefault(row["stack"], dict.fromkeys(WORDS, 0))
        stack[row["word"]] += 1
    return [{"stack": stack, "counts": by_word} for stack, by_word in sorted(counts.items())]


def _row(run_dir: Path, out: Path) -> dict[str, Any]:
    """A run's row; one that was not judged is inconclusive and says why."""
    run = Run(run_dir)
    info, scenario = run.info(), run.scenario()
    page = run_dir / "postmortem.html"
    row = {
        "scenario": scenario.name,
        "stack": info.stack,
        "seed": info.seed,
        "expected": expected if (expected := scenario.expected(info.stack)) != "passed" else "",
        "link": quote(os.path.relpath(page, out.parent)) if page.is_file() else "",
    }
    try:
        result, _ = run.verdicts()
        card = run.scorecard()
    except GamedayError as problem:
        return row | _no_figures("inconclusive", str(problem))
    if result is Result.INCONCLUSIVE:
        return row | _no_figures(result.word, "") | {"rubric": card.rubric}
    return row | {
        "word": result.word,
        "why": "",
        "detection": card.detection.points,
        "recovery": card.recovery.points,
        "grade": card.grade or "",
        "no_impact": card.no_impact and card.recovery.points is not None,
        "orders": card.orders,
        "affected": card.orders - card.states["ok"].orders,
        "unreported": card.unreported.orders,
        "unreported_worth": card.rates.amount(card.unreported.money),
        "revenue": card.revenue,
        "outage": card.outage,
        "rubric": card.rubric,
    }


def _no_row(scenario: NotRun) -> dict[str, Any]:
    row = {"scenario": scenario.scenario, "stack": scenario.stack, "seed": scenario.seed, "expected": "passed"}
    return row | {"link": ""} | _no_figures(scenario.word, scenario.why)


def _no_figures(word: str, why: str) -> dict[str, Any]:
    return {
        "word": word,
        "why": why,
        "detection": None,
        "recovery": None,
        "grade": "",
        "no_impact": False,
        "orders": None,
        "affected": None,
        "unreported": None,
        "unreported_worth": None,
        "revenue": None,
        "outage": None,
        "rubric": "",
    }
