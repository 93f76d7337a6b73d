"""Two exports are reconciled deal by deal, by the rules of a run's judge."""

from __future__ import annotations

import importlib
import json
import os
import re
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base.errors import GamedayError
from gameday.cli import main
from gameday.contracts.odcs import contract_columns, load_contract
from gameday.model.checker import DeadLetter
from gameday.model.contract import CompareRule, FieldPair
from gameday.reconcile import exports
from gameday.reconcile.database import Database
from gameday.reconcile.documents import States
from gameday_reports.reconcile.tickets import Tickets
from support.exports import CONTRACT, CRM, ERP, LINE_CRM, LINE_ERP, compare, deal, order, request, with_erp, write
from support.rows import rows


@pytest.fixture
def files(tmp_path: Path) -> Any:
    """Writes both exports: rows with the usual headers."""

    def both(deals: list[list[str]], orders: list[list[str]]) -> tuple[Path, Path]:
        return write(tmp_path / "crm.csv", CRM, deals), write(tmp_path / "erp.csv", ERP, orders)

    return both


def test_equal_exports_have_no_finding(files: Any) -> None:
    found = compare(*files([deal(1), deal(2)], [order(2), order(1)]))
    assert found.problems == []
    assert found.counts == {"won": 2, "void": 0, "open": 2, "cancelled": 0}


@pytest.mark.parametrize(
    ("deals", "orders", "problem"),
    [
        ([deal()], [], "lost"),
        ([deal()], [order(status="Cancelled")], "lost"),
        ([deal()], [order(), order(id="2")], "duplicated"),
        ([deal()], [order(), order()], "duplicated"),
        ([deal()], [order(total="100.01")], "mismatched"),
        ([deal()], [order(entity="001a")], "mismatched"),
        ([deal(StageName="Closed Lost")], [order()], "void not cancelled"),
        ([deal(StageName="Closed Lost")], [], ""),
        ([deal(StageName="Closed Won - Partner")], [order()], ""),
        ([], [order()], "no deal"),
        ([], [order(otherRefNum="")], "no deal"),
        ([], [order(otherRefNum="", status="Sales Order:Closed")], ""),
        ([deal(), deal()], [order()], "deal twice in the CRM"),
        ([deal(), deal(StageName="Closed Lost")], [order()], ""),
    ],
)
def test_what_is_wrong_with_a_deal_is_found(files: Any, deals: Any, orders: Any, problem: str) -> None:
    assert [each for each, _ in compare(*files(deals, orders)).problems] == ([problem] if problem else [])


@pytest.mark.parametrize("id_", ["006a", "006A ", " 006A", "06A", "0006A"])
def test_ids_are_equal_only_to_the_letter(files: Any, id_: str) -> None:
    found = compare(*files([deal(Id="006A")], [order(otherRefNum=id_)]))
    assert sorted(problem for problem, _ in found.problems) == ["lost", "no deal"]


def test_amounts_are_exact_decimals(files: Any) -> None:
    third = "0.1000000000000000055511151231257827"
    assert compare(*files([deal(Amount="0.1")], [order(total=third)])).fields == ["total"]
    assert compare(*files([deal(Amount="0.10")], [order(total="1e-1")])).fields == []


def test_the_tolerance_of_the_contract_holds(files: Any) -> None:
    contract = msgspec.structs.replace(CONTRACT, tolerance=Decimal("0.05"))
    paths = files([deal(1), deal(2)], [order(1, total="100.05"), order(2, total="100.06")])
    assert compare(*paths, contract).problems == [("mismatched", "006000000000002")]


def test_an_ignored_field_is_not_compared_and_its_reason_given(files: Any) -> None:
    contract = msgspec.structs.replace(CONTRACT, rules={"date": CompareRule("ignored", reason="booked at night")})
    found = compare(*files([deal()], [order(tranDate="2026-03-03")]), contract)
    assert found.problems == []
    assert ("date", "ignored by the contract: booked at night") in found.not_compared


@pytest.mark.parametrize(
    ("moment", "same"),
    [
        ("2026-01-30T23:30:00Z", True),
        ("2026-01-31T22:30:00+00:00", True),
        ("2026-01-31T23:30:00Z", False),
        ("2026-01-31 00:15:00", True),
        ("2026-01-31T18:30:00-05:00", False),
    ],
)
def test_a_moment_counts_as_its_day_in_the_time_zone_of_the_contract(files: Any, moment: str, same: bool) -> None:
    zone = {"defaultTimezone": "Europe/Berlin"}
    contract = with_erp(CONTRACT, "salesOrder.tranDate", logical_type="timestamp", constraints=zone)
    assert (compare(*files([deal()], [order(tranDate=moment)]), contract).fields == []) is same


