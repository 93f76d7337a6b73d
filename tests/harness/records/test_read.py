"""Files of records: every shape comes out as one; what is broken is rejected with its line, and the rest goes on."""

from __future__ import annotations

import csv
import gzip
import json
import tempfile
import tracemalloc
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday.base.errors import GamedayError
from gameday.contracts.odcs import load_contract
from gameday.model.contract import Field
from gameday.records.check import check_records
from gameday.records.lines import LONGEST_LINE
from gameday.records.read import read_records
from gameday.records.record import Record, Rejected
from gameday.records.rows import MOST_ROWS
from gameday.records.validator import Validator
from support.rows import rows

CONTRACT = load_contract("closed-won-to-sales-order")
FIELDS = CONTRACT.crm_fields
VALIDATOR = Validator(FIELDS)
DEAL = {
    "Id": "006000000000000001",
    "Name": "Acme",
    "AccountId": "001000000000000001",
    "StageName": "Closed Won",
    "IsWon": True,
    "Amount": 29.99,
    "CurrencyIsoCode": "EUR",
    "CloseDate": "2024-03-09",
    "SystemModstamp": "2024-03-09T08:00:00.000+0000",
}
LINES = [
    {"Id": "00k1", "PricebookEntry": {"ProductCode": "SKU-1"}, "Quantity": 2, "UnitPrice": 10, "TotalPrice": 20},
    {"Id": "00k2", "PricebookEntry": {"ProductCode": "SKU-2"}, "Quantity": 1, "UnitPrice": 9.99, "TotalPrice": 9.99},
]
RECORD = {"Opportunity": DEAL, "OpportunityLineItem": LINES}
SOQL = {
    "attributes": {"type": "Opportunity", "url": "/services/data/v60.0/sobjects/Opportunity/006000000000000001"},
    **DEAL,
    "OpportunityLineItems": {
        "totalSize": 2,
        "done": True,
        "records": [{"attributes": {"type": "OpportunityLineItem"}, **line} for line in LINES],
    },
}
GOOD = json.dumps(RECORD).encode()


