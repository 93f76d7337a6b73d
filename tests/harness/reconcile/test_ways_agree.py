"""The way by digests finds what the judge finds who looks at every document, to the row."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from gameday.model.contract import CompareRule, Contract, FieldPair
from gameday.reconcile.row_files import Unfit
from support.exports import CONTRACT, CRM, ERP, LINE_CRM, LINE_ERP, agree, by_digests, compare, request, with_erp, write
from support.thorough import examples

pytestmark = pytest.mark.needs("duckdb")

IDS = st.sampled_from(["006A", "006a", "0006", "6", " 006A", "006A ", "1e3", "x'y", "ü", "a,b", "=1"])
AMOUNTS = st.sampled_from(["100", "100.00", "100.01", "1e2", " 100", "-5", "", "0", "0.000000000000000000001", "+7.50"])
DATES = st.sampled_from(
    [
        "2026-01-31",
        "2026-02-01",
        "2026-1-31",
        "2026-01-31T23:30:00Z",
        "2026-01-31T23:30:00",
        "",
        "2026-01-31T23:30:00.5+0100",
        "2026-01-31 08:00:00-08:00",
        "2026-02-30T10:00:00Z",
        "0001-01-01T00:00:00Z",
    ]
)
TEXTS = st.sampled_from(["USD", "usd", "", " USD", 'a "b"', "two\nlines", "two\r\nlines"])
STAGES = st.sampled_from(["Closed Won", "Closed Won - Partner", "Closed Lost", "closed won"])
STATUSES = st.sampled_from(["Billed", "Cancelled", "Sales Order:Closed", "closed ", ""])
LINES = st.lists(st.tuples(st.sampled_from(["A", "B", ""]), AMOUNTS, st.sampled_from(["5", "5.00", "5.1"])), max_size=3)
FLAGS = st.sampled_from(["true", "false", "", " TRUE", "0"])
DEALS = st.lists(st.tuples(IDS, TEXTS, TEXTS, AMOUNTS, DATES, STAGES, FLAGS, LINES), max_size=6)
ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", ""]), st.one_of(IDS, st.just("")), TEXTS, TEXTS, AMOUNTS, DATES, STATUSES, LINES
    ),
    max_size=6,
)
TOKYO = {"defaultTimezone": "Asia/Tokyo"}
FORMS = st.tuples(st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
#: A file of rows in which all is the same, so that the examples have more than differences.
SAME = [("006A", "001A", "USD", "100.00", "2026-01-31", "Closed Won", "true", [("A", "1", "5")])]
SAME_ORDER = [("1", "006A", "001A", "USD", "100", "2026-01-31", "Billed", [("A", "1.0", "5.00")])]
CONTRACTS = st.sampled_from(
    [
        CONTRACT,
        msgspec.structs.replace(CONTRACT, match_pattern="D-{deal}", tolerance=Decimal("0.01")),
        with_erp(
            CONTRACT, "salesOrder.tranDate", logical_type="timestamp", constraints={"defaultTimezone": "Asia/Tokyo"}
        ),
        msgspec.structs.replace(CONTRACT, rules={"date": CompareRule("tolerance", days=1)}),
        msgspec.structs.replace(
            CONTRACT,
            customer_match="externalId",
            customer_pattern="C-{account}",
            pairs=(FieldPair("order", "StageName", "status", "number"),),
        ),
    ]
)


def rows_of(documents: Sequence[tuple[object, ...]], *, lines: bool) -> list[list[str]]:
    """A row for each line of each document, or one for each document."""
    return [
        [*header, *(item if lines else ())]  # type: ignore[list-item]
        for *header, items in documents
        for item in (items if lines and items else [("", "", "")])
    ]


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=examples(24))
@given(DEALS, ORDERS, FORMS, FORMS, CONTRACTS, st.booleans())
@example(SAME, SAME_ORDER, (",", "\n", True, False), (";", "\r\n", True, True), CONTRACT, False)
@example(SAME * 2, SAME_ORDER * 2, (",", "\n", True, False), (",", "\n", True, False), CONTRACT, False)
@example(SAME, SAME_ORDER * 2, (",", "\n", True, False), (",", "\n", False, False), CONTRACT, False)
def test_both_ways_agree_to_the_row(
    tmp_path_factory: pytest.TempPathFactory,
    deals: list[tuple[object, ...]],
    orders: list[tuple[object, ...]],
    ours: tuple[str, str, bool, bool],
    theirs: tuple[str, str, bool, bool],
    contract: Contract,
    backwards: bool,
) -> None:
    folder = tmp_path_factory.mktemp("exports")
    paths = []
    for name, columns, of_lines, documents, (delimiter, line_end, lines, mark) in (
        ("crm", (*CRM, "IsWon"), LINE_CRM, deals, ours),
        ("erp", ERP, LINE_ERP, orders, theirs),
    ):
        header = [*columns, *(of_lines if lines else ())]
        rows = rows_of(documents, lines=lines)
        if backwards:
            header, rows = header[::-1], [row[::-1] for row in rows]
        path = write(folder / f"{name}.csv", header, rows, delimiter=delimiter, line_end=line_end)
        if mark:
            path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
        paths.append(path)
    agree(request(*paths, contract))


def test_among_many_equal_deals_the_few_that_differ_are_found(tmp_path: Path) -> None:
    deals = [[f"006{n}", "001A", "USD", f"{n}.50", "2026-01-31", "Closed Won"] for n in range(500)]
    orders = [[str(n), f"006{n}", "001A", "USD", f"{n}.5", "2026-01-31", "Billed"] for n in range(500)]
    orders[7][4], orders[8][2] = "7.51", "001B"
    del orders[9]
    orders.append(orders[10])
    asked = request(write(tmp_path / "crm.csv", CRM, deals), write(tmp_path / "erp.csv", ERP, orders[::-1]))
    found = by_digests(asked)
    assert found == compare(asked.crm, asked.erp)
    assert sorted(found.problems) == [
        *(("duplicated", "00611"), ("lost", "0069"), ("mismatched", "0067"), ("mismatched", "0068")),
    ]


def test_a_deal_that_both_exports_have_twice_is_found(tmp_path: Path) -> None:
    rows = [["006A", "001A", "USD", "5", "2026-01-31", "Closed Won"]] * 2
    orders = [["1", "006A", "001A", "USD", "5", "2026-01-31", "Billed"]] * 2
    asked = request(write(tmp_path / "crm.csv", CRM, rows), write(tmp_path / "erp.csv", ERP, orders))
    assert by_digests(asked).problems == [
        ("deal twice in the CRM", "006A"),
        ("duplicated", "006A"),
    ]


def test_documents_of_several_rows_agree_in_any_order_of_their_lines(tmp_path: Path) -> None:
    lines = [("A", "1", "5"), ("B", "2", "6"), ("B", "3", "7")]
    for ways in (lines, lines[::-1]):
        deals = rows_of([("006A", "1", "USD", "9", "2026-01-31", "Closed Won", lines)], lines=True)
        orders = rows_of([("1", "006A", "1", "USD", "9", "2026-01-31", "Billed", ways)], lines=True)
        crm = write(tmp_path / "crm.csv", [*CRM, *LINE_CRM], deals)
        found = by_digests(request(crm, write(tmp_path / "erp.csv", [*ERP, *LINE_ERP], orders)))
        assert found.problems == []


def test_both_ways_agree_on_the_types_of_parquet(tmp_path: Path) -> None:
    day, amounts = datetime.date(2026, 1, 31), [Decimal("5.10"), Decimal("6.00"), Decimal("7.00")]
    ids = ["006A", "006B", "006C"]
    crm = {"Id": ids, "Amount": amounts, "CloseDate": [day] * 3, "IsWon": [True, True, False], "AccountId": [1, 2, 3]}
    # Columns of no meaning, which have the names that the queries use.
    crm |= {name: [None, "x", "x"] for name in ("key", "kh", "start", "live", "place", "c0")}
    moment = datetime.datetime.combine(day, datetime.time(15))
    erp = {"otherRefNum": ids, "total": [5.1, 6.5, 7.0], "tranDate": [moment] * 3, "entity": ["1", "2", "3"]}
    parquet.write_table(pa.table(crm), tmp_path / "crm.parquet")
    parquet.write_table(pa.table(erp), tmp_path / "erp.parquet")
    asked = request(tmp_path / "crm.parquet", tmp_path / "erp.parquet")
    found = by_digests(asked)
    assert found == compare(asked.crm, asked.erp)
    assert found.problems == [("mismatched", "006B"), ("void not cancelled", "006C")]
    assert found.fields == ["total", "state"]


def test_a_file_that_the_database_cannot_read_alike_is_read_by_the_judge(tmp_path: Path) -> None:
    asked = request(
        write(tmp_path / "crm[1].csv", CRM, [["006A", "1", "USD", "5", "2026-01-31", "Closed Won"]]),
        write(tmp_path / "erp.csv", ERP, []),
    )
    with pytest.raises(Unfit):
        by_digests(asked)
    assert compare(asked.crm, asked.erp, in_database=True).problems == [("lost", "006A")]
