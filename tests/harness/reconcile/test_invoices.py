"""Invoices are compared by the rules of runs, whether orders have them or they are an export of their own."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gameday.base.errors import GamedayError
from gameday.model.contract import CompareRule, Contract
from support.exports import CONTRACT, CRM, ERP, Compared, compare, deal, order, write
from support.rows import rows
from support.thorough import examples

BILL = ("id", "createdFrom", "entity", "currency", "total", "tranDate", "postingPeriod", "type", "credited")


def bill(number: int = 1, **changed: str) -> list[str]:
    """The invoice of an order."""
    values = (f"INV-{number}", str(number), "001A", "USD", "100.00", "2026-01-31", "Jan 2026", "Invoice", "")
    return list({**dict(zip(BILL, values, strict=True)), **changed}.values())


def memo(invoice: str, total: str) -> list[str]:
    return bill(id=f"CM of {invoice}", createdFrom=invoice, total=total, type="Credit Memo")


def found(
    folder: Path, orders: Sequence[list[str]], bills: Sequence[list[str]], contract: Contract = CONTRACT
) -> Compared:
    """One deal with these orders and invoices."""
    crm, erp = write(folder / "crm.csv", CRM, [deal()]), write(folder / "erp.csv", ERP, orders)
    return compare(crm, erp, contract, invoices=write(folder / "bills.csv", BILL, bills))


@rows(
    ("bills", "problem", "fields"),
    [
        ([bill()], "", []),
        ([], "mismatched", ["invoice"]),
        ([bill(), bill(id="INV-2")], "duplicated", ["invoices"]),
        ([bill(), bill()], "duplicated", ["invoices"]),
        ([bill(total="99.99")], "mismatched", ["invoice total"]),
        ([bill(tranDate="2026-02-01", postingPeriod="02/2026")], "mismatched", ["invoice date"]),
        ([bill(postingPeriod="Feb 2026")], "mismatched", ["invoice period"]),
        ([bill(entity="001B")], "mismatched", ["invoice customer"]),
        ([bill(currency="EUR")], "mismatched", ["invoice currency"]),
        ([bill(), memo("INV-1", "100.00"), bill(id="INV-2")], "", []),
        ([bill(), memo("INV-1", "-100.00")], "mismatched", ["invoice"]),
        ([bill(total="110"), memo("INV-1", "10")], "", []),
        ([bill(total="110", credited="10")], "", []),
        ([bill(total="110", credited="4"), memo("INV-1", "5"), memo("INV-1", "1.00")], "", []),
        ([bill(), memo("INV-1", "60"), memo("INV-1", "60"), bill(id="INV-2")], "mismatched", ["invoice over-credited"]),
        ([bill(), memo("INV-9", "10"), memo("", "10")], "", []),
    ],
)
def test_what_is_wrong_with_an_invoice_is_found(
    tmp_path: Path, bills: Sequence[list[str]], problem: str, fields: list[str]
) -> None:
    result = found(tmp_path, [order()], bills)
    assert [each for each, _ in result.problems] == ([problem] if problem else [])
    if "over" not in "".join(fields):
        assert result.fields == fields
    else:
        assert len(result.fields) == 1


def test_an_open_invoice_of_a_cancelled_order_or_of_no_order_is_found(tmp_path: Path) -> None:
    assert found(tmp_path, [order(status="Cancelled")], [bill()]).problems == [("lost", "006000000000001")]
    result = found(tmp_path, [order()], [bill(), bill(7), bill(id="INV-8", createdFrom="")])
    assert [problem for problem, _ in result.problems] == ["no deal", "no deal"]
    assert sorted(order.id for finding in result.findings for order in finding.repair.orders) != []


def test_without_a_rule_that_deals_are_invoiced_none_is_missing(tmp_path: Path) -> None:
    contract = msgspec.structs.replace(CONTRACT, invoiced=False)
    assert found(tmp_path, [order()], [], contract).problems == []
    assert found(tmp_path, [order()], [bill(total="1")], contract).fields == ["invoice total"]


def test_an_ignored_field_of_invoices_is_not_compared_and_its_reason_given(tmp_path: Path) -> None:
    rule = CompareRule("ignored", reason="posted at the end of the month")
    contract = msgspec.structs.replace(CONTRACT, rules={**CONTRACT.rules, "invoice.date": rule})
    result = found(tmp_path, [order()], [bill(tranDate="2026-01-01")], contract)
    assert result.problems == []
    assert ("invoice date", "ignored by the contract: posted at the end of the month") in result.not_compared


def test_a_tolerance_holds_for_invoices(tmp_path: Path) -> None:
    rule = CompareRule("tolerance", amount=Decimal("0.05"))
    contract = msgspec.structs.replace(CONTRACT, rules={**CONTRACT.rules, "invoice.total": rule})
    assert found(tmp_path, [order()], [bill(total="100.05")], contract).problems == []
    assert found(tmp_path, [order()], [bill(total="100.06")], contract).fields == ["invoice total"]


@rows(
    ("header", "rows", "message"),
    [
        ("id,total", "1,5", "bills.csv has no column createdFrom with the order of an invoice"),
        ("id,createdFrom", "1,5", "bills.csv has no column total with the total of an invoice"),
        ("id,createdFrom,total", "1,1,x", "invoice.total is not an amount"),
        ("id,createdFrom,total", "1,1,5,6", "bills.csv:2: 4 columns where the header has 3"),
    ],
)
def test_a_file_of_invoices_that_cannot_be_read_whole_is_a_mistake(
    tmp_path: Path, header: str, rows: str, message: str
) -> None:
    path = tmp_path / "bills.csv"
    path.write_text(f"{header}\n{rows}\n")
    crm, erp = write(tmp_path / "crm.csv", CRM, [deal()]), write(tmp_path / "erp.csv", ERP, [order()])
    with pytest.raises(GamedayError, match=message):
        compare(crm, erp, invoices=path)


IDS = st.sampled_from(["006000000000001", "006000000000002", "x", ""])
NUMBERS = st.sampled_from(["1", "2", "3", ""])
ORDERS = st.lists(
    st.builds(
        lambda id_, ref, total, status: order(id=id_, otherRefNum=ref, total=total, status=status),
        *(NUMBERS, IDS, st.sampled_from(["100", "99"]), st.sampled_from(["Billed", "Closed"])),
    ),
    max_size=4,
    # Nested invoices belong to one order; an export of its own names an order by its id.
    unique_by=lambda row: row[0],
)
BILLS = st.lists(
    st.builds(
        lambda id_, total, day, credited, number: bill(
            id=f"INV-{id_}", total=total, tranDate=day, credited=credited, createdFrom=number
        ),
        *(st.integers(1, 3), st.sampled_from(["100", "100.00", "99"]), st.sampled_from(["2026-01-31", "2026-02-01"])),
        *(st.sampled_from(["", "0", "1", "100"]), st.sampled_from(["1", "2", "3"])),
    ),
    max_size=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=examples(80))
@given(ORDERS, BILLS)
@pytest.mark.slow
def test_invoices_within_orders_and_in_a_file_of_their_own_are_judged_alike(
    tmp_path: Path, orders: list[list[str]], bills: list[list[str]]
) -> None:
    crm = write(tmp_path / "crm.csv", CRM, [deal(1), deal(2)])
    numbers = {row[0] for row in orders}
    own = [row for row in bills if row[1] in numbers]
    apart = compare(crm, write(tmp_path / "erp.csv", ERP, orders), invoices=write(tmp_path / "bills.csv", BILL, own))
    nested = tmp_path / "erp.jsonl"
    nested.write_bytes(
        b"".join(
            msgspec.json.encode(
                {
                    "salesOrder": dict(zip(ERP, row, strict=True)),
                    "invoice": [
                        {name: value for name, value in zip(BILL, each, strict=True) if name != "createdFrom"}
                        for each in own
                        if row[0] and each[1] == row[0]
                    ],
                }
            )
            + b"\n"
            for row in orders
        )
    )
    within = compare(crm, nested)
    assert sorted(apart.problems) == sorted(within.problems)
    assert sorted(apart.fields) == sorted(within.fields)