def flat(deal: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    row = {f"Opportunity.{name}": value for name, value in deal.items()}
    for name, value in line.items():
        inner = value.items() if isinstance(value, dict) else [("", value)]
        row |= {f"OpportunityLineItem.{name}{f'.{below}' if below else ''}": one for below, one in inner}
    return row


ROWS = [flat(DEAL, line) for line in LINES]


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def read(data: bytes, name: str = "records.jsonl", fields: tuple[Field, ...] = FIELDS) -> list[Record | Rejected]:
        path = tmp_path / name
        path.write_bytes(data)
        return list(read_records(path, fields))

    return read


def decoded(item: Record | Rejected) -> Any:
    assert isinstance(item, Record), item
    return json.loads(item.data)


def csv_bytes(rows: list[dict[str, Any]], delimiter: str = ",") -> bytes:
    import io

    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


# -- JSON lines ----------------------------------------------------------------------------------------


def test_a_record_in_the_shape_of_the_contract_is_unchanged(read: Any) -> None:
    assert read(GOOD + b"\n") == [Record(1, GOOD)]


def test_a_reply_to_a_soql_query_becomes_a_record(read: Any) -> None:
    (record,) = read(json.dumps(SOQL).encode())
    assert decoded(record) == RECORD


def test_a_soql_reply_without_children_has_an_empty_list_of_them(read: Any) -> None:
    (record,) = read(json.dumps({**SOQL, "OpportunityLineItems": None}).encode())
    assert decoded(record)["OpportunityLineItem"] == []


def test_a_soql_reply_with_only_a_part_of_the_children_is_rejected(read: Any) -> None:
    part = {**SOQL["OpportunityLineItems"], "done": False}  # type: ignore[dict-item]
    (rejected,) = read(json.dumps({**SOQL, "OpportunityLineItems": part}).encode())
    assert rejected == Rejected(1, "its OpportunityLineItem is only a part of the whole list")


def test_adjacent_rows_with_dotted_names_become_one_record(read: Any) -> None:
    other = [{**row, "Opportunity.Id": "006000000000000002"} for row in ROWS]
    first, second = read(b"\n".join(json.dumps(row).encode() for row in [*ROWS, *other]))
    assert decoded(first) == RECORD
    assert (first.line, second.line) == (1, 3)


def test_dotted_names_within_a_soql_reply_are_taken_apart(read: Any) -> None:
    line = {"Id": "00k1", "PricebookEntry.ProductCode": "SKU-1"}
    reply = {**DEAL, "OpportunityLineItems": {"totalSize": 1, "records": [line]}}
    (record,) = read(json.dumps(reply).encode())
    assert decoded(record)["OpportunityLineItem"] == [{"Id": "00k1", "PricebookEntry": {"ProductCode": "SKU-1"}}]


def test_the_items_of_an_order_as_the_erp_wraps_them_become_a_list(read: Any) -> None:
    order = {"salesOrder": {"otherRefNum": "006", "item": {"items": [{"quantity": 1}], "totalResults": 1}}}
    (record,) = read(json.dumps(order).encode(), fields=CONTRACT.erp_fields)
    assert decoded(record)["salesOrder"]["item"] == [{"quantity": 1}]


def test_numbers_keep_their_last_digit(read: Any) -> None:
    reply = json.dumps(SOQL).replace("29.99", "123456789012345678.10").encode()
    (record,) = read(reply)
    assert b'"Amount":123456789012345678.10' in record.data


def test_a_compressed_file_reads_the_same(read: Any) -> None:
    assert read(gzip.compress(GOOD + b"\n"), "records.jsonl.gz") == [Record(1, GOOD)]


def test_a_byte_order_mark_is_not_part_of_a_record(read: Any) -> None:
    assert read(b"\xef\xbb\xbf" + GOOD) == [Record(1, GOOD)]


def test_blank_lines_and_windows_line_ends_mean_nothing(read: Any) -> None:
    assert read(b"\r\n" + GOOD + b"\r\n\r\n" + GOOD) == [Record(2, GOOD), Record(4, GOOD)]


BROKEN = {
    "cut short": (b'{"Opportunity": {"Id": "006', "not JSON: input data was truncated"),
    "no JSON": (b"<html>", "not JSON: invalid character (byte 0)"),
    "two values": (b"{} {}", "not JSON: trailing characters (byte 4)"),
    "a list": (b"[]", "not a JSON object"),
    "NaN": (b'{"Opportunity": {"Amount": NaN}}', "not JSON: invalid character (byte 27)"),
    "beyond a binary64": (b'{"Opportunity": {"Amount": 1e400}}', "not JSON: number out of range"),
    "too small even for a decimal": (b'{"Id": "1", "Amount": 1e-99999999999999999999}', "a number is out of range"),
    "an endless integer": (
        b'{"Opportunity": {"Amount": ' + b"9" * 5000 + b"}}",
        "not JSON: integer value out of range",
    ),
    "the same key twice": (b'{"Opportunity": {"Id": "1", "Id": "2"}}', "an object has the same key twice"),
    "the same key spelt twice": (b'{"Opportunity": {"Id": 1, "\\u0049d" : 2}}', "an object has the same key twice"),
    "nested a little too deep": (b'{"Opportunity": ' + b"[" * 40 + b"]" * 40 + b"}", "nested deeper than 32"),
    "nested beyond all bounds": (b"[" * 500_000, "nested too deep"),
    "Latin-1": (
        '{"Opportunity": {"Name": "Müller"}}'.encode("latin-1"),
        "not UTF-8; it may be Latin-1 or Windows-1252",
    ),
    "zero bytes": (b'{"Opportunity":\x00{}}', "has zero bytes; it may be UTF-16"),
    "no field of the contract": (b'{"foo": 1}', "it has no Opportunity, nor any of its fields"),
    "a whole reply": (
        b'{"totalSize": 1, "records": [{"Id": "1"}]}',
        "the whole reply of a query; each of its records has to be on a line of its own",
    ),
    "no object": (b'{"Opportunity": 5}', "Opportunity is not an object"),
    "too long": (b'{"Opportunity": {"Name": "' + b"x" * LONGEST_LINE + b'"}}', f"longer than {LONGEST_LINE} bytes"),
}


@pytest.mark.parametrize(("line", "reason"), BROKEN.values(), ids=list(BROKEN))
def test_a_broken_line_is_rejected_and_the_rest_goes_on(read: Any, line: bytes, reason: str) -> None:
    assert read(b"\n".join((GOOD, line, GOOD))) == [Record(1, GOOD), Rejected(2, reason), Record(3, GOOD)]


def test_no_reason_quotes_what_is_in_the_file() -> None:
    assert not any("ller" in reason or "Amount" in reason for _, reason in BROKEN.values())


def test_what_follows_where_a_compressed_file_is_cut_short_is_one_rejection(read: Any) -> None:
    lines = b"".join(GOOD.replace(b"Acme", str(n).encode()) + b"\n" for n in range(2000))
    *records, last = read(gzip.compress(lines)[:5000], "records.jsonl.gz")
    assert isinstance(last, Rejected)
    assert "cut short" in last.reason
    assert last.line == len(records) + 1


@given(st.sampled_from([GOOD, json.dumps(SOQL).encode(), json.dumps(ROWS[0]).encode()]), st.data())
def test_a_corrupted_line_does_not_affect_the_others(line: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(line)))
    rest = data.draw(st.integers(0, 9))
    spoilt = line[:place] + data.draw(st.binary(max_size=6)).replace(b"\n", b"") + line[place + rest :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.jsonl"
        path.write_bytes(b"\n".join((GOOD, spoilt, GOOD)))
        first, *_, last = read_records(path, FIELDS)
        found = check_records(path, VALIDATOR, unique=False)
    assert (first, last) == (Record(1, GOOD), Record(3, GOOD))
    assert found.seen + found.rejected in (2, 3)


def test_a_value_and_fields_below_it_in_one_row_are_rejected(read: Any) -> None:
    row = {**ROWS[0], "OpportunityLineItem.Id.Deep": 1}
    (rejected,) = read(json.dumps(row).encode())
    assert isinstance(rejected, Rejected)


# -- no file of records --------------------------------------------------------------------------------


def problem(path: Path) -> str:
    with pytest.raises(GamedayError) as caught:
        list(read_records(path, FIELDS))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    assert "No such file" in problem(tmp_path / "records.jsonl")


def test_a_folder_is_not_a_file_of_records(tmp_path: Path) -> None:
    assert "is a folder" in problem(tmp_path)


def test_an_unknown_suffix_names_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "records.xlsx").write_bytes(b"PK")
    assert ".jsonl" in problem(tmp_path / "records.xlsx")


