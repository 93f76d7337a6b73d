"""Writes a small run folder: seven deals, each end state once, with fixed clock, seed, ids and versions."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.model.checker import DeadLetter, Result, Verdict
from gameday.model.contract import Contract, Sla
from gameday.model.history import HistoryWriter
from gameday.model.rates import Rate, Rates
from gameday.model.scenario import Expectation, Flow, Injection, Scenario, WorkloadSpec
from gameday.scoring.rubric import Points, Row
from gameday.scoring.run_folder import CheckedRun, Run, RunInfo, create
from gameday.scoring.score import Cap, score
from gameday.scoring.seal import seal
from gameday_fakes.ledger import Entry, Invoice, Ledger, Line
from support.example_runs import as_written

FLOW = "closed-won-to-sales-order"
OWNER = "revenue operations"
END_S = 1200.0


class Sketch:
    """Builds one run. Every text that may come from outside can be set; times are scenario seconds."""

    def __init__(self) -> None:
        self.name = "An admin renames a field"
        self.stack = "durable"
        self.description = "An admin renames a field of the CRM without notice."
        self.deals: list[Entry] = []
        self.orders: list[Entry] = []
        self.letters: list[DeadLetter] = []
        self.operations: list[tuple[float, str, str, str, dict[str, Any]]] = []
        self.verdicts: tuple[Verdict, ...] = ()
        self.expectations: tuple[Expectation, ...] = ()
        self.injections: tuple[Injection, ...] = ()
        self.result = Result.FAILED
        self.fixed_scores = False
        self.tags: tuple[str, ...] = ("schema",)
        self.rates = Rates("EUR", (Rate("JPY", Decimal("0.0065"), date(2026, 2, 27)),))
        self.control: list[tuple[float, str, str, str, dict[str, Any]]] | None = []

    def op(self, time_s: float, process: str, f: str, outcome: str, **value: Any) -> None:
        self.operations.append((time_s, process, f, outcome, value))

    def deal(self, deal: str, time_s: float, amount: str, currency: str = "EUR", **more: Any) -> Entry:
        total = Decimal(amount)
        known: dict[str, Any] = {"state": "won", "customer": "ACC-1", "changed_s": time_s} | more
        line = Line("SKU-1", Decimal(1), total, total)
        entry = Entry(deal, {"Id": deal}, currency=currency, total=total, lines=(line,), time_s=time_s, **known)
        self.deals.append(entry)
        self.op(time_s, "workload", "close_deal", "ok", key=f"key-{deal}", amount=amount, deal=deal)
        return entry

    def order(self, deal: Entry, order: str, time_s: float, total: str = "", outcome: str = "ok") -> None:
        amount = Decimal(total) if total else deal.total
        line = Line("SKU-1", Decimal(1), amount, amount)
        invoice = Invoice(f"INV-{order}", amount, deal.currency, time_s + 1)
        keys = {"externalId": deal.id}
        self.orders.append(
            Entry(order, keys, "open", deal.customer, deal.currency, amount, (line,), time_s, time_s, "", (invoice,))
        )
        written = {"order": order, "deal": deal.id, "total": str(amount), "currency": deal.currency, "status": 204}
        self.op(time_s, "netsuite", "order_write", outcome, operation="order.write", error="", **written)
        self.op(time_s + 1, "netsuite", "invoice_write", "ok", operation="invoice.write", error="", **written)

    def refused(self, deal: Entry, time_s: float, error: str = "INVALID_FIELD") -> None:
        value = {"order": "", "deal": deal.id, "total": None, "currency": "", "status": 400}
        self.op(time_s, "netsuite", "hit", "ok", fault="0-renamed-field-0", operation="order.write", order=deal.id)
        self.op(time_s, "netsuite", "order_write", "fail", operation="order.write", error=error, **value)

    def signal(self, time_s: float, kind: str, *deals: str, **more: Any) -> None:
        source = "pagerduty" if kind == "alert" else "jira"
        signal = {
            "kind": kind, "source": source, "action": "trigger", "key": f"{kind}-1", "orders": list(deals),
            "flow": FLOW, "owner": OWNER, "reason": "INVALID_FIELD: no such column",
            "context": {deal: {"Id": deal, "sku": "SKU-1"} for deal in deals},
            "first_seen": "08:01:05", "severity": "error",
        } | more  # fmt: skip
        self.op(time_s, source, kind, "ok", signal=signal, raw={})

    def fault(self, number: int, start_s: float, end_s: float | None, fault: str, target: str, **params: Any) -> None:
        duration_s = None if end_s is None else end_s - start_s
        self.injections += (Injection(start_s, fault, target, duration_s, params),)
        value = {"injection": number, "fault": fault, "target": target, "params": params}
        self.op(start_s, "harness", "inject", "invoke", **value)
        self.op(start_s + 0.1, "harness", "inject", "ok", **value)
        if end_s is not None:
            self.op(end_s, "harness", "heal", "ok", **value)

    def phases(self) -> None:
        for time_s, phase in ((0.0, "steady state"), (60.0, "injection"), (300.0, "recovery"), (END_S, "verification")):
            self.op(time_s, "harness", "phase", "info", phase=phase)

    def scenario(self) -> Scenario:
        return Scenario(
            name=self.name,
            flow=Flow("salesforce", "netsuite", FLOW),
            workload=WorkloadSpec(count=max(1, len(self.deals)), per_minute=2.0),
            injections=self.injections,
            expectations=self.expectations,
            seed=7,
            feature="features/renamed_field.feature",
            description=self.description,
            tags=self.tags,
        )

    def record(self, runs_dir: Path) -> Path:
        """Write the folder as a run leaves it, judged with this sketch's verdicts."""
        contract = Contract(
            FLOW, owner=OWNER, owners={"sync": OWNER}, sla=Sla(latency_s=120), idempotency_key="externalId", digest="c0"
        )
        now = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
        scenario = self.scenario()
        run = create(
            runs_dir, stack=self.stack, scenario=scenario, contract=contract, pace=60, now=now, rates=self.rates
        )
        info = RunInfo(
            stack=self.stack,
            pace=60,
            seed=7,
            started="2026-03-09T08:00:00+00:00",
            replay="gameday run features/renamed_field.feature --stack durable --seed 7 --pace 60",
            versions={"gameday": "0.0.0", "python": "3.11.0"},
            rubric="r0",
            digests={"scenario": "s0", "contract": "c0"},
        )
        (run.dir / "run.json").write_bytes(msgspec.json.encode(info))
        histories = {"history.jsonl": self.operations, "control.jsonl": self.control}
        for name, operations in histories.items():
            if operations is not None:
                with HistoryWriter(run.dir / name) as history:
                    for time_s, process, f, outcome, value in sorted(operations, key=lambda op: op[0]):
                        history.append(process, f, outcome, time_s, value)  # type: ignore[arg-type]
        run.write_ledgers(
            crm=Ledger("salesforce", END_S, tuple(self.deals)),
            erp=Ledger("netsuite", END_S, tuple(self.orders)),
            dead_letters=self.letters,
        )
        seal(run.dir, "run")
        self._judge(run)
        return run.dir

    def _judge(self, run: Run) -> None:
        card = score(run.case())
        if self.fixed_scores:
            card = msgspec.structs.replace(card, **SCORES)
        run.write_judgement(CheckedRun(run.dir, self.result, self.verdicts, card))


