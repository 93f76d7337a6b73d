"""A builder of passing runs with all that a run may have, and what a stack has to do in every story."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from gameday.model.checker import Case
from gameday.model.contract import FieldPair
from gameday.model.scenario import Expectation
from gameday_fakes.ledger import Entry, Line
from judge.values import filled
from support.story import Story

replace = msgspec.structs.replace

#: What a stack has to do in every story, with the parameters of the expectations.
ALWAYS: Mapping[str, dict[str, Any]] = {
    "exactly once": {"within_s": 120, "after": "fix"},
    "kept flowing": {},
    "conserved totals": {},
    "invoiced once": {},
    "bounded requests": {"per_order": 6},
    "no intervention": {},
    "nothing unreported": {},
    "no false alarm": {},
    "owner alerted": {"within_s": 300},
    "alert names orders": {},
    "alert gives reason": {},
    "right owner": {},
    "parked with context": {},
    "bounded pages": {},
    "incident closed": {},
    "incident acknowledged": {"within_s": 300},
    "incident stays closed": {},
}
#: The further fields that the contract maps: one of each part.
PAIRS = (
    FieldPair("order", "region", "region"),
    FieldPair("line", "note", "note"),
    FieldPair("invoice", "region", "region"),
    FieldPair("invoice.line", "note", "note"),
    FieldPair("customer", "tier", "tier"),
)
CURRENCIES = ("USD", "EUR", "JPY")
#: An order that a web shop booked before the run.
_SOLD = (Line("SKU-b", Decimal(2), Decimal(10), Decimal(20)),)
OTHER = Entry(
    "SO-web", {"otherRefNum": "WEB-1"}, "open", "ACC-0", "USD", Decimal(20), _SOLD, 0.0, 0.0, "2026-01-30"
)  # fmt: skip


class FullStory(Story):
    """A story whose deals have two lines, a date and a currency of their own, and whose orders are all of that."""

    sku = "SKU-a"

    def __init__(self) -> None:
        super().__init__()
        self.expect()

    def expect(self, *, without: tuple[str, ...] = ()) -> FullStory:
        """Expect all of ALWAYS but those named."""
        self.expectations = tuple(Expectation(name, params) for name, params in ALWAYS.items() if name not in without)
        return self

    def sale(self, deal: str, at_s: float, **more: Any) -> FullStory:
        """A deal of two lines that was won in January; every third one in the same currency."""
        number = len(self.crm)
        # Amounts that are no multiple of each other, so that no two changes cancel out.
        small = Decimal(100 + 7 * number)
        lines = (
            filled(Line("SKU-a", Decimal(2), small, small * 2, fields=(("note", "gift"),))),
            filled(Line("SKU-b", Decimal(3), Decimal(11), Decimal(33), fields=(("note", "Spare part"),))),
        )
        if number % 2:
            # Of a deal that is taxed, a line may be free of tax.
            lines = (replace(lines[0], tax=Decimal(0)), lines[1])
        fields: dict[str, Any] = {
            "amount": str(small * 2 + 33),
            "customer": f"ACC-{number}",
            "currency": CURRENCIES[number % len(CURRENCIES)],
            "lines": lines,
            "date": "2026-01-31",
            "subsidiary": "Parent Company",
            "terms": "Net 30",
            "fields": {"region": "Emea"},
        }
        self.deal(deal, at_s, **(fields | more))
        self.op("deliver", at_s + 1, {"message": f"m {deal}", "deals": [deal], "status": 200}, by="salesforce")
        return self

    def booked(self, deal: str, at_s: float | None = None, **more: Any) -> FullStory:
        """The deal's order in the ERP with its invoice, and both writes."""
        source = self.crm.get(deal)
        known = {"date": source.date if source else "", "fields": source.fields if source else {}}
        self.order(deal, at_s, **(known | more))
        order = self.erp[-1]
        bills = tuple(replace(invoice, period="2026-01", fields=known["fields"]) for invoice in order.invoices)
        self.erp[-1] = replace(order, invoices=bills)
        for bill in bills:
            value = {"invoice": bill.id, "order": order.id, "total": str(bill.total), "currency": bill.currency}
            self.write(deal, bill.time_s, "ok", f="invoice_write", **value)
        return self

    def case(self) -> Case:
        """All of it, with the customers, which the ERP knows by the account's id in a field."""
        case = super().case()
        names = dict.fromkeys(entry.customer for entry in case.crm.entries)
        return replace(
            case,
            contract=replace(case.contract, customer_match="externalId", pairs=PAIRS),
            crm=replace(case.crm, customers={name: {"Id": name, "tier": "Gold"} for name in names}),
            erp=replace(
                case.erp,
                customers={name: {"externalId": name, "tier": "Gold"} for name in names},
                new_customers=tuple(names)[:1],
                entries=(*case.erp.entries, OTHER),
                others=(OTHER,),
            ),
        )

    def taken_on(self, at_s: float, **answered: Any) -> FullStory:
        """An operator acknowledges the open alerts at the live board; the one answered is this."""
        self.op("note", at_s, {"by": "Ana", "text": "acknowledged 1 open alerts"}, "info", "harness")
        self.alert(at_s=at_s, action="acknowledge", **answered)
        return self

    def crowd(self) -> FullStory:
        """So many right deals that one manual intervention is within the scale."""
        for number in range(20):
            self.sale(f"E{number}", 5.0 + number).booked(f"E{number}")
        return self

    def steady(self) -> FullStory:
        """Two right deals before any fault, one while it is active and one after it."""
        for deal, at_s in (("D0", 10.0), ("D1", 20.0), ("D8", 150.0), ("D9", 400.0)):
            self.sale(deal, at_s).booked(deal)
        return self