@rows("indent", [None, 2])
def test_a_json_document_of_many_records_is_not_a_file_of_lines(tmp_path: Path, indent: int | None) -> None:
    path = tmp_path / "records.json"
    path.write_text(json.dumps([RECORD, RECORD], indent=indent))
    assert "is one JSON document" in problem(path)


@rows("encoding", ["utf-16", "utf-16-le"])
def test_a_file_in_utf_16_is_said_to_be_so(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(GOOD.decode().encode(encoding))
    assert "UTF-16" in problem(path)


def test_a_csv_file_without_a_column_of_the_contract_shows_its_header(tmp_path: Path) -> None:
    path = tmp_path / "records.csv"
    path.write_text("a,b\n1,2\n")
    assert "'a', 'b'" in problem(path)


@rows(
    "line",
    ["Schmidt;Acme GmbH;4711.50", "Schmidt,schmidt@example.com", "Schmidt,006000000000001AAA", "Zoë Schmidt,x y"],
)
def test_a_first_line_that_is_data_is_not_quoted(tmp_path: Path, line: str) -> None:
    path = tmp_path / "records.csv"
    path.write_text(f"{line}\n{line}\n")
    message = problem(path)
    assert "has no column of the contract" in message
    assert not [word for word in ("Schmidt", "Acme", "4711", "006") if word in message]


def test_columns_of_parquet_that_look_like_data_are_not_quoted(tmp_path: Path) -> None:
    path = parquet(tmp_path / "records.parquet", [{"Schmidt": "x", "4711.50": "y"}])
    assert "its columns: 2 names that look like data" in problem(path)


def test_rows_that_disagree_in_a_column_that_is_not_the_contracts_are_rejected_without_its_name(read: Any) -> None:
    rows = [json.dumps({**ROWS[0], "Schmidt": number}, default=str) for number in (1, 2)]
    (rejected,) = read("\n".join(rows).encode(), "records.jsonl")
    reason = "line 2 is of the same record but has a different value in a column that is not the contract's"
    assert rejected == Rejected(1, reason)


def test_a_csv_file_with_a_column_twice_says_which(tmp_path: Path) -> None:
    path = tmp_path / "records.csv"
    path.write_text("Opportunity.Id,Opportunity.Id\n1,2\n")
    assert "has Opportunity.Id twice" in problem(path)


def test_what_is_not_a_parquet_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "records.parquet"
    path.write_bytes(GOOD)
    assert "as Parquet" in problem(path)


# -- CSV -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_rows_of_one_record_become_one_record_with_the_contracts_types(read: Any, delimiter: str) -> None:
    (record,) = read(csv_bytes(ROWS, delimiter), "records.csv")
    assert decoded(record) == RECORD


def test_a_decimal_comma_is_read_where_semicolons_separate(read: Any) -> None:
    (record,) = read(csv_bytes([{**ROWS[0], "Opportunity.Amount": "29,99"}], ";"), "records.csv")
    assert decoded(record)["Opportunity"]["Amount"] == 29.99


def test_an_empty_cell_is_not_a_value_and_an_empty_item_not_an_item(read: Any) -> None:
    row = {name: "" if name.startswith("OpportunityLineItem") else value for name, value in ROWS[0].items()}
    (record,) = read(csv_bytes([{**row, "Opportunity.Name": ""}]), "records.csv")
    assert decoded(record)["OpportunityLineItem"] == []
    assert "Name" not in decoded(record)["Opportunity"]


def test_a_malformed_number_stays_text_for_the_validator(read: Any) -> None:
    (record,) = read(csv_bytes([{**ROWS[0], "Opportunity.Amount": "1.299,00 EUR"}]), "records.csv")
    assert decoded(record)["Opportunity"]["Amount"] == "1.299,00 EUR"


def test_columns_may_leave_out_the_name_of_the_record_itself(read: Any) -> None:
    rows = [{name.removeprefix("Opportunity."): value for name, value in row.items()} for row in ROWS]
    (record,) = read(csv_bytes(rows), "records.csv")
    assert decoded(record) == RECORD


def test_a_column_that_is_nested_without_end_is_not_the_contracts(read: Any) -> None:
    deep = "Opportunity" + ".a" * 30_000
    (record,) = read(csv_bytes([{**ROWS[0], deep: "1"}]), "records.csv")
    assert set(decoded(record)["Opportunity"]) == set(DEAL)


def test_a_cell_with_line_breaks_counts_their_lines(read: Any) -> None:
    rows = [{**ROWS[0], "Opportunity.Name": "a\nb"}, {**ROWS[0], "Opportunity.Id": "2"}]
    first, second = read(csv_bytes(rows), "records.csv")
    assert (first.line, second.line) == (2, 4)


def test_a_row_with_too_few_columns_is_rejected_and_the_rest_goes_on(read: Any) -> None:
    other = {**ROWS[0], "Opportunity.Id": "006000000000000002"}
    head, one, two = csv_bytes([ROWS[0], other]).splitlines()
    found = read(b"\n".join((head, one, b"a,b", two)), "records.csv")
    assert sorted((item.line, type(item)) for item in found) == [(2, Record), (3, Rejected), (4, Record)]


def test_a_record_with_a_broken_row_between_its_rows_is_rejected_as_a_whole(read: Any) -> None:
    head, one, two = csv_bytes(ROWS).splitlines()
    found = read(b"\n".join((head, one, b"a,b", two)), "records.csv")
    assert Rejected(2, "line 3, between its rows, is broken") in found
    assert not any(isinstance(item, Record) for item in found)


def test_rows_of_one_record_that_disagree_are_rejected_by_the_columns_name(read: Any) -> None:
    (rejected,) = read(csv_bytes([ROWS[0], {**ROWS[1], "Opportunity.Amount": "1"}]), "records.csv")
    assert rejected == Rejected(2, "line 3 is of the same record but has a different Opportunity.Amount")


def test_a_row_without_a_line_that_is_there_twice_is_two_records(read: Any) -> None:
    row = {name: value for name, value in ROWS[0].items() if name.startswith("Opportunity.")}
    assert len(read(csv_bytes([row, row]), "records.csv")) == 2


def test_a_record_of_endlessly_many_rows_is_rejected(read: Any) -> None:
    rows = csv_bytes([ROWS[0]]).splitlines()
    (rejected,) = read(b"\n".join((rows[0], *[rows[1]] * (MOST_ROWS + 2))), "records.csv")
    assert rejected == Rejected(2, f"has more than {MOST_ROWS} rows")


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (b'"a"b', "not CSV: ',' expected after '\"'"),
        (b"M\xfcller", "not UTF-8; it may be Latin-1 or Windows-1252"),
        (b"1e400", "the number in Opportunity.Amount is out of range"),
    ],
)
def test_a_broken_cell_is_rejected_with_its_line(read: Any, cell: bytes, reason: str) -> None:
    head, one, _ = csv_bytes(ROWS).splitlines()
    broken = one.replace(b"29.99", cell)
    (first, *_) = read(b"\n".join((head, broken)), "records.csv")
    assert first == Rejected(2, reason)


