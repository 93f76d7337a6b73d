"""The repair list: what each system holds, what to do about it, and that its files are safe to open."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday.model.checker import DeadLetter
from gameday.scoring.repair_list import BY_HAND, Repair, in_words, repair_list
from gameday.scoring.run_folder import Run
from gameday_fakes.ledger import Entry
from gameday_reports import render
from gameday_reports.recorded import RecordedRun
from gameday_reports.wire import for_csv


def listed(run_dir: Path) -> dict[str, Repair]:
    return {row.deal or row.orders[0].id: row for row in repair_list(RecordedRun(run_dir).case)}


def steps(row: Repair) -> list[tuple[str, str]]:
    return [(step.act, step.target) for step in row.steps]


@pytest.fixture
def rows(run_dir: Path) -> dict[str, Repair]:
    return listed(run_dir)


def test_exactly_the_deals_on_which_the_ledgers_disagree_are_listed(rows: dict[str, Repair]) -> None:
    assert {deal: row.problem for deal, row in rows.items()} == {
        "D-3": "lost",
        "D-4": "duplicated",
        "D-5": "mismatched",
        "D-6": "lost",
    }


def test_unreported_deals_come_first(rows: dict[str, Repair]) -> None:
    assert [row.unreported for row in rows.values()] == [True, True, True, False]


def test_a_lost_order_is_created_and_invoiced(rows: dict[str, Repair]) -> None:
    assert steps(rows["D-6"]) == [("create_order", ""), ("create_invoice", "")]
    assert (rows["D-6"].crm, rows["D-6"].erp) == ("won, 9.00 EUR, 1 line", "no order")


def test_a_parked_deal_is_replayed_first(rows: dict[str, Repair]) -> None:
    assert steps(rows["D-3"])[0] == ("replay", "L-1")
    assert in_words(rows["D-3"].steps) == (
        "replay dead letter L-1; if it is still wrong: create the order from the deal, then invoice it"
    )


def test_of_two_equal_orders_the_older_is_kept(rows: dict[str, Repair]) -> None:
    assert steps(rows["D-4"]) == [("delete_invoice", "INV-SO-5"), ("cancel_order", "SO-5")]


def test_of_two_orders_the_correct_one_is_kept(sketch: Any, tmp_path: Path) -> None:
    deal = sketch.deal("D-1", 10, "50")
    sketch.order(deal, "SO-1", 12, total="40")
    sketch.order(deal, "SO-2", 14)
    assert steps(listed(sketch.record(tmp_path))["D-1"]) == [("delete_invoice", "INV-SO-1"), ("cancel_order", "SO-1")]


def test_a_wrong_order_is_rewritten_and_invoiced_again(rows: dict[str, Repair]) -> None:
    assert steps(rows["D-5"]) == [("delete_invoice", "INV-SO-6"), ("rewrite_order", "SO-6"), ("create_invoice", "SO-6")]


def test_a_second_invoice_is_taken_back(sketch: Any, tmp_path: Path) -> None:
    sketch.order(sketch.deal("D-1", 10, "50"), "SO-1", 12)
    order: Entry = sketch.orders.pop()
    second = msgspec.structs.replace(order.invoices[0], id="INV-2")
    sketch.orders.append(msgspec.structs.replace(order, invoices=(*order.invoices, second)))
    assert steps(listed(sketch.record(tmp_path))["D-1"]) == [("delete_invoice", "INV-2")]


def test_a_missing_invoice_is_created(sketch: Any, tmp_path: Path) -> None:
    sketch.order(sketch.deal("D-1", 10, "50"), "SO-1", 12)
    sketch.orders.append(msgspec.structs.replace(sketch.orders.pop(), invoices=()))
    assert steps(listed(sketch.record(tmp_path))["D-1"]) == [("create_invoice", "SO-1")]


def test_an_order_of_a_void_deal_is_cancelled_after_its_invoice(sketch: Any, tmp_path: Path) -> None:
    sketch.order(sketch.deal("D-1", 10, "50", state="void"), "SO-1", 12)
    row = listed(sketch.record(tmp_path))["D-1"]
    assert (row.problem, row.crm) == ("void not cancelled", "void, 50 EUR, 1 line")
    assert steps(row) == [("delete_invoice", "INV-SO-1"), ("cancel_order", "SO-1")]


def test_an_order_without_a_deal_is_cancelled(sketch: Any, tmp_path: Path) -> None:
    sketch.deal("D-1", 10, "50")
    orphan = sketch.deal("D-9", 10, "70")
    sketch.order(orphan, "SO-9", 12)
    sketch.deals.remove(orphan)
    row = listed(sketch.record(tmp_path))["SO-9"]
    assert (row.problem, row.amount) == ("no deal", Decimal(70))
    assert steps(row) == [("delete_invoice", "INV-SO-9"), ("cancel_order", "SO-9")]


def test_strays_are_listed_for_people_and_in_every_report(sketch: Any, tmp_path: Path) -> None:
    sketch.order(sketch.deal("D-1", 10, "50", customer="001"), "SO-1", 12)
    sketch.order(sketch.deal("D-2", 10, "70"), "SO-web", 5)
    web: Entry = sketch.orders.pop()
    sketch.deals.pop()
    run_dir = sketch.record(tmp_path)
    run = Run(run_dir)
    case = run.case()
    crm = msgspec.structs.replace(case.crm, customers={"001": {"Name": "Acme"}})
    customers = {"001": {"id": "1"}, "17": {"entityId": "001"}, "18": {"entityId": "<b>"}}
    erp = msgspec.structs.replace(case.erp, customers=customers, new_customers=("17", "18"), others=(web,))
    for ledger in run_dir.glob("ledger.*.json"):
        ledger.unlink()
    (run_dir / "dead_letters.json").unlink()
    run.write_ledgers(crm=crm, erp=erp, dead_letters=())
    rows = {row.steps[0].target: row for row in repair_list(RecordedRun(run_dir).case)}
    assert {target: (row.problem, steps(row)[0][0]) for target, row in rows.items()} == {
        "17": ("customer twice", "merge_customer"),
        "18": ("customer without an account", "remove_customer"),
        "SO-web": ("order of others missing", "restore_order"),
    }
    assert (rows["SO-web"].amount, rows["SO-web"].erp, rows["SO-web"].unreported) == (Decimal(70), "no order", True)
    assert {steps(row)[0][0] for row in rows.values()} <= BY_HAND
    render(run_dir)
    for page in ("postmortem.md", "postmortem.html"):
        text = (run_dir / page).read_text()
        assert "customer 17 is account 001 once more" in text
        assert "bring order SO-web back to what others booked" in text


def test_ledgers_that_agree_have_an_empty_list(sketch: Any, tmp_path: Path) -> None:
    sketch.order(sketch.deal("D-1", 10, "50"), "SO-1", 12)
    run_dir = sketch.record(tmp_path)
    render(run_dir)
    assert json.loads((run_dir / "repair.json").read_text())["repairs"] == []
    assert json.loads((run_dir / "replay.json").read_text()) == {"ids": []}
    assert "there is nothing to repair" in (run_dir / "postmortem.md").read_text()


# -- the files ---------------------------------------------------------------------------------------


def table(run_dir: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((run_dir / "repair.csv").read_bytes().decode(), newline="")))


def test_the_csv_has_a_row_for_each_deal_with_its_ids_in_both_systems(run_dir: Path) -> None:
    render(run_dir)
    row = next(row for row in table(run_dir) if row["deal"] == "D-4")
    assert (row["orders"], row["invoices"], row["amount"], row["unreported"]) == (
        "SO-4 SO-5",
        "INV-SO-4 INV-SO-5",
        "75.50",
        "yes",
    )
    assert row["what_to_do"] == "delete invoice INV-SO-5, then cancel order SO-5"


def test_the_replay_request_lists_each_dead_letter(run_dir: Path) -> None:
    render(run_dir)
    assert json.loads((run_dir / "replay.json").read_text()) == {"ids": ["L-1"]}
    commands = json.loads((run_dir / "repair.json").read_text())["commands"]
    assert commands["replay"] == 'curl --fail-with-body --json @replay.json "$STACK_URL/dead-letters/replay"'


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\uff1d1",
        "|calc",
        "%0A",
        "'=1",
        '"=1',
        "a,b;c",
    ],
)
def test_no_cell_of_the_csv_is_a_formula(sketch: Any, tmp_path: Path, text: str) -> None:
    sketch.phases()
    sketch.fault(0, 60, None, text, text)
    twice = sketch.deal(text, 70, "10", currency=text, customer=text)
    sketch.order(twice, text, 80)
    sketch.order(twice, f"{text}2", 90)
    sketch.letters.append(DeadLetter(text, text, {"Id": text}, text))
    run_dir = sketch.record(tmp_path)
    render(run_dir)
    rows = table(run_dir)
    assert len(rows) == 1
    begins = {cell.lstrip()[:1] for cell in rows[0].values()}
    assert not begins & set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20|%")


@given(st.text())
def test_a_cell_never_begins_a_formula(text: str) -> None:
    cell = for_csv(text)
    assert cell.lstrip()[:1] not in set("=+@\uff1d\uff0b\uff0d\uff20|%")
    assert not cell.startswith("-") or cell.removeprefix("-").replace(".", "").isdigit()
    assert not set(cell) & set("\t\r\n")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_an_amount_stays_a_number(amount: Decimal) -> None:
    assert for_csv(amount) == str(amount)


def test_the_page_says_how_many_rows_it_leaves_out(sketch: Any, tmp_path: Path) -> None:
    for number in range(75):
        sketch.deal(f"D-{number}", 70, "10")
    run_dir = sketch.record(tmp_path)
    render(run_dir)
    assert "35 more rows in repair.csv" in (run_dir / "postmortem.html").read_text()
    assert len(table(run_dir)) == 75