def test_the_reference_is_read_by_the_pattern_of_the_contract(files: Any) -> None:
    contract = msgspec.structs.replace(CONTRACT, match_pattern="SFDC_{deal}")
    paths = files([deal(Id="006A")], [order(otherRefNum="SFDC_006A"), order(id="2", otherRefNum="006A")])
    assert compare(*paths, contract).problems == [("no deal", "")]


def test_the_customer_is_named_by_the_pattern_of_the_contract(files: Any) -> None:
    contract = msgspec.structs.replace(CONTRACT, customer_match="externalId", customer_pattern="C-{account}")
    assert compare(*files([deal()], [order(entity="C-001A")]), contract).problems == []
    assert compare(*files([deal()], [order()]), contract).fields == ["customer"]


def test_a_field_of_the_account_that_the_export_lacks_leaves_the_customer_out(files: Any) -> None:
    contract = msgspec.structs.replace(CONTRACT, customer_match="externalId", customer_pattern="{AccountNumber}")
    found = compare(*files([deal()], [order(entity="x")]), contract)
    assert found.problems == []
    reason = "the CRM's export has no Account.AccountNumber, by which the contract names it"
    assert ("customer", reason) in found.not_compared


def test_a_further_field_that_the_contract_maps_is_compared(files: Any) -> None:
    contract = msgspec.structs.replace(CONTRACT, pairs=(FieldPair("order", "StageName", "status"),))
    assert compare(*files([deal()], [order(status="Closed Won")]), contract).problems == []
    assert compare(*files([deal()], [order()]), contract).fields == ["field StageName / status"]


@rows(("delimiter", "amount"), [(",", "100.00"), (";", "100,00"), ("\t", "100.0")])
def test_exports_of_other_tools_are_read(tmp_path: Path, delimiter: str, amount: str) -> None:
    header = ("Close Date", "Amount", "Opportunity ID", "Account ID", "Stage Name", "Currency")
    row = ("2026-01-31", amount, "006000000000001", "001A", "Closed Won", "USD")
    crm = write(tmp_path / "crm.csv", header, [row], delimiter=delimiter, line_end="\r\n")
    crm.write_bytes(b"\xef\xbb\xbf" + crm.read_bytes())
    header = ("Internal ID", "Total", "Deal", "Customer", "Currency", "Date")
    erp = write(tmp_path / "erp.csv", header, [("7", "100", "006000000000001", "001A", "USD", "2026-01-31")])
    found = compare(crm, erp)
    assert found.problems == []
    assert [field for field, _ in found.not_compared] == ["lines", "invoices"]


def test_lines_are_compared_where_both_exports_have_them(tmp_path: Path) -> None:
    lines = [("A", "1", "5"), ("B", "2", "6")]
    crm = write(tmp_path / "crm.csv", [*CRM, *LINE_CRM], [[*deal(), *line] for line in lines])
    right = write(tmp_path / "right.csv", [*ERP, *LINE_ERP], [[*order(), *line] for line in lines[::-1]])
    assert compare(crm, right).problems == []
    wrong = write(
        tmp_path / "wrong.csv", [*ERP, *LINE_ERP], [[*order(), *line] for line in (lines[0], ("B", "3", "6"))]
    )
    assert compare(crm, wrong).fields == ["line B quantity"]
    without = write(tmp_path / "without.csv", ERP, [order()])
    found = compare(crm, without)
    assert found.problems == []
    assert ("lines", "the ERP's export has no such column") in found.not_compared


def test_nested_records_are_read_from_json_lines(tmp_path: Path) -> None:
    item = {"item": {"id": "77", "refName": "A"}, "quantity": 1, "rate": 5}
    entry = {"id": "1", "otherRefNum": "006A", "entity": {"id": "9", "externalId": "001A"}, "total": 5.10}
    crm = {"Opportunity": {"Id": "006A", "AccountId": "001A", "Amount": 5.1, "IsWon": True}}
    crm["OpportunityLineItem"] = [{"PricebookEntry": {"ProductCode": "A"}, "Quantity": 1, "UnitPrice": 5}]  # type: ignore[assignment]
    (tmp_path / "crm.jsonl").write_text(json.dumps(crm))
    (tmp_path / "erp.jsonl").write_text(json.dumps({"salesOrder": {**entry, "item": {"items": [item]}}}))
    found = compare(tmp_path / "crm.jsonl", tmp_path / "erp.jsonl")
    assert found.problems == []
    assert {"currency", "date", "line amount"} == {field for field, _ in found.not_compared} - {"invoices"}