# -- Parquet -------------------------------------------------------------------------------------------


def parquet(path: Path, rows: list[dict[str, Any]], **options: Any) -> Path:
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.Table.from_pylist(rows), path, **options)
    return path


def test_rows_of_a_parquet_file_become_records(tmp_path: Path) -> None:
    (record,) = read_records(parquet(tmp_path / "records.parquet", ROWS), FIELDS)
    assert decoded(record) == RECORD


def test_nested_values_of_a_parquet_file_are_records(tmp_path: Path) -> None:
    first, second = read_records(parquet(tmp_path / "records.parquet", [RECORD, RECORD]), FIELDS)
    assert decoded(first) == decoded(second) == RECORD
    assert (first.line, second.line) == (1, 2)


def test_decimals_of_a_parquet_file_keep_their_last_digit(tmp_path: Path) -> None:
    row = {**ROWS[0], "Opportunity.Amount": Decimal("123456789012345678.10")}
    (record,) = read_records(parquet(tmp_path / "records.parquet", [row]), FIELDS)
    assert isinstance(record, Record)
    found = msgspec.json.decode(record.data, type=dict[str, dict[str, Any] | list[Any]])
    assert b"123456789012345678.10" in record.data
    assert found


def test_a_number_that_is_not_finite_is_rejected_by_its_row(tmp_path: Path) -> None:
    rows = [ROWS[0], {**ROWS[0], "Opportunity.Id": "2", "Opportunity.Amount": float("nan")}]
    found = list(read_records(parquet(tmp_path / "records.parquet", rows), FIELDS))
    assert Rejected(2, "has a number that is not finite") in found
    assert any(isinstance(item, Record) and item.line == 1 for item in found)