#: Fixed scores, so that a change of the rubric changes no snapshot.
SCORES: dict[str, Any] = {
    "detection": Points(
        50.0,
        66.4,
        Row("F1 of order recall and alert precision", 0.8, 1.0, 0.8, "2 of 5 affected deals named"),
        (
            Row("time to detect", 1.0, 50.0, 50.0, "30 s after the first deal was affected"),
            Row("right owner", 1.0, 20.0, 20.0, "2 of 2 alerts and tickets"),
            Row("context", 0.4333, 30.0, 13.0, "of 2 named deals: 2 with id"),
        ),
    ),
    "recovery": Points(22.9, 28.6, None, (Row("harm", 0.5714, 50.0, 28.57, "harm 0.429 over orders"),)),
    "grade": "F",
    "caps": (
        Cap("detection", "50", "66.4", "42.86% of the deals were wrong and unreported"),
        Cap("recovery", "22.9", "28.6", "42.86% of the deals were wrong and unreported"),
    ),
    "bound": "a loss rate of 1% needs 299 orders for a 95% chance of detection: 7 seen; 1 lost and unreported",
    "rubric": "r0",
    "scenario": "s0",
}


def snapshot_sketch() -> Sketch:
    """The run of the snapshots: ok, late, parked, duplicated, mismatched, lost, and one voided."""
    sketch = Sketch()
    sketch.fixed_scores = True
    sketch.phases()
    sketch.fault(0, 60, 300, "renamed field", "crm", field="Opportunity.Amount", new_name="Total__c")
    sketch.fault(1, 120, None, "slow replies", "erp", delay_s=20)
    fine, late = sketch.deal("D-1", 10, "100.00"), sketch.deal("D-2", 70, "2500.00")
    parked, twice = sketch.deal("D-3", 80, "40000", "JPY"), sketch.deal("D-4", 90, "75.50")
    wrong, lost = sketch.deal("D-5", 100, "310.00"), sketch.deal("D-6", 110, "9.00")
    sketch.deal("D-7", 115, "12.00", state="void")
    sketch.order(fine, "SO-1", 12)
    for deal in (late, parked, lost):
        sketch.refused(deal, deal.time_s + 2)
    sketch.op(330, "netsuite", "hit", "ok", fault="1-slow-replies-0", operation="order.write", order="D-2")
    sketch.order(late, "SO-2", 330)
    sketch.order(twice, "SO-4", 92, outcome="info")
    sketch.order(twice, "SO-5", 95)
    sketch.order(wrong, "SO-6", 102, total="301.00")
    sketch.letters.append(DeadLetter("D-3", "INVALID_FIELD", {"Id": "D-3", "sku": "SKU-1"}, "L-1"))
    sketch.signal(125, "alert", "D-2", "D-3")
    sketch.signal(150, "alert", "D-2", "D-3")
    sketch.signal(160, "alert", "D-2", action="acknowledge")
    sketch.signal(170, "ticket", "D-1", reason="price differs", owner="finance desk", key="ticket-1")
    sketch.op(400, "harness", "human", "ok", act="replay")
    sketch.op(500, "harness", "note", "info", text="the field was renamed back")
    sketch.op(END_S, "harness", "ledger", "ok", system="salesforce", entries=7, phase="verification")
    sketch.op(END_S, "harness", "ledger", "ok", system="netsuite", entries=5, phase="verification")
    sketch.op(END_S, "harness", "dead_letters", "ok", open=1)
    sketch.expectations = (
        Expectation("owner alerted", {"within_s": 300}, "the flow's owner is alerted within 5 minutes"),
        Expectation("alert names orders", {}, "the alert names the affected deals and the reason"),
        Expectation("alert gives reason", {}, "the alert names the affected deals and the reason"),
        Expectation("nothing unreported", {}, "no lost or wrong deal goes unreported"),
        Expectation("kept flowing", {}, "the other deals kept flowing"),
    )
    texts = [expectation.text for expectation in sketch.expectations]
    sketch.verdicts = (
        Verdict("steady state", Result.PASSED, "1 deal was correct before the first fault at 60 s"),
        Verdict(texts[0], Result.PASSED, "alerted 30 s after the first deal was affected"),
        Verdict(texts[1], Result.FAILED, "3 of 5 affected deals were never named", ("D-4", "D-5", "D-6")),
        Verdict(texts[2], Result.PASSED, "the reason was given"),
        Verdict(texts[3], Result.FAILED, "3 deals were wrong and unreported", ("D-4", "D-5", "D-6", "D-8", "D-9")),
        Verdict(texts[4], Result.INCONCLUSIVE, "every deal was hit, so there is nothing to compare"),
    )
    return sketch


@pytest.fixture
def sketch() -> Sketch:
    """An empty sketch."""
    return Sketch()


@pytest.fixture
def new_sketch() -> Callable[[], Sketch]:
    """Makes empty sketches."""
    return Sketch


@pytest.fixture
def full_sketch() -> Sketch:
    """The sketch of the snapshots."""
    return snapshot_sketch()


@pytest.fixture(scope="session")
def snapshot_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the snapshots, recorded and judged once for all; only to be copied."""
    return snapshot_sketch().record(tmp_path_factory.mktemp("snapshot"))


@pytest.fixture
def run_dir(tmp_path: Path, snapshot_dir: Path) -> Path:
    """The run of the snapshots, not yet reported."""
    return Path(shutil.copytree(snapshot_dir, tmp_path / snapshot_dir.name))


@pytest.fixture
def judged_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example runs, which have no history, are judged by what their files say."""
    monkeypatch.setattr("gameday_reports.dashboard.runs.judged_again", as_written)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """An empty folder of runs."""
    folder = tmp_path / "runs"
    folder.mkdir()
    return folder