def test_an_export_without_rows_is_one_without_deals(files: Any) -> None:
    assert compare(*files([], [])).problems == []
    crm, _ = files([deal()], [])
    (crm.parent / "erp.jsonl").write_text("")
    assert compare(crm, crm.parent / "erp.jsonl").problems == [("lost", "006000000000001")]


@pytest.mark.parametrize(
    ("crm", "erp", "message"),
    [
        ("", "id,otherRefNum,total\n", "crm.csv has no column of the contract"),
        ("Id,AccountId\n", "id,otherRefNum,total\n", "crm.csv has no column Amount with the total"),
        ("Id,Amount\n", "id,total\n1,5\n", "erp.csv has no column otherRefNum with the deal's id"),
        ("Id,Amount\n,5\n", "id,otherRefNum,total\n", "crm.csv:2: a deal without an id"),
        ("Id,Amount\nA,5,6\n", "id,otherRefNum,total\n", "crm.csv:2: 3 columns where the header has 2"),
        ("Id,Amount\nA,5\n", "id,otherRefNum,total\n1,A,five\n", "salesOrder.total is not an amount"),
        ("Id,Amount\nA,1000\n", "id,otherRefNum,total\n1,A,1_000\n", "salesOrder.total is not an amount"),
        ("Id,Amount,IsWon\nA,5,\n", "id,otherRefNum,total\n", "does not say whether it is won"),
        ("Id,Amount,IsWon\nA,5,maybe\n", "id,otherRefNum,total\n", "is neither true nor false"),
        ("Id,Amount\nA,5\n", 'id,otherRefNum,total\n1,"A,5\n', "erp.csv:2: not CSV"),
    ],
)
@pytest.mark.parametrize("in_database", [False, True])
@pytest.mark.slow
def test_bad_input_is_a_mistake_and_no_finding(
    tmp_path: Path, crm: str, erp: str, message: str, in_database: bool
) -> None:
    (tmp_path / "crm.csv").write_text(crm)
    (tmp_path / "erp.csv").write_text(erp)
    with pytest.raises(GamedayError, match=re.escape(message)):
        compare(tmp_path / "crm.csv", tmp_path / "erp.csv", in_database=in_database)


def test_other_stages_and_states_can_be_named(files: Any) -> None:
    paths = files([deal(StageName="Signed")], [order(status="Rejected"), order(id="2")])
    assert compare(*paths, states=States(("Signed",), ("rejected",))).problems == []


def test_a_stage_that_means_won_needs_a_stage(tmp_path: Path) -> None:
    crm = write(tmp_path / "crm.csv", ("Id", "Amount", "IsWon"), [("A", "5", "true")])
    with pytest.raises(GamedayError, match="does not say whether it is won"):
        compare(crm, write(tmp_path / "erp.csv", ERP, []), states=States(("Signed",)))


@rows(("flag", "problem"), [("true", "lost"), ("1", "lost"), ("FALSE", ""), ("0", "")])
def test_the_flag_decides_before_the_stage(tmp_path: Path, flag: str, problem: str) -> None:
    crm = write(tmp_path / "crm.csv", ("Id", "Amount", "IsWon", "StageName"), [("A", "5", flag, "Closed Won")])
    found = compare(crm, write(tmp_path / "erp.csv", ERP, []))
    assert [each for each, _ in found.problems] == [problem][: bool(problem)]


def test_what_the_stack_has_parked_is_in_the_steps(files: Any) -> None:
    found = compare(*files([deal()], []), dead_letters=(DeadLetter("006000000000001", "refused", id="dl-1"),))
    assert next((step.act, step.target) for step in found.findings[0].repair.steps) == ("replay", "dl-1")