def test_a_broken_row_group_is_rejected_and_the_others_are_read(tmp_path: Path) -> None:
    rows = [{**ROWS[0], "Opportunity.Id": str(n), "Opportunity.Name": f"{n * 7919}" * 30} for n in range(3)]
    path = parquet(tmp_path / "records.parquet", rows, row_group_size=1, compression="gzip", use_dictionary=False)
    data = bytearray(path.read_bytes())
    third = len(data) // 3
    data[third : third + 400] = bytes(400)
    path.write_bytes(data)
    found = list(read_records(path, FIELDS))
    assert any(isinstance(item, Rejected) and "row group" in item.reason for item in found)
    assert any(isinstance(item, Record) for item in found)


def test_without_pyarrow_the_error_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    (tmp_path / "records.parquet").write_bytes(b"PAR1")
    assert "pip install pyarrow" in problem(tmp_path / "records.parquet")


# -- progress ------------------------------------------------------------------------------------------


@rows("name", ["records.jsonl", "records.csv"])
def test_progress_ends_with_the_whole_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes((GOOD + b"\n") * 5000 if name.endswith("jsonl") else csv_bytes(ROWS * 4000))
    seen: list[tuple[int, int]] = []
    list(read_records(path, FIELDS, progress=lambda done, total: seen.append((done, total))))
    size = path.stat().st_size
    assert seen[-1] == (size, size)
    assert len(seen) > 1
    assert all(0 <= done <= total == size for done, total in seen)
    assert seen == sorted(seen)


def test_an_endless_line_is_never_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    with path.open("wb") as file:
        for _ in range(24):
            file.write(b"x" * LONGEST_LINE)
        file.write(b"\n" + GOOD)
    tracemalloc.start()
    try:
        assert list(read_records(path, FIELDS)) == [Rejected(1, f"longer than {LONGEST_LINE} bytes"), Record(2, GOOD)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * LONGEST_LINE


def test_a_header_with_a_bare_carriage_return_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "records.csv"
    path.write_bytes(b"Opportunity.Id,a\rb\n1,2\n")
    with pytest.raises(GamedayError, match=r"records\.csv: its header is not CSV"):
        list(read_records(path, FIELDS))
