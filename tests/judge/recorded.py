"""A story that has what recorded runs have and the other stories leave out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from gameday.model.checker import Case, ControlLedgers
from gameday.model.contract import CompareRule
from gameday_fakes.ledger import Entry, Ledger, Line
from judge.full_story import FullStory
from support.story import FINANCE

replace = msgspec.structs.replace


class RecordedStory(FullStory):
    """Two orders wait for an approval that is finance's, and the ledgers are read once the alert is resolved.

    The CRM states no subsidiary, terms or tax, the ERP no discount; prices have a tolerance, fields have rules, and the
    contract has none for customers. The fault-free control has ledgers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.horizon_s = 480.0
        rules = {"date": CompareRule(), "line.quantity": CompareRule()}
        self.contract = replace(self.contract, rules=rules, price_tolerance=Decimal("0.05"))

    def case(self) -> Case:
        """All of it, with a control that is the same without the fault."""
        case = super().case()
        case = replace(case, contract=replace(case.contract, customer_match=""), crm=_crm(case.crm), erp=_erp(case.erp))
        if not self.injections:
            return case
        quiet = RecordedStory()
        quiet.steady()
        control = quiet.case()
        return replace(case, control=control.history, control_ledgers=ControlLedgers(control.crm, control.erp))


def as_recorded() -> FullStory:
    """Two orders are refused for their price until finance approves them."""
    story = RecordedStory().steady()
    story.inject(60, 300, "price drift", effect=False)
    for deal, at_s in (("D2", 70.0), ("D3", 80.0)):
        story.sale(deal, at_s).hit(deal, at_s + 1).write(deal, at_s + 1, "fail", status=400).booked(deal, 310)
    more: dict[str, Any] = {"key": "price", "text": "price drift", "reason": "price drift", "owner": FINANCE}
    story.alert("D2", "D3", at_s=200, **more)
    story.taken_on(260, **more).alert("D2", "D3", at_s=350, action="resolve", **more)
    return story.expect(without=("incident closed",))


def no_impact_as_recorded() -> FullStory:
    """A lock that a retry gets through, in a scenario that sets no bound of pages."""
    story = RecordedStory().steady()
    story.inject(60, 300, effect=False).hit("D8", 151)
    story.write("D8", 151, "fail", status=400, error="locked")
    return story.expect(without=("bounded pages",))


def _crm(ledger: Ledger) -> Ledger:
    entries = tuple(_with_lines(entry, subsidiary="", terms="", tax=None) for entry in ledger.entries)
    return replace(ledger, entries=entries, states=("date", "customer", "line.discount"))


def _erp(ledger: Ledger) -> Ledger:
    entries = tuple(_with_lines(entry, terms="", discount=None, tax=None) for entry in ledger.entries)
    stated = ("date", "customer", "subsidiary", "terms", "line.tax", "invoice.date", "invoice.terms", "invoice.lines")
    another = replace(ledger.others[0], id="SO-web-2", keys={"otherRefNum": "WEB-2"})
    others = (*ledger.others, another)
    return replace(ledger, entries=(*entries, another), others=others, states=stated)


def _with_lines(entry: Entry, **changes: Any) -> Entry:
    """The entry and its invoices with other values in fields of theirs and of their lines."""
    of_lines = {name: value for name, value in changes.items() if name in Line.__struct_fields__}
    of_entry = {name: value for name, value in changes.items() if name not in of_lines}
    bills = tuple(
        replace(bill, lines=tuple(replace(line, **of_lines) for line in bill.lines), **of_entry)
        for bill in entry.invoices
    )
    lines = tuple(replace(line, **of_lines) for line in entry.lines)
    return replace(entry, lines=lines, invoices=bills, **of_entry)
