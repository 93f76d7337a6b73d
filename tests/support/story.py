"""A builder of hand-written cases: what happened and what the ledgers hold, a line each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from gameday.model.checker import Case, DeadLetter
from gameday.model.contract import Contract, Sla
from gameday.model.history import History, operation
from gameday.model.scenario import Expectation, Flow, Injection, Scenario, WorkloadSpec
from gameday.model.signal import Signal
from gameday_fakes.ledger import Entry, Invoice, Ledger, Line

FLOW = "closed-won-to-sales-order"
OWNER = "revenue operations"
FINANCE = "finance desk"


def _as_written(signal: Signal) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(signal))
    return found


class Story:
    """One game day in the making. Times are scenario seconds; a deal is won at 10 and in the ERP at 12 unless said."""

    #: A product of every deal.
    sku = "SKU-1"
    #: The further fields that the ERP's ledger states.
    erp_states: tuple[str, ...] = ("fields.trace", "fields.invoice.trace")

    def __init__(self) -> None:
        self.contract = Contract(
            name=FLOW, owner=OWNER, owners={"sync": OWNER, "finance": FINANCE}, sla=Sla(latency_s=60), digest="c1"
        )
        self.expectations: tuple[Expectation, ...] = ()
        self.crm: dict[str, Entry] = {}
        self.erp: list[Entry] = []
        self.letters: list[DeadLetter] = []
        self.ops: list[tuple[float, str, str, str, dict[str, Any]]] = []
        self.injections: list[Injection] = []
        self.control: History | None = History(
            [operation("harness", "phase", {"phase": "steady state"}, "info", 0.0, 0)]
        )
        self.horizon_s = 1000.0
        #: The CRM's customers by their ids, with their further fields.
        self.customers: dict[str, dict[str, str]] = {}
        self._number = 0

    def op(self, f: str, at_s: float, value: dict[str, Any] | None = None, outcome: str = "ok", by: str = "x") -> Story:
        """Anything that happened."""
        self.ops.append((at_s, by, f, outcome, value or {}))
        return self

    def deal(self, deal: str, at_s: float = 10, amount: str = "100.00", **more: Any) -> Story:
        """A deal that was won, or with ``state="void"`` taken back; ``changed_s`` if later than won."""
        total = Decimal(amount)
        line = Line("SKU-1", Decimal(1), total, total)
        known: dict[str, Any] = {
            "state": "won",
            "customer": "ACC-1",
            "currency": "USD",
            "lines": (line,),
            "changed_s": at_s,
            "date": "2026-06-30",
        } | more
        self.crm[deal] = Entry(id=deal, keys={"Id": deal}, total=total, time_s=at_s, **known)
        return self.op("close_deal", at_s, {"key": f"key {deal}", "deal": deal}, by="workload")

    def order(self, deal: str, at_s: float | None = None, *, invoice: str | None = "", **more: Any) -> Story:
        """An order in the ERP, like its deal unless said, and the write that made it.

        ``invoice`` is its invoice's total (None: has none), ``billed`` what else the invoice has other than the order.
        """
        source = self.crm.get(deal) or Entry(deal, {}, "won", "ACC-9", "USD", Decimal(5), (), 10, 10)
        at_s = source.changed_s + 2 if at_s is None else at_s
        self._number += 1
        order = f"SO{self._number}"
        outcome = more.pop("outcome", "ok")
        fields: dict[str, Any] = {
            "state": "open",
            "customer": source.customer,
            "currency": source.currency,
            "total": source.total,
            "lines": source.lines,
            "date": source.date,
            "subsidiary": source.subsidiary,
            "terms": source.terms,
            "changed_s": at_s,
            "keys": {"externalId": deal, "otherRefNum": deal},
            "fields": {"trace": f"trace of {deal}"},
        } | more
        bills: tuple[Invoice, ...] = ()
        if invoice is not None:
            bill = Decimal(invoice) if invoice else fields["total"]
            lines = fields["lines"] if bill == fields["total"] else (Line("SKU-1", Decimal(1), bill, bill),)
            stated: dict[str, Any] = {
                "id": f"INV{self._number}",
                "total": bill,
                "currency": fields["currency"],
                "time_s": fields.pop("invoice_s", at_s),
                "date": fields["date"],
                "period": fields["date"][:7],
                "customer": fields["customer"],
                "subsidiary": fields["subsidiary"],
                "terms": fields["terms"],
                "lines": lines,
                "fields": fields["fields"],
            }
            bills = (Invoice(**stated | fields.pop("billed", {})),)
        self.erp.append(Entry(id=order, time_s=at_s, invoices=bills, **fields))
        return self.write(deal, at_s, outcome, order=order, total=str(fields["total"]))

    def write(
        self, deal: str | None, at_s: float, outcome: str = "fail", *, f: str = "order_write", **value: Any
    ) -> Story:
        """A write at the ERP: ``fail`` refused, ``info`` committed with its reply lost."""
        return self.op(f, at_s, {"deal": deal, **value}, outcome, by="netsuite")

    def inject(
        self,
        at_s: float,
        until_s: float | None,
        fault: str = "record lock",
        target: str = "erp",
        *,
        effect: bool = True,
        **params: Any,
    ) -> Story:
        """A fault, and its healing unless ``until_s`` is None; ``effect``: it hit a request that names no deal."""
        number = len(self.injections)
        self.injections.append(Injection(at_s, fault, target, None if until_s is None else until_s - at_s, params))
        value = {"injection": number, "fault": fault}
        self.op("inject", at_s, value, "invoke", "harness").op("inject", at_s, value, "ok", "harness")
        if effect:
            self.op("hit", at_s, {"fault": f"{number}-fault-0", "operation": "order.write"}, by="netsuite")
        return self if until_s is None else self.op("heal", until_s, value, "ok", "harness")

    def hit(self, deal: str, at_s: float) -> Story:
        """A fault affected a request or a message of this deal."""
        return self.op("hit", at_s, {"fault": "0-fault-0", "operation": "order.write", "order": deal}, by="netsuite")

    def alert(self, *deals: str, at_s: float, kind: str = "alert", payload: bool = True, **more: Any) -> Story:
        """An alert, or a ticket, as a good stack raises it unless said otherwise."""
        self._number += 1
        signal = {
            "kind": kind,
            "source": "pagerduty" if kind == "alert" else "jira",
            "action": "trigger",
            "key": f"k{self._number}",
            "orders": deals,
            "flow": FLOW,
            "owner": OWNER,
            "reason": "record lock",
            "context": {deal: self.own_payload(deal) for deal in deals} if payload else {},
            "first_seen": "00:01",
        } | more
        value = {"signal": _as_written(msgspec.convert(signal, Signal)), "raw": {}}
        return self.op(kind, at_s, value, by=str(signal["source"]))

    def own_payload(self, deal: str) -> dict[str, str]:
        """What a sync keeps of a deal."""
        return {"Id": deal, "ProductCode": self.sku}

    def letter(self, deal: str, reason: str = "record lock", payload: Any = "own") -> Story:
        """A dead letter that is open at the end, with the deal's own payload unless said otherwise."""
        self.letters.append(DeadLetter(deal, reason, self.own_payload(deal) if payload == "own" else payload))
        return self

    def history(self) -> History:
        """What happened, in order of time."""
        ordered = sorted(self.ops, key=lambda op: op[0])
        return History(
            operation(by, f, value, outcome, at_s, index)  # type: ignore[arg-type]
            for index, (at_s, by, f, outcome, value) in enumerate(ordered)
        )

    def scenario(self) -> Scenario:
        """The scenario of this story."""
        return Scenario(
            name="a story",
            flow=Flow("salesforce", "netsuite", FLOW),
            workload=WorkloadSpec(count=max(1, len(self.crm))),
            injections=tuple(self.injections),
            expectations=self.expectations,
        )

    def case(self) -> Case:
        """All of it."""
        return Case(
            scenario=self.scenario(),
            contract=self.contract,
            history=self.history(),
            crm=Ledger("salesforce", self.horizon_s, tuple(self.crm.values()), self.customers),
            erp=Ledger("netsuite", self.horizon_s, tuple(self.erp), states=self.erp_states),
            match="externalId",
            dead_letters=tuple(self.letters),
            control=self.control,
        )
