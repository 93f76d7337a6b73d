"""What users do to exports: a file that cannot be read is one line, and what can be read but is strange is named."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.reconcile.reconciling import reconciled_exports
from support.exports import CRM, ERP, deal, order, request, write

NUMBERS = range(10)
HEADER = ",".join(ERP)
ROWS = "".join(f"{','.join(order(number))}\n" for number in NUMBERS)
WHOLE = f"{HEADER}\n{ROWS}"


@pytest.fixture
def crm(tmp_path: Path) -> Path:
    return write(tmp_path / "crm.csv", CRM, [deal(number) for number in NUMBERS])


def doubts(crm: Path, name: str, content: bytes | str) -> str:
    """What is said of an export of the ERP, in one text."""
    path = crm.with_name(name)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with reconciled_exports(request(crm, path)) as reconciled:
        list(reconciled.findings)
        return "\n".join(reconciled.doubts)


def renumbered(change: str, to: str) -> str:
    """The orders with other ids of their deals."""
    return re.sub(f"(?<=,){change}(?=,)", to, WHOLE)


def test_what_can_be_read_but_speaks_for_a_mistake_is_named(crm: Path) -> None:
    for name, content, said in (
        ("whole.csv", WHOLE, ""),
        ("cut.csv", WHOLE[:-3], "cut.csv does not end with a line break"),
        ("header.csv", f"{HEADER}\n", "the ERP's export has no orders at all"),
        ("none.jsonl", "", "the ERP's export has no orders at all"),
        ("closed.csv", WHOLE.replace("Billed", "Closed"), "has 10 orders, and none is open; see --won and --cancelled"),
        ("day.csv", renumbered("006(.*?)", r"007\1").replace("2026-01-31", "2026-02-01"), "orders of 2026-02-01: are"),
        ("case.csv", renumbered("006", "006").replace(",006", ",X006").lower(), "orders name 'x006000000000000'"),
        ("zeros.csv", renumbered("0*(6.*?)", r"\1"), "'6000000000000'; the ids of one of them have lost their leading"),
        ("long.csv", renumbered("(006.*?)", r"\1AAA"), "ids of 15 characters, the other those of 18"),
        ("blank.csv", renumbered("(006.*?)", r"\1 "), "blanks are around the ids"),
        ("rounded.csv", renumbered("006.*?", "6.0E+15"), "a spreadsheet has rounded the ids of the ERP's export"),
        ("dates.csv", WHOLE.replace("2026-01-31", "31/01/2026"), "date differs in 10 of 10 orders"),
        ("column.csv", WHOLE.replace("001A", "Acme Inc"), "customer differs in 10 of 10 orders"),
        ("twice.csv", WHOLE + ROWS, "nearly everything in the ERP's export is there twice"),
        ("half.csv", f"{HEADER}\n{ROWS[: len(ROWS) // 2]}".rpartition("\n")[0] + "\n", ""),
    ):
        found = doubts(crm, name, content)
        assert said in found, (name, found)
        assert len(found.splitlines()) == bool(said), (name, found)


def test_a_crm_that_is_there_twice_is_named(crm: Path) -> None:
    crm.write_text(crm.read_text() + "".join(crm.read_text().splitlines(keepends=True)[1:]))
    assert "nearly everything in the CRM's export is there twice" in doubts(crm, "erp.csv", WHOLE)


def test_a_file_that_cannot_be_read_whole_is_one_line_and_no_finding(crm: Path) -> None:
    for name, content, said in (
        ("cut.csv", WHOLE[:-12], "cut.csv:11: 6 columns where the header has 7"),
        ("cut.csv.gz", gzip.compress(WHOLE.encode())[:-30], "the compressed file is cut short"),
        ("cut.parquet", b"PAR1" + bytes(90), "cannot read .*cut.parquet as Parquet"),
        ("empty.csv", "", "empty.csv has no column of the contract"),
        ("joined.csv", WHOLE * 2, "joined.csv:12: the header again .is the export in the file twice"),
        ("latin.csv", WHOLE.replace("Billed", "gebucht für").encode("latin-1"), "latin.csv:2: not UTF-8"),
        ("utf16.csv", WHOLE.encode("utf-16"), "is UTF-16, not UTF-8"),
        ("book.csv", b"PK\x03\x04" + bytes(90), "is a ZIP archive, such as a workbook of Excel"),
        ("book.xlsx", b"PK\x03\x04" + bytes(90), "unknown format '.xlsx'"),
        ("page.csv", "<html><body>Sign in</body></html>\n", "page.csv has no column of the contract"),
        ("title.csv", f"Orders of March\n\n{WHOLE}", "title.csv has no column of the contract"),
        ("sep.csv", f"sep=,\n{WHOLE}", "sep.csv has no column of the contract"),
        ("renamed.csv", WHOLE.replace("otherRefNum", "PO No."), "renamed.csv has no column otherRefNum"),
        ("same.csv", WHOLE.replace("status", "total"), "same.csv: its header has salesOrder.total twice"),
        ("money.csv", WHOLE.replace("100.00", "100.00 EUR"), "is not an amount .write 1234.50, without a currency"),
        ("list.jsonl", '[{"id": 1},\n{"id": 2}]', "is one JSON document, not one record a line"),
        ("total.csv", f"{WHOLE}Total,1000.00\n", "total.csv:12: 2 columns where the header has 7"),
    ):
        with pytest.raises(GamedayError, match=said) as problem:
            doubts(crm, name, content)
        assert "\n" not in str(problem.value), name


def test_files_in_the_wrong_order_are_a_mistake(crm: Path) -> None:
    orders = crm.with_name("orders.csv")
    orders.write_text("Internal ID,Deal,Customer,Currency,Total,Date,Status\n" + ROWS)
    with (
        pytest.raises(GamedayError, match="the file of the CRM comes first"),
        reconciled_exports(request(orders, crm)) as reconciled,
    ):
        list(reconciled.findings)


@pytest.mark.parametrize("in_database", [False, True])
def test_a_file_that_changes_while_it_is_read_is_a_mistake(crm: Path, in_database: bool) -> None:
    orders = write(crm.with_name("erp.csv"), ERP, [order(number, total="1") for number in NUMBERS])
    with (
        pytest.raises(GamedayError, match=r"erp\.csv was changed while it was read"),
        reconciled_exports(request(crm, orders), in_database=in_database) as reconciled,
    ):
        for _ in reconciled.findings:
            orders.write_text(WHOLE)
