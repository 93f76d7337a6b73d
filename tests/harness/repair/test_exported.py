"""A sandbox begins with what differs between two exports, completed alike on both sides."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base.errors import GamedayError
from gameday.model.scenario import Flow
from gameday.reconcile.reconciling import reconciled_exports
from gameday.repair.exported import Exported, exported_case
from gameday.scoring.repair_list import repair_list
from harness.reconcile.test_invoices import BILL, bill
from support import commands
from support.exports import CONTRACT, CRM, ERP, LINE_CRM, LINE_ERP, deal, order, request, write
from support.rows import rows

FLOW = Flow("salesforce", "netsuite", CONTRACT.name)


def exported(folder: Path, deals: Any, orders: Any, *, lines: bool = False, flow: Flow = FLOW, **more: Any) -> Exported:
    crm = write(folder / "crm.csv", (*CRM, *(LINE_CRM if lines else ())), deals)
    erp = write(folder / "erp.csv", (*ERP, *(LINE_ERP if lines else ())), orders)
    with reconciled_exports(request(crm, erp, **more)) as reconciled:
        return exported_case([*reconciled.findings], reconciled.terms, flow)


def test_the_list_of_the_sandbox_is_that_of_the_exports(tmp_path: Path) -> None:
    made = exported(
        tmp_path,
        [deal(1), deal(2), deal(3), deal(4, StageName="Closed Lost"), deal(5)],
        [order(1), order(2, total="99.00"), order(4), order(5), order(5, id="50"), order(9)],
    )
    problems = {(row.problem, row.deal[-1:]) for row in repair_list(made.case)}
    assert problems == {
        *(("mismatched", "2"), ("lost", "3"), ("void not cancelled", "4"), ("duplicated", "5"), ("no deal", "")),
    }
    assert {entry.id[-1] for entry in made.case.crm.entries} == {"2", "3", "4", "5"}


def test_one_open_order_of_a_deal_has_every_key_by_which_a_stack_may_look_for_it(tmp_path: Path) -> None:
    cancelled, first, second = order(id="49", status="Cancelled"), order(), order(id="50")
    made = exported(tmp_path, [deal()], [cancelled, first, second])
    reference = "006000000000001"
    assert {entry.id: set(entry.keys.values()) for entry in made.case.erp.entries} == {
        entry.id: {reference} for entry in made.case.erp.entries
    }
    whole = [entry.id for entry in made.case.erp.entries if {"otherRefNum", "externalId"} <= entry.keys.keys()]
    assert len(whole) == 1


def test_lines_that_add_up_are_kept_and_others_become_one(tmp_path: Path) -> None:
    (sold,) = exported(
        tmp_path, [[*deal(), "A", "4", "25"]], [[*order(total="99"), "A", "4", "25"]], lines=True
    ).case.crm.entries
    assert [(line.sku, line.amount) for line in sold.lines] == [("TOTAL", Decimal("100.00"))]
    (sold,) = exported(tmp_path, [[*deal(), "A", "4", "25"]], [[*order(), "B", "4", "25"]], lines=True).case.crm.entries
    assert [(line.sku, line.amount) for line in sold.lines] == [("A", Decimal(100))]


def test_what_is_no_number_gets_one(tmp_path: Path) -> None:
    made = exported(tmp_path, [deal()], [order(id="SO-7", total="99")], invoices=write(tmp_path / "b.csv", BILL, []))
    assert [entry.id for entry in made.case.erp.entries] == ["1"]
    assert made.notes == ("orders and invoices have numbers of their own in the sandbox",)


@rows(("erp", "id_"), [("business-central", "00000000-0000-4000-8000-000000000001"), ("oracle-fusion", "GAMEDAY:1")])
def test_an_order_has_an_id_as_the_erp_of_the_sandbox_has_them(erp: str, id_: str, tmp_path: Path) -> None:
    flow = Flow("salesforce", erp, CONTRACT.name)
    assert [entry.id for entry in exported(tmp_path, [deal()], [order(total="99")], flow=flow).case.erp.entries] == [
        id_
    ]


def test_customers_that_only_the_erp_knows_are_there_from_the_beginning(tmp_path: Path) -> None:
    made = exported(tmp_path, [deal()], [order(entity="C-9")])
    assert made.snapshot.erp.new_customers == ("C-9",)
    assert made.case.erp.new_customers == ()
    assert [account.id for account in made.catalog.accounts] == ["001A"]


def test_a_deal_without_an_account_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match="deal 006000000000001 has no account"):
        exported(tmp_path, [deal(AccountId="")], [])


def test_a_pattern_of_customers_is_refused(tmp_path: Path) -> None:
    contract = msgspec.structs.replace(CONTRACT, customer_match="externalId", customer_pattern="C-{account}")
    crm, erp = write(tmp_path / "crm.csv", CRM, [deal()]), write(tmp_path / "erp.csv", ERP, [])
    with (
        reconciled_exports(request(crm, erp, contract)) as reconciled,
        pytest.raises(GamedayError, match=r"by the pattern 'C-\{account\}'"),
    ):
        exported_case([*reconciled.findings], reconciled.terms, FLOW)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a", "b", "c"), "3 paths are given (give a run's folder, or two exports)"),
        (("a", "b"), "no stack for the sandbox"),
        (("a", "b", "--stack", "brittle", "--contract", "none"), "none"),
    ],
)
@pytest.mark.slow
def test_what_is_missing_is_one_line(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    answer = commands.gameday("repair", *arguments, cwd=tmp_path, timeout=60)
    assert answer.returncode == 2
    assert message in answer.stderr
    assert answer.stderr.count("\n") == 1


@pytest.mark.slow
def test_the_repair_of_two_exports_is_tried_in_a_sandbox(tmp_path: Path) -> None:
    accounts = {"AccountId": "001000000000001"}
    deals = [deal(number, **accounts) for number in range(1, 6)]
    deals[3] = deal(4, StageName="Closed Lost", **accounts)
    customer = {"entity": "001000000000001"}
    orders = [order(1, **customer), order(2, total="99.00", **customer), order(4, **customer)]
    orders += [order(5, **customer), order(5, id="50", **customer)]
    bills = [bill(number, entity="001000000000001", id=str(100 + number)) for number in (1, 2, 5)]
    write(tmp_path / "crm.csv", CRM, deals)
    write(tmp_path / "erp.csv", ERP, orders)
    write(tmp_path / "bills.csv", BILL, bills)
    exports = ("crm.csv", "erp.csv", "--invoices", "bills.csv", "--stack", "brittle", "--json")
    answer = commands.gameday("repair", *exports, cwd=tmp_path, timeout=120)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    result = json.loads(answer.stdout)
    assert (result["before"]["to_repair"], result["after"]["to_repair"]) == (4, 0)
    assert {step["step"]["act"] for step in result["corrected"]} >= {"create_order", "rewrite_order", "cancel_order"}
    assert (tmp_path / "repairs" / "1").stat().st_mode & 0o077 == 0