def test_the_replay_list_has_the_dead_letters_of_affected_deals_only(files: Any, tmp_path: Path) -> None:
    crm, erp = files([deal(1), deal(2)], [order(2)])
    letters = [{"order": f"006{number:012}", "reason": "refused", "id": f"dl-{number}"} for number in (1, 2)]
    (tmp_path / "letters.json").write_text(json.dumps(letters))
    given = ["--dead-letters", str(tmp_path / "letters.json"), "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit):
        main(["reconcile", str(crm), str(erp), *given])
    assert json.loads((tmp_path / "out" / "replay.json").read_text()) == {"ids": ["dl-1"]}


def test_many_documents_are_sorted_on_disk_with_the_same_result(files: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    deals, orders = [deal(n) for n in range(50)], [order(n) for n in range(1, 50)] * 2
    paths = files(deals[::-1], orders)
    ours = compare(*paths)
    monkeypatch.setattr(exports, "IN_MEMORY", 7)
    assert compare(*paths) == ours
    assert len(ours.findings) == 50


@pytest.mark.needs("duckdb")
def test_the_database_can_reach_nothing_but_the_two_files(files: Any) -> None:
    duckdb = importlib.import_module("duckdb")
    asked = request(*files([deal()], [order()]))
    with ExitStack() as stack:
        connection = Database([asked.crm, asked.erp], stack).connection
        for query in (
            f"SELECT * FROM read_text('{os.devnull}')",
            f"SELECT * FROM read_csv('{asked.crm.parent}/*.csv')",
            f"COPY (SELECT 1) TO '{asked.crm.parent}/out.csv'",
            "INSTALL httpfs",
            "SET enable_external_access = true",
            "SET memory_limit = '100GB'",
            "SELECT * FROM read_csv('https://127.0.0.1:1/x.csv')",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(query).fetchall()


@pytest.mark.parametrize(("total", "code"), [("100.00", 0), ("99.00", 1), ("x", 2)])
def test_the_exit_code_says_whether_the_exports_agree(
    files: Any, total: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    crm, erp = files([deal()], [order(total=total)])
    with pytest.raises(SystemExit) as ended:
        main(["reconcile", str(crm), str(erp)])
    assert ended.value.code == code
    assert len(capsys.readouterr().err.splitlines()) == (code == 2)


def test_the_findings_are_written_for_people_and_tools(files: Any, tmp_path: Path) -> None:
    crm, erp = files([deal(1), deal(2), deal(3, Id="=1+1")], [order(1, total="99", tranDate="2026-02-01"), order(2)])
    with pytest.raises(SystemExit):
        main(["reconcile", str(crm), str(erp), "--out", str(tmp_path / "out")])
    rows = (tmp_path / "out" / "findings.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["mismatched", "mismatched", "lost"]
    assert any(",'=1+1," in row for row in rows)
    tickets = [json.loads(line) for line in (tmp_path / "out" / "tickets.jsonl").read_text().splitlines()]
    assert {ticket["owner"] for ticket in tickets} == {"revenue-operations"}
    assert [each["field"] for each in tickets[0]["differences"]] == ["date", "total"]
    repair = json.loads((tmp_path / "out" / "repair.json").read_text())
    assert [row["steps"][0]["act"] for row in repair["repairs"]] == ["rewrite_order", "create_order"]
    assert json.loads((tmp_path / "out" / "replay.json").read_text()) == {"ids": []}
    assert "revenue-operations" in (tmp_path / "out" / "reconcile.md").read_text()


def test_a_ticket_masks_the_names_that_a_report_masks(tmp_path: Path) -> None:
    crm = write(tmp_path / "crm.csv", [*CRM, "Name"], [[*deal(), "Colas Salmon 7"]])
    found = compare(crm, write(tmp_path / "erp.csv", ERP, [order(entity="Colas Salmon 7")]))
    ticket = Tickets(CONTRACT).of(found.findings[0])
    assert "Salmon" not in msgspec.json.encode(ticket).decode()
    assert ticket.crm[0]["Opportunity.Amount"] == Decimal("100.00")


def test_the_total_of_an_order_that_the_contract_states_by_its_lines_only_is_their_sum(tmp_path: Path) -> None:
    # Oracle Fusion has totals as records of their own, and the amounts of lines add up to the order's.
    flow = f"{CONTRACT.name}.salesforce.oracle-fusion"
    contract, compared = load_contract(flow), contract_columns(flow)
    lines = [("A", "1", "60.00"), ("B", "2", "40.00")]
    deals = [
        {"Id": f"006{n}", "AccountId": "1", "Amount": "100.00", "CurrencyIsoCode": "EUR", "IsWon": True} for n in "12"
    ]
    orders = [
        {
            "SourceTransactionNumber": each["Id"],
            "BuyingPartyNumber": "1",
            "TransactionalCurrencyCode": "EUR",
            "lines": [{"ProductNumber": s, "OrderedQuantity": q, "ExtendedAmount": a} for s, q, a in bought],
        }
        for each, bought in zip(deals, (lines, lines[:1]), strict=True)
    ]
    crm, erp = tmp_path / "crm.jsonl", tmp_path / "erp.jsonl"
    crm.write_text("".join(f"{json.dumps({'Opportunity': each})}\n" for each in deals))
    erp.write_text("".join(f"{json.dumps({'salesOrdersForOrderHub': each})}\n" for each in orders))
    for in_database in (True, False):
        found = compare(crm, erp, contract, in_database=in_database, compared=compared)
        assert (found.problems, found.fields) == ([("mismatched", "0062")], ["total"])
        assert found.totals == [("EUR", Decimal(200), Decimal(160), Decimal(-40))]
