"""A hand-made game day: events are recorded as a run records them, and the ledgers are kept beside them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.live.state import LiveState
from gameday.model.checker import Case
from gameday.model.contract import Contract, Sla
from gameday.model.events import Event
from gameday.model.history import History, HistoryWriter, LineDecoder, Operation
from gameday.model.scenario import Flow, Injection, Scenario, WorkloadSpec
from gameday.scoring.run_folder import create
from gameday_fakes.ledger import Entry, Invoice, Ledger, Line

FLOW = "closed-won-to-sales-order"
LATENCY_S = 60.0

_decoder = LineDecoder(lenient=True)


@dataclasses.dataclass
class Order:
    deal: str
    total: Decimal
    time_s: float
    changed_s: float
    state: str = "open"
    invoices: dict[str, tuple[Decimal, float]] = dataclasses.field(default_factory=dict)


class Day:
    """Deals and orders by id. Every call happens at ``now_s``; ``later`` moves it on."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.ops: list[Operation[Event]] = []
        self.deals: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, Order] = {}
        self.contract = Contract(FLOW, owner="revenue operations", sla=Sla(latency_s=LATENCY_S), match="otherRefNum")
        self.scenario = Scenario(
            "A secret name", Flow("salesforce", "netsuite", FLOW), WorkloadSpec(count=100), (Injection(60, "x", "erp"),)
        )
        self._number = 0

    def later(self, seconds: float) -> Day:
        self.now_s += seconds
        return self

    def op(self, f: str, outcome: str = "ok", by: str = "harness", **value: Any) -> Day:
        return self._line({"process": by, "f": f, "value": value, "outcome": outcome})

    def _line(self, line: dict[str, Any]) -> Day:
        """Add an operation as the board reads it from the file."""
        line |= {"time_s": self.now_s, "index": len(self.ops)}
        self.ops.append(_decoder.decode(msgspec.json.encode(line)))
        return self

    def close(self, deal: str, amount: str = "100.00", currency: str = "EUR") -> Day:
        value = {"key": f"key {deal}", "amount": amount, "currency": currency}
        self.op("close_deal", "invoke", "workload", **value).op("close_deal", "ok", "workload", **value, deal=deal)
        times = {"time_s": self.now_s, "changed_s": self.now_s}
        self.deals[deal] = {"total": Decimal(amount), "currency": currency, "state": "won", **times}
        return self

    def amend(self, deal: str, amount: str) -> Day:
        value = {"key": f"key {deal}", "amount": amount}
        self.op("amend_deal", "invoke", "workload", **value).op("amend_deal", "ok", "workload", **value, deal=deal)
        self.deals[deal] |= {"total": Decimal(amount), "changed_s": self.now_s}
        return self

    def void(self, deal: str) -> Day:
        value = {"key": f"key {deal}"}
        self.op("void_deal", "invoke", "workload", **value).op("void_deal", "ok", "workload", **value, deal=deal)
        self.deals[deal] |= {"state": "void", "changed_s": self.now_s}
        return self

    def order(self, deal: str, order: str, total: str = "", outcome: str = "ok") -> Day:
        """Write an order, the first time or again; of the deal's amount unless said otherwise."""
        amount = Decimal(total) if total else self.deals[deal]["total"]
        known = self.orders.setdefault(order, Order(deal, amount, self.now_s, self.now_s))
        known.total, known.changed_s, known.state = amount, self.now_s, "open"
        return self._write("order_write", order, outcome, str(amount), "open")

    def take_back(self, order: str, state: str) -> Day:
        """Cancel or delete an order."""
        known = self.orders[order]
        known.state, known.changed_s = state, self.now_s
        self._write("order_write", order, "ok", str(known.total), state)
        if state == "deleted":
            del self.orders[order]
        return self

    def bill(self, order: str, invoice: str) -> Day:
        """Invoice an order; an invoice that is written again stays as it was made."""
        known = self.orders[order]
        amount, _ = known.invoices.setdefault(invoice, (known.total, self.now_s))
        return self._write("invoice_write", order, "ok", str(amount), "open", invoice=invoice)

    def rebill(self, order: str, invoice: str) -> Day:
        """Change an invoice to its order's total."""
        known = self.orders[order]
        known.invoices[invoice] = (known.total, known.invoices[invoice][1])
        return self._write("invoice_write", order, "ok", str(known.total), "open", invoice=invoice)

    def unbill(self, order: str, invoice: str, state: str = "deleted") -> Day:
        total, _ = self.orders[order].invoices.pop(invoice)
        return self._write("invoice_write", order, "ok", str(total), state, invoice=invoice)

    def right(self, deal: str) -> Day:
        """The deal's order and invoice, as they have to be."""
        return self.order(deal, f"SO-{deal}").bill(f"SO-{deal}", f"INV-{deal}")

    def refuse(self, deal: str) -> Day:
        return self.op("order_write", "fail", "netsuite", deal=deal, status=400, error="locked")

    def alert(
        self, *deals: str, key: str = "k", action: str = "trigger", reason: str = "locked", kind: str = "alert"
    ) -> Day:
        signal = {
            "kind": kind, "source": "pagerduty" if kind == "alert" else "jira", "action": action, "key": key,
            "orders": list(deals), "flow": FLOW,
            "owner": "revenue operations", "reason": reason,
            "context": {deal: {"Id": deal, "sku": "SKU-1"} for deal in deals},
        }  # fmt: skip
        return self.op(kind, "ok", str(signal["source"]), signal=signal, raw={})

    def ticket(self, *deals: str, action: str = "trigger", reason: str = "locked") -> Day:
        return self.alert(*deals, action=action, reason=reason, kind="ticket")

    def phase(self, name: str) -> Day:
        return self.op("phase", "info", phase=name)

    def inject(self) -> Day:
        return self.op("inject", "ok", injection=0, fault="record lock", target="erp", params={"share": "0.3"})

    def heal(self) -> Day:
        return self.op("heal", "ok", injection=0, fault="record lock", target="erp", params={"share": "0.3"})

    def word(self, f: str, by: str, text: str = "") -> Day:
        """A command of an operator, as the run records it."""
        line = {"process": "harness", "f": f, "value": {"by": by, "text": text}, "outcome": "info"}
        return self._line(line)

    def _write(self, f: str, order: str, outcome: str, total: str, state: str, **more: str) -> Day:
        deal = self.orders[order].deal
        return self.op(
            f, outcome, "netsuite", order=order, deal=deal, keys={"otherRefNum": deal}, total=total,
            currency=self.deals[deal]["currency"], state=state, error="", **more,
        )  # fmt: skip

    def live(self, **more: Any) -> LiveState:
        """The board's state after all that has happened."""
        state = LiveState(self.scenario, self.contract, **more)
        for op in self.ops:
            state.take(op)
        state.advance(self.now_s)
        return state

    def case(self) -> Case:
        """The ledgers at this moment, for the reconciliation."""
        crm = [
            Entry(deal, {"Id": deal}, customer="A", lines=_lines(known["total"]), **known)
            for deal, known in self.deals.items()
        ]
        erp = []
        for order, known in self.orders.items():
            currency = self.deals[known.deal]["currency"]
            invoices = tuple(Invoice(each, total, currency, at) for each, (total, at) in known.invoices.items())
            keys = {"otherRefNum": known.deal}
            erp.append(
                Entry(
                    order, keys, known.state, "A", currency, known.total, _lines(known.total), known.time_s,
                    known.changed_s, "", invoices,
                )  # type: ignore[arg-type]
            )  # fmt: skip
        return Case(
            scenario=self.scenario, contract=self.contract, history=History(self.ops), match=self.contract.match,
            crm=Ledger("salesforce", self.now_s, tuple(crm)), erp=Ledger("netsuite", self.now_s, tuple(erp)),
        )  # fmt: skip

    def begin(self, runs_dir: Path) -> tuple[Path, HistoryWriter]:
        """A run's folder as it is when the run begins, and the writer of its history."""
        run = create(runs_dir, stack="durable", scenario=self.scenario, contract=self.contract, pace=60)
        return run.dir, HistoryWriter(run.dir / "history.jsonl")

    def record(self, runs_dir: Path) -> Path:
        """A run's folder with the history so far."""
        run_dir, writer = self.begin(runs_dir)
        with writer:
            for op in self.ops:
                writer.append(op.process, op.f, op.outcome, op.time_s, op.value)
        return run_dir


def _lines(total: Decimal) -> tuple[Line, ...]:
    return (Line("SKU-1", Decimal(1), total, total),)


@pytest.fixture
def day() -> Day:
    """A day on which nothing has happened yet."""
    return Day()


@pytest.fixture(scope="session")
def new_day() -> Callable[[], Day]:
    """Makes such days."""
    return Day
