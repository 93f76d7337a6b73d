"""Measures how long it takes to judge a large run: ``python tests/bench/check.py [--orders 100000] [--json]``.

Builds a run folder with a history of about five operations per order, a control and two ledgers (one deal in ten is
affected: late, parked, duplicated, mismatched or lost), then judges it from disk with every registered expectation.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from gameday.analysis.observations import observe
from gameday.analysis.reconcile import reconcile
from gameday.model.checker import DeadLetter
from gameday.model.contract import Contract
from gameday.model.history import HistoryWriter
from gameday.model.scenario import Expectation, Flow, Injection, Scenario, WorkloadSpec
from gameday.scoring.judge import check_run, judge
from gameday.scoring.run_folder import Run, create
from gameday.scoring.score import score
from gameday_fakes.ledger import Entry, Invoice, Ledger, Line

TARGET_S = 8.0
FLOW = "closed-won-to-sales-order"
OWNER = "revenue operations"
PER_SECOND = 20
EXPECTATIONS = (
    ("exactly once", {"within_s": 600, "after": "fix"}),
    ("nothing unreported", {}),
    ("conserved totals", {}),
    ("owner alerted", {"within_s": 300}),
    ("alert names orders", {}),
    ("alert gives reason", {}),
    ("right owner", {}),
    ("no false alarm", {}),
    ("parked with context", {}),
    ("kept flowing", {}),
    ("bounded requests", {"per_order": 12}),
    ("no intervention", {}),
    ("invoiced once", {}),
)
STATES = ("late", "late", "late", "parked", "duplicated", "mismatched", "lost")


class SyntheticRun:
    """The files of one run, generated from a seed."""

    def __init__(self, orders: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.orders = orders
        self.length_s = orders / PER_SECOND
        self.fault = (self.length_s * 0.4, self.length_s * 0.7)
        self.end_s = self.length_s + 900
        self.deals: list[Entry] = []
        self.entries: list[Entry] = []
        self.letters: list[DeadLetter] = []
        self.operations: list[tuple[float, str, str, str, dict[str, Any]]] = []
        self._number = 0
        value = {"injection": 0, "fault": "record lock"}
        for outcome in ("invoke", "ok"):
            self._add(self.fault[0], "harness", "inject", outcome, value)
            self._add(self.fault[1], "harness", "heal", outcome, value)
        for number in range(orders):
            self._deal(number)
        self.operations.sort(key=lambda op: op[0])

    def _add(self, time_s: float, process: str, f: str, outcome: str, value: dict[str, Any]) -> None:
        self.operations.append((time_s, process, f, outcome, value))

    def _deal(self, number: int) -> None:
        deal, closed_s = f"006{number:015d}", number / PER_SECOND
        currency = self.random.choice(("USD", "EUR", "GBP"))
        lines = tuple(
            Line(f"SKU-{sku}", Decimal(quantity), Decimal("9.99"), Decimal("9.99") * quantity)
            for sku, quantity in enumerate(self.random.choices(range(1, 9), k=3))
        )
        total = sum((line.amount for line in lines), Decimal(0))
        customer = f"001{number % 500:015d}"
        entry = Entry(deal, {"Id": deal}, "won", customer, currency, total, lines, closed_s, closed_s)
        self.deals.append(entry)
        key = f"deal-{number}"
        self._add(closed_s, "workload", "close_deal", "invoke", {"key": key, "amount": str(total)})
        self._add(closed_s, "workload", "close_deal", "ok", {"key": key, "amount": str(total), "deal": deal})
        sent = {"message": f"m{number}", "deals": [deal], "attempt": 1, "status": 200}
        self._add(closed_s + 0.5, "salesforce", "deliver", "ok", sent)
        hit = self.fault[0] <= closed_s <= self.fault[1] and self.random.random() < 1 / 3
        self._arrive(entry, self.random.choice(STATES) if hit else "ok")

    def _arrive(self, deal: Entry, state: str) -> None:
        at_s = deal.time_s + 2
        if state != "ok":
            self._add(at_s, "netsuite", "hit", "ok", {"fault": "0", "operation": "order.write", "order": deal.id})
            refused = {"deal": deal.id, "operation": "order.write", "status": 400, "error": "locked"}
            for second in range(3):
                self._add(at_s + second, "netsuite", "order_write", "fail", refused)
        if state in ("late", "parked", "mismatched"):
            self._alert(deal, at_s + 60)
        match state:
            case "ok":
                self._order(deal, at_s)
            case "late":
                self._order(deal, self.fault[1] + 400)
            case "parked":
                self.letters.append(DeadLetter(deal.id, "record lock", {"Id": deal.id}))
            case "duplicated":
                self._order(deal, at_s + 5)
                self._order(deal, at_s + 9)
            case "mismatched":
                self._order(deal, at_s + 5, Decimal("0.01"))

    def _order(self, deal: Entry, at_s: float, off: Decimal = Decimal(0)) -> None:
        self._number += 1
        order, total = str(self._number), deal.total + off
        keys = {"externalId": deal.id, "otherRefNum": deal.id}
        bill = Invoice(f"I{order}", total, deal.currency, at_s + 1)
        self.entries.append(
            Entry(order, keys, "open", deal.customer, deal.currency, total, deal.lines, at_s, at_s, invoices=(bill,))
        )
        value = {"order": order, "deal": deal.id, "keys": keys, "total": str(total), "currency": deal.currency}
        for f, time_s in (("order_write", at_s), ("invoice_write", at_s + 1)):
            self._add(time_s, "netsuite", f, "ok", {**value, "operation": f, "status": 204, "error": ""})

    def _alert(self, deal: Entry, at_s: float) -> None:
        signal = {
            "kind": "alert",
            "source": "pagerduty",
            "action": "trigger",
            "key": f"stuck {deal.id}",
            "orders": [deal.id],
            "flow": FLOW,
            "owner": OWNER,
            "reason": "record lock",
            "context": {deal.id: {"Id": deal.id, "Amount": str(deal.total)}},
            "first_seen": "2024-03-09T08:00:00Z",
            "text": f"{FLOW}: record lock on {deal.id}",
        }
        self._add(at_s, "pagerduty", "alert", "ok", {"signal": signal, "raw": {}})

    def scenario(self) -> Scenario:
        start_s, end_s = self.fault
        return Scenario(
            "a large run",
            Flow("salesforce", "netsuite", FLOW),
            WorkloadSpec(count=self.orders, per_minute=60 * PER_SECOND),
            (Injection(start_s, "record lock", "erp", end_s - start_s),),
            tuple(Expectation(name, params, name) for name, params in EXPECTATIONS),
        )

    def record(self, runs_dir: Path) -> Run:
        contract = Contract(FLOW, owner=OWNER, owners={"sync": OWNER}, digest="bench")
        run = create(runs_dir, stack="synthetic", scenario=self.scenario(), contract=contract, pace=60)
        for name, kinds in (("history.jsonl", None), ("control.jsonl", ("close_deal", "deliver"))):
            with HistoryWriter(run.dir / name) as history:
                for time_s, process, f, outcome, value in self.operations:
                    if kinds is None or f in kinds:
                        history.append(process, f, outcome, time_s, value)  # type: ignore[arg-type]
        run.write_ledgers(
            crm=Ledger("salesforce", self.end_s, tuple(self.deals)),
            erp=Ledger("netsuite", self.end_s, tuple(self.entries)),
            dead_letters=self.letters,
        )
        return run


def stages(run: Run) -> Iterator[tuple[str, float]]:
    """Seconds of each stage of judging, without garbage collection."""
    began = time.perf_counter()
    case = run.case()
    yield "read", time.perf_counter() - began
    for name, work in (("observe", lambda: observe(case.history)), ("reconcile", lambda: reconcile(case)),
                       ("check", lambda: judge(case)), ("score", lambda: score(case))):  # fmt: skip
        began = time.perf_counter()
        work()
        yield name, time.perf_counter() - began


def measure(orders: int, seed: int = 1) -> dict[str, float]:
    """Seconds of `gameday check` with reading and writing (``whole`` by the clock, ``processor``), then of each stage.

    On a machine that others use, the clock and the processor time differ.
    """
    with tempfile.TemporaryDirectory() as folder:
        run = SyntheticRun(orders, seed).record(Path(folder))
        gc.collect()
        began, processor = time.perf_counter(), time.process_time()
        check_run(Run(run.dir))
        figures = {"whole": time.perf_counter() - began, "processor": time.process_time() - processor}
        gc.disable()
        figures |= dict(stages(run))
        figures["operations"] = float(sum(1 for _ in (run.dir / "history.jsonl").open("rb")))
    return figures


def main() -> int:
    """Measure and print; returns 1 if judging misses its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments.orders)
    if arguments.json:
        print(json.dumps(figures))  # noqa: T201
    else:
        print(f"{arguments.orders:,} orders, {figures.pop('operations'):,.0f} operations")  # noqa: T201
        for name, seconds in figures.items():
            print(f"  {name:10} {seconds:6.2f} s")  # noqa: T201
    return int(figures["whole"] > TARGET_S)


if __name__ == "__main__":
    sys.exit(main())
