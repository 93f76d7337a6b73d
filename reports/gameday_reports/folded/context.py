"""What several runs of one scenario show together, as plain values; each run is read and let go before the next."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gameday.base.counts import plural
from gameday.base.errors import GamedayError
from gameday.model.checker import Result
from gameday_reports.formats import points, reported, span
from gameday_reports.postmortem.action import Action
from gameday_reports.postmortem.actions import open_actions
from gameday_reports.postmortem.cause.traces import Group, groups_of
from gameday_reports.postmortem.header import fault_windows, header
from gameday_reports.recorded import RecordedRun

#: How many groups of affected deals, and how many errors of one, the page shows.
GROUPS, ERRORS = 12, 3

Row = dict[str, Any]


def context(run_dirs: Sequence[Path], out: Path, *, unredacted: bool = False) -> Row:
    """The ``runs``, each ``expectation`` with its result in every run, the ``groups`` of affected deals with their
    number in every run, and the ``actions`` with the runs that call for each.
    """
    found = [_read(run_dir, out, unredacted=unredacted) for run_dir in run_dirs]
    found.sort(key=lambda each: (each["row"]["started"], each["row"]["seed"], each["row"]["run"]))
    _check_alike(found)
    rows = [each["row"] for each in found]
    decided = [row for row in rows if row["word"] in ("passed", "failed")]
    return {
        "header": found[0]["header"],
        "runs": rows,
        "sentence": _sentence(rows, decided),
        "ranges": _ranges(decided),
        "expectations": _expectations([each["verdicts"] for each in found]),
        "groups": _groups([each["groups"] for each in found])[:GROUPS],
        "actions": _actions([each["actions"] for each in found]),
    }


def _read(run_dir: Path, out: Path, *, unredacted: bool) -> Row:
    run = RecordedRun(run_dir, unredacted=unredacted)
    decided = run.result is not Result.INCONCLUSIVE
    return {
        "kind": (run.scorecard.scenario, run.scorecard.contract, run.scorecard.rubric, run.info.stack),
        "header": header(run),
        "row": _row(run, out),
        "verdicts": [(name, verdict.result.word, verdict.summary) for name, verdict in _named(run)],
        # An inconclusive run shows neither harm nor that there is none.
        "groups": [(_why(run, group), len(group.outcomes)) for group in groups_of(run)] if decided else [],
        "actions": open_actions(run),
    }


def _named(run: RecordedRun) -> list[tuple[str, Any]]:
    return [(verdict.name, verdict) for _, verdict in run.judged]


def _row(run: RecordedRun, out: Path) -> Row:
    card, times = run.scorecard, run.incident.times
    page = run.dir / "postmortem.html"
    row = {
        "run": run.dir.name,
        "link": quote(os.path.relpath(page, out.parent)) if page.is_file() else "",
        "seed": run.info.seed,
        "version": run.info.stack_version,
        "started": run.info.started,
        "date": header(run)["started"],
        "word": run.result.word,
        "caveats": run.caveats,
    }
    if run.result is Result.INCONCLUSIVE:
        return row | dict.fromkeys(
            (
                "orders",
                "affected",
                "unreported",
                "not_booked",
                "over_invoiced",
                "booked_late",
                "detect",
                "catch_up",
                "scores",
            )
        )
    return row | {
        "orders": card.orders,
        "affected": len(run.affected),
        "unreported": card.unreported.orders,
        "not_booked": reported(card.revenue.not_booked),
        "over_invoiced": reported(card.revenue.over_invoiced),
        "booked_late": reported(card.revenue.booked_late),
        "detect": times.detect_s,
        "catch_up": times.catch_up_s,
        "scores": "no impact"
        if card.no_impact
        else f"{points(card.detection.points)} / {points(card.recovery.points)}",
    }


def _check_alike(found: Sequence[Row]) -> None:
    """Raise GamedayError if the runs are not of one kind: figures of others do not belong side by side."""
    first = found[0]
    for each in found[1:]:
        names = ("scenario", "contract", "rubric", "stack")
        if differ := [name for name, a, b in zip(names, first["kind"], each["kind"], strict=True) if a != b]:
            runs = f"{first['row']['run']} and {each['row']['run']}"
            raise GamedayError(f"another {' and '.join(differ)}: {runs}", hint="one page has runs of one kind only")
    if len({each["row"]["run"] for each in found}) < len(found):
        raise GamedayError("a run is named twice", hint="name each run once")


def _sentence(rows: Sequence[Row], decided: Sequence[Row]) -> str:
    words = [row["word"] for row in rows]
    counts = ", ".join(
        f"{words.count(word):,} {word}" for word in ("failed", "inconclusive", "passed") if word in words
    )
    blind = sum(bool(row["unreported"]) for row in decided)
    wrong = f" In {plural(blind, 'run')} wrong orders are in no alert and no ticket." if blind else ""
    return f"{plural(len(rows), 'run')}: {counts}.{wrong}"


def _ranges(decided: Sequence[Row]) -> list[tuple[str, str]]:
    """The least and the most of each figure over the runs that passed or failed."""
    if not decided:
        return []
    ranges = []
    for name, title in (("affected", "Affected deals"), ("unreported", "Unreported deals")):
        values = [row[name] for row in decided]
        ranges.append(
            (title, f"{min(values):,}" if min(values) == max(values) else f"{min(values):,} to {max(values):,}")
        )
    affected = [row for row in decided if row["affected"]]
    for name, title, never in (
        ("detect", "Time to detect", "never detected"),
        ("catch_up", "Time to catch up", "never"),
    ):
        times = [row[name] for row in affected if row[name] is not None]
        missing = len(affected) - len(times)
        parts = (
            [span(min(times)) if min(times) == max(times) else f"{span(min(times))} to {span(max(times))}"]
            if times
            else []
        )
        parts += [f"{never} in {plural(missing, 'run')}"] if missing else []
        ranges.append((title, "; ".join(parts) or "no impact"))
    return ranges


def _expectations(of_runs: Sequence[Sequence[tuple[str, str, str]]]) -> list[Row]:
    """Each sentence of the scenario, its result in every run, and what the first run says in which it did not hold."""
    rows: dict[str, Row] = {}
    for number, verdicts in enumerate(of_runs):
        for name, word, summary in verdicts:
            row = rows.setdefault(name, {"name": name, "words": [""] * len(of_runs), "summary": ""})
            row["words"][number] = _worse(row["words"][number], word)
            if word != "passed" and not row["summary"]:
                row["summary"] = summary
    return list(rows.values())


_ORDER = ("", "not applicable", "passed", "inconclusive", "failed")


def _worse(one: str, other: str) -> str:
    """Several checkers may belong to one sentence: the worst of their results counts."""
    return max(one, other, key=_ORDER.index)


def _why(run: RecordedRun, group: Group) -> tuple[str, str]:
    """The end state, and in words what the deals of a group have in common."""
    names = {window["injection"]: window["fault"] for window in fault_windows(run)}
    hit = [f"\u201c{names[number]}\u201d" for number in group.faults if number in names]
    parts = [f"hit by {' and '.join(dict.fromkeys(hit))}" if hit else "not hit by a fault"]
    errors = dict.fromkeys(f"{why.status} {run.shown(why.error)}".strip() for why in group.refusals)
    parts += [f"refused with {', '.join(list(errors)[:ERRORS])}"] if errors else []
    parts += [f"differs in {run.shown(', '.join(group.fields))}"] if group.fields else []
    return group.state, "; ".join(parts)


def _groups(of_runs: Sequence[Sequence[tuple[tuple[str, str], int]]]) -> list[Row]:
    """The groups with their number of deals in every run, those of most runs first."""
    rows: dict[tuple[str, str], list[int]] = {}
    for number, groups in enumerate(of_runs):
        for key, deals in groups:
            rows.setdefault(key, [0] * len(of_runs))[number] += deals
    found = [{"state": state, "why": why, "deals": deals} for (state, why), deals in rows.items()]
    return sorted(found, key=lambda row: (-sum(map(bool, row["deals"])), -max(row["deals"]), row["why"]))


def _actions(of_runs: Iterable[Sequence[Row]]) -> list[Row]:
    """Each action once, with the runs that call for it, what one of them says, and the owners that people named."""
    rows: dict[tuple[str, ...], Row] = {}
    for number, acts in enumerate(of_runs):
        for act in acts:
            key = (act["id"],) if act["id"] else (act["kind"], act["what"])
            blank = {**Action(act["id"], act["kind"], act["what"], act["why"])._asdict(), "runs": [], "owners": []}
            row = rows.setdefault(key, blank)
            row["runs"].append(number)
            if act["owner"] and act["owner"] not in row["owners"]:
                row["owners"].append(act["owner"])
    return sorted(rows.values(), key=lambda row: -len(row["runs"]))
