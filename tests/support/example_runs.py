"""Writes judged run folders for the dashboard's tests: no history, and fixed clock, seeds, ids and digests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from gameday.analysis.incident import Times
from gameday.analysis.revenue import Revenue
from gameday.model.contract import Contract, Sla
from gameday.model.rates import Rates
from gameday.model.scenario import Flow, Injection, Scenario, WorkloadSpec
from gameday.scoring.rubric import Points
from gameday.scoring.run_folder import CheckedRun, Run, RunInfo
from gameday.scoring.score import DealSum, Scorecard
from gameday_reports.dashboard import build
from gameday_reports.dashboard.comparison import ScenarioRuns, by_scenario
from gameday_reports.dashboard.runs import read_runs

RENAMED = "An admin renames a field"
LOCKED = "A third of the orders is locked"
#: When the dashboard looks at the runs.
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def times(detect_s: float | None = 30.0, repair_s: float | None = 200.0) -> Times:
    """Injected at 100 s, first deal affected at 150 s."""
    repaired_s = None if repair_s is None else 150.0 + repair_s
    alerted_s = None if detect_s is None else 150.0 + detect_s
    from_injection_s = None if detect_s is None else 50.0 + detect_s
    return Times(
        100.0,
        150.0,
        alerted_s,
        None,
        repaired_s,
        repaired_s,
        detect_s,
        from_injection_s,
        None,
        repair_s,
        repair_s,
        repair_s,
    )


def record(
    runs_dir: Path,
    *,
    scenario: str = RENAMED,
    stack: str = "durable",
    started: str = "2026-03-09T08:00:00+00:00",
    seed: int = 1,
    word: str = "passed",
    detection: float | None = 100.0,
    recovery: float | None = 98.0,
    orders: int = 100,
    affected: int = 10,
    unreported: int = 0,
    interventions: float = 0.0,
    false_alarms: int = 0,
    when: Times | None = None,
    faults: Sequence[str] = ("renamed field",),
    tags: tuple[str, ...] = (),
    params: dict[str, Any] | None = None,
    digests: tuple[str, str, str] = ("rubric00", "contract", "scenario"),
    control: bool = True,
    ineffective: tuple[str, ...] = (),
    version: str = "",
    not_booked: str = "0",
    verdicts: dict[str, str] | None = None,
) -> Path:
    """Write one run. ``digests`` are those of rubric, contract and scenario; ``not_booked`` is an amount in EUR.

    ``verdicts`` are words by further verdicts' names.
    """
    at = datetime.fromisoformat(started)
    slug = scenario.lower().replace(" ", "-")
    folder = runs_dir / f"{at:%Y%m%dT%H%M%SZ}-{stack}-{slug}-{seed}"
    folder.mkdir(parents=True)
    rubric, contract, digest = digests
    info = RunInfo(
        stack,
        60.0,
        seed,
        started,
        rubric=rubric,
        digests={"scenario": digest, "contract": contract},
        stack_version=version,
    )
    spec = Scenario(
        scenario,
        Flow("salesforce", "netsuite", "closed-won-to-sales-order"),
        WorkloadSpec(params=params or {}),
        injections=tuple(Injection(100.0, fault, "crm", 60.0) for fault in faults),
        seed=seed,
        tags=tags,
    )
    empty, nothing = DealSum(0, {}), Rates("EUR").amount({})
    lost = Rates("EUR").amount({"EUR": Decimal(not_booked)})
    card = Scorecard(
        detection=Points(detection),
        recovery=Points(recovery),
        grade="A" if word == "passed" else "F",
        no_impact=not affected,
        caps=(),
        orders=orders,
        states={"ok": DealSum(orders - affected, {}), "late": DealSum(affected, {})},
        reported=empty,
        unreported=DealSum(unreported, {"EUR": Decimal(unreported)}),
        orphans=0,
        revenue=Revenue(lost, nothing, None, None, nothing),
        false_alarms=false_alarms,
        interventions_per_1000=interventions,
        bound="",
        rubric=rubric,
        contract=contract,
        scenario=digest,
        ineffective=ineffective,
    )
    named = {"no lost or wrong deal goes unreported": word} | (verdicts or {})
    given = [{"name": name, "result": each, "summary": "an example"} for name, each in named.items()]
    files = {
        "run.json": info,
        "scenario.json": spec,
        "contract.json": Contract("closed-won-to-sales-order", owners={"sync": "rev-ops"}, sla=Sla(), digest=contract),
        "verdicts.json": {"result": word, "verdicts": given},
        "scorecard.json": card,
        "results.json": {"times": when or times()},
    }
    for name, value in files.items():
        (folder / name).write_bytes(msgspec.json.encode(value))
    (folder / "postmortem.html").write_text("<!doctype html><title>Postmortem</title>", encoding="utf-8")
    if control:
        (folder / "control.jsonl").write_text("", encoding="utf-8")
    return folder


def as_written(run: Run) -> tuple[CheckedRun, Times | None]:
    """In place of judging again: these runs have no records to be judged by."""
    result, verdicts = run.verdicts()
    path = run.dir / "results.json"
    found = msgspec.convert(msgspec.json.decode(path.read_bytes())["times"], Times) if path.exists() else None
    return CheckedRun(run.dir, result, verdicts, run.scorecard()), found


def record_set(runs_dir: Path) -> None:
    """The runs of the snapshots: two stacks, two scenarios, three weeks, one older contract, two unfinished runs."""
    older = ("rubric00", "c0ntract", "scenario")
    locked = {"scenario": LOCKED, "faults": ("record lock",), "digests": ("rubric00", "contract", "sc3nario")}
    record(runs_dir, started="2026-02-16T08:00:00+00:00", digests=older, detection=70.0)
    record(runs_dir, started="2026-02-27T08:00:00+00:00", seed=1)
    record(runs_dir, started="2026-02-27T08:00:05+00:00", seed=2, detection=96.5, when=times(-20.0, 400.0))
    record(runs_dir, started="2026-03-09T08:00:00+00:00", seed=1, when=times(12.0, 90.0))
    bad = {
        "not_booked": "400",
        "word": "failed",
        "detection": 40.0,
        "recovery": 31.5,
        "unreported": 4,
        "interventions": 20.0,
    }
    record(runs_dir, started="2026-03-09T08:00:05+00:00", seed=2, when=times(None, None), **bad)  # type: ignore[arg-type]
    record(runs_dir, stack="brittle", tags=("fails:brittle",), **(bad | {"unreported": 30}))  # type: ignore[arg-type]
    record(runs_dir, started="2026-02-27T09:00:00+00:00", word="inconclusive", detection=None, recovery=None, **locked)  # type: ignore[arg-type]
    record(runs_dir, started="2026-03-06T09:00:00+00:00", affected=0, detection=None, **locked)  # type: ignore[arg-type]
    torn = record(runs_dir, started="2026-03-10T08:00:00+00:00")
    (torn / "scorecard.json").write_text("{", encoding="utf-8")
    interrupted = record(runs_dir, started="2026-03-10T09:00:00+00:00")
    (interrupted / "verdicts.json").unlink()
    (runs_dir / "controls").mkdir()


def figures(runs_dir: Path) -> dict[str, Any]:
    """The dashboard's figures, as JSON has them."""
    data: dict[str, Any] = json.loads(page(runs_dir, "dashboard.json"))
    return data


def page(runs_dir: Path, name: str = "index.html") -> str:
    """A file of the site, built beside the runs."""
    site = runs_dir.parent / "site"
    build(runs_dir, site, now=NOW)
    return (site / name).read_text(encoding="utf-8")


def grouped(runs_dir: Path) -> list[ScenarioRuns]:
    """The runs of a folder by scenario."""
    return by_scenario(read_runs(runs_dir, runs_dir.parent).judged)
