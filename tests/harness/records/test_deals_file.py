"""Order books as CRMs export them: recognised, exact to the cent, and one line for a bad row."""

from __future__ import annotations

import csv
import tempfile
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gameday.base.errors import GamedayError
from gameday.base.money import net_total
from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import DealLine, Workload, workloads

SAMPLE = "superstore-sample.csv"
DEALS = Path(__file__).parents[3] / "scenarios" / "gameday_scenarios" / "deals"
HEADER = "Order ID,Customer ID,Product ID,Quantity,Amount"


def make(file: object, count: int = 1000, seed: int = 7, **params: Any) -> Workload:
    return workloads["deals file"](WorkloadSpec("deals file", count, 60.0, {"file": str(file), **params}), seed)


@pytest.fixture
def book(tmp_path: Path):
    def book(*lines: str, name: str = "book.csv", end: str = "\n", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes("".join(line + end for line in lines).encode(encoding))
        return path

    return book


def deals(workload: Workload) -> dict[str, dict[str, Any]]:
    return {op.key: op.value for op in workload.operations if op.f == "close_deal"}


def problem(file: object, **params: Any) -> str:
    with pytest.raises(GamedayError) as caught:
        make(file, **params)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# -- the sample --------------------------------------------------------------------------------------


def rows_of_the_sample() -> list[dict[str, str]]:
    with (DEALS / SAMPLE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_sample_has_three_hundred_orders() -> None:
    assert len(deals(make(SAMPLE))) == 300


def test_the_sample_holds_totals_of_more_decimals_than_money_has() -> None:
    assert any(len(row["Sales"].partition(".")[2]) > 2 for row in rows_of_the_sample())


def test_the_samples_licence_lies_beside_it() -> None:
    assert "Permission is hereby granted" in (DEALS / "superstore.LICENSE").read_text()


def test_the_sample_reconciles_to_the_cent() -> None:
    expected: dict[str, Decimal] = {}
    for row in rows_of_the_sample():
        cents = Decimal(row["Sales"]).quantize(Decimal("0.01"), ROUND_HALF_UP)
        expected[row["Order ID"]] = expected.get(row["Order ID"], Decimal(0)) + cents
    assert {key: Decimal(deal["amount"]) for key, deal in deals(make(SAMPLE)).items()} == expected


def test_only_so_many_deals_are_used_in_the_order_of_the_file() -> None:
    first = list(dict.fromkeys(row["Order ID"] for row in rows_of_the_sample()))[:20]
    assert list(deals(make(SAMPLE, count=20))) == first


def test_the_catalogue_of_a_part_is_not_a_larger_than_its_deals() -> None:
    workload = make(SAMPLE, count=20)
    used = {line["sku"] for deal in deals(workload).values() for line in deal["lines"]}
    assert {product.sku for product in workload.catalog.products} == used
    assert {account.key for account in workload.catalog.accounts} == {d["account"] for d in deals(workload).values()}


def test_every_line_is_sold_at_its_items_price_in_the_catalogue() -> None:
    workload = make(SAMPLE)
    prices = {product.sku: product.prices for product in workload.catalog.products}
    for deal in deals(workload).values():
        for line in deal["lines"]:
            assert prices[line["sku"]][deal["currency"]] == Decimal(line["unit_price"])


def test_prices_have_at_most_eight_decimals() -> None:
    lines = [line for deal in deals(make(SAMPLE)).values() for line in deal["lines"]]
    assert max(-Decimal(line["unit_price"]).as_tuple().exponent for line in lines) <= 8


def test_the_same_seed_makes_the_same_bytes() -> None:
    assert msgspec.json.encode(make(SAMPLE)) == msgspec.json.encode(make(SAMPLE))


def test_deals_of_a_file_may_change_later_too() -> None:
    found = [op.f for op in make(SAMPLE, count=100, amended=0.1, voided=5).operations]
    assert (found.count("amend_deal"), found.count("void_deal")) == (10, 5)


def test_the_currencies_of_generated_deals_mean_nothing_to_a_file() -> None:
    assert make(SAMPLE, currencies=["JPY"]) == make(SAMPLE)


# -- shapes of files ---------------------------------------------------------------------------------


def test_the_columns_of_a_crm_export_are_recognised(book) -> None:
    path = book(
        "Opportunity ID,Opportunity Name,Account ID,Account Name,CurrencyIsoCode,Close Date,Product Code,Product Name,"
        "Quantity,Total Price",
        "006A,Big deal,001B,Ängström & Co,EUR,2026-02-03,SKU-1,A thing,2,19.99",
    )
    workload = make(path)
    assert deals(workload) == {
        "006A": {
            "name": "Big deal",
            "account": "001B",
            "currency": "EUR",
            "amount": "19.99",
            "close_date": "2026-02-03",
            "lines": [{"sku": "SKU-1", "quantity": "2", "unit_price": "9.995", "amount": "19.99"}],
        }
    }
    assert workload.catalog.accounts[0].name == "Ängström & Co"


def test_columns_of_other_names_are_named_by_a_table(book) -> None:
    path = book("Auftrag,Artikel,Menge,Netto", "A1,S1,2,5.00")
    table = {"order": "Auftrag", "sku": "Artikel", "quantity": "Menge", "amount": "Netto"}
    assert deals(make(path, columns=table))["A1"]["amount"] == "5.00"


def test_an_amount_may_be_price_times_quantity(book) -> None:
    path = book("Order ID,Product ID,Quantity,Unit Price", "A1,S1,3,0.335")
    assert deals(make(path))["A1"]["amount"] == "1.01"


def test_a_half_cent_goes_up(book) -> None:
    path = book(HEADER, "A1,C1,S1,1,0.125", "A1,C1,S2,1,0.135")
    assert [line["amount"] for line in deals(make(path))["A1"]["lines"]] == ["0.13", "0.14"]


def test_amounts_have_the_decimals_of_their_currency(book) -> None:
    path = book(HEADER + ",Currency", "A1,C1,S1,1,100.5,JPY", "A2,C1,S1,1,1.2345,KWD")
    assert [deal["amount"] for deal in deals(make(path)).values()] == ["101", "1.235"]


def test_rows_of_a_deal_need_not_stand_together(book) -> None:
    path = book(HEADER, "A1,C1,S1,1,1", "A2,C1,S1,1,1", "A1,C1,S2,1,2")
    assert deals(make(path, count=1))["A1"]["amount"] == "3.00"


def test_a_product_at_two_prices_has_the_higher_one_in_the_list_and_the_lower_one_is_a_discount(book) -> None:
    path = book(HEADER, "A1,C1,S1,1,10", "A2,C1,S1,1,9", "A3,C1,S1,2,20", "A4,C1,S1,3,10", "A5,C1,S1,1,0")
    workload = make(path)
    lines = [deal["lines"][0] for deal in deals(workload).values()]
    assert {(line["sku"], line["unit_price"]) for line in lines} == {("S1", "10")}
    assert [line.get("discount") for line in lines] == [None, "10", None, "66.6666666667", "100"]
    assert [line["amount"] for line in lines] == ["10.00", "9.00", "20.00", "10.00", "0.00"]
    [product] = workload.catalog.products
    assert (product.sku, product.prices) == ("S1", {"USD": Decimal(10)})


@given(st.lists(st.tuples(st.integers(1, 999), st.decimals("0", "99999", places=2)), min_size=2, max_size=6))
def test_the_discounts_give_the_amounts_of_the_file(sold: list[tuple[int, Decimal]]) -> None:
    rows = [f"A{number},C1,S1,{quantity},{amount}" for number, (quantity, amount) in enumerate(sold)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.csv"
        path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
        for deal in deals(make(path)).values():
            [line] = (msgspec.convert(each, DealLine, strict=False) for each in deal["lines"])
            net = net_total(line.unit_price, line.quantity, line.discount, "USD")
            assert line.discount is None or net == line.amount


@pytest.mark.parametrize(
    ("lines", "options"),
    [
        ([HEADER, "A1,C1,S1,2,5.5"], {"encoding": "utf-8-sig"}),
        ([HEADER, "A1,C1,S1,2,5.5"], {"end": "\r\n"}),
        ([HEADER, "", "A1,C1,S1,2,5.5", ""], {}),
        ([HEADER, '"A1","C1","S1","2","5.5"'], {}),
        ([HEADER, " A1 , C1 , S1 , 2 , 5.5 "], {}),
        ([HEADER.replace(",", ";"), "A1;C1;S1;2;5,5"], {}),
        ([HEADER.replace(",", ";"), "A1;C1;S1;2;5.5"], {}),
        ([HEADER.replace(",", "\t"), "A1\tC1\tS1\t2\t5.5"], {}),
        (["ORDER_ID,customer id,productid,QTY,line-total", "A1,C1,S1,2,5.5"], {}),
        (['{"order": "A1", "account": "C1", "sku": "S1", "quantity": 2, "amount": 5.5}'], {"name": "b.jsonl"}),
        (['{"order": "A1", "account": "C1", "sku": "S1", "quantity": 2, "amount": "5.5"}'], {"name": "b.ndjson"}),
    ],
)
def test_the_usual_forms_of_a_file_say_the_same(book, lines: list[str], options: dict[str, str]) -> None:
    found = deals(make(book(*lines, **options)))["A1"]
    assert (found["account"], found["amount"], found["lines"][0]["unit_price"]) == ("C1", "5.50", "2.75")


def test_a_line_feed_in_quotes_does_not_shift_the_lines_that_errors_name(book) -> None:
    path = book(HEADER + ",Note", 'A1,C1,S1,1,1,"two\nlines"', "A2,C1,S1,none,1,x")
    assert f"{path}:4:" in problem(path)


# -- mistakes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",C1,S1,1,1", [":2:", "'Order ID'", "empty"]),
        ("A1,C1,,1,1", ["'product'", "empty"]),
        ("A1,C1,S1,none,1", [":2:", "'Quantity'", "'aaaa'"]),
        ("A1,C1,S1,0,1", ["'Quantity'", "'0'"]),
        ("A1,C1,S1,1,-5", ["'Amount'", "'-0'"]),
        ("A1,C1,S1,1,$5", ["'Amount'", "'$0'"]),
        ('A1,C1,S1,1,"1,000.00"', ["'0,000.00'", "thousands"]),
        ("A1,C1,S1,1,nan", ["'aaa'"]),
        ("A1,C1,S1,1,1e999", ["'0a000'"]),
        ("A1,C1,S1,1,1e12", ["'0a00'"]),
        ("A1,C1,S1,1e-9,1", ["'0a-0'"]),
        ("A1,C1,S1,0.00000001,900000000000", ["too large"]),
        ("A1,C1,S1,1", [":2:", "4 columns", "5"]),
        ("A1,C1,S1,1,1,1", ["6 columns"]),
        ('A1,C1,S1,1,"1', ["book.csv"]),
        (f"{'A' * 300},C1,S1,1,1", ["'Order ID'", "longer than 255"]),
        ("A1,C\x031,S1,1,1", ["'Customer ID'", "control character"]),
        (f"{'A' * 200_000},C1,S1,1,1", [":2:", "not CSV"]),
        ("A1,C1,S1,1,1\nA1,C2,S1,1,1", [":3:", "'Customer ID'", "differs from an earlier row"]),
    ],
)
def test_a_bad_row_is_one_line_with_line_column_and_form(book, row: str, said: list[str]) -> None:
    found = problem(book(HEADER, row))
    assert [part for part in said if part not in found] == []
    assert len(found) < 500


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        (HEADER + ",Date", "A1,C1,S1,1,1,03/04/2026", ["'00/00/0000'", "YYYY-MM-DD"]),
        (HEADER + ",Currency", "A1,C1,S1,1,1,Euro", ["'Aaaa'", "ISO"]),
        ("Order ID,Product ID,Quantity", "A1,S1,1", ["no column for the amount or unit_price", "'Product ID'"]),
        ("a", "1", ["no column for the order"]),
        ("", "", ["no column for the order", "none"]),
    ],
)
def test_a_bad_column_is_one_line(book, header: str, row: str, said: list[str]) -> None:
    found = problem(book(header, row))
    assert [part for part in said if part not in found] == []


@pytest.mark.parametrize(
    ("columns", "said"), [({"amount": "Amout"}, "did you mean 'Amount'"), ({"amnt": "Amount"}, "did you mean 'amount'")]
)
def test_a_table_of_columns_that_does_not_fit_is_one_line(book, columns: dict[str, str], said: str) -> None:
    assert said in problem(book(HEADER, "A1,C1,S1,1,1"), columns=columns)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not a JSON object"),
        ("[1]", "not a JSON object"),
        ("[" * 100_000, "not a JSON object"),
        ('{"order": "A2", "sku": "S1", "quantity": [2], "amount": 5}', "column 'quantity'"),
        ('{"order": "A2", "sku": "S1", "amount": 5}', "column 'quantity'"),
        ('{"order": "A2", "sku": "S1", "quantity": true, "amount": 5}', "column 'quantity'"),
    ],
)
def test_a_bad_json_line_is_one_line(book, line: str, said: str) -> None:
    good = '{"order": "A1", "sku": "S1", "quantity": 2, "amount": 5}'
    found = problem(book(good, line, name="book.jsonl"))
    assert ":2:" in found
    assert said in found


def test_latin_1_is_named_with_its_line(book) -> None:
    path = book(HEADER, "A1,C1,S1,1,1", "A2,Müller,S1,1,1", encoding="latin-1")
    assert f"{path}:3: not UTF-8 (it may be Latin-1" in problem(path)


def test_an_unknown_file_is_answered_with_the_samples() -> None:
    assert f"known: {SAMPLE}" in problem("superstore.csv")


def test_a_file_of_a_header_only_has_no_deals(book) -> None:
    assert "has no deals" in problem(book(HEADER))


def _survives(data: bytes, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"book{suffix}"
        path.write_bytes(data)
        try:
            make(path)
        except GamedayError as found:
            assert "\n" not in str(found)
            assert len(str(found)) < 3000


@given(st.binary(max_size=200), st.sampled_from([".csv", ".jsonl"]))
@example(b"\x00", ".csv")
@example(b'"', ".csv")
@example(b"\r", ".csv")
@example(b"", ".jsonl")
def test_any_bytes_give_at_most_one_line(data: bytes, suffix: str) -> None:
    _survives(data, suffix)


_CELLS = st.text(st.sampled_from("0123456789.,-+eE \"'AS;é\r\n_"), max_size=12)


@given(st.lists(st.lists(_CELLS, min_size=5, max_size=5), max_size=4))
@example([["A", "C", "S", "1", "1_0"]])
@example([["A", "C", "S", "9" * 12, "9" * 12]])
@example([["A", "C", "S", "1", "٣"]])
def test_no_cells_make_anything_but_one_line(rows: list[list[str]]) -> None:
    _survives("\n".join([HEADER, *(",".join(row) for row in rows)]).encode(), ".csv")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(["order", "sku", "quantity", "amount", "currency", "date"]), _JSON))
def test_no_json_makes_anything_but_one_line(record: dict[str, Any]) -> None:
    _survives(msgspec.json.encode(record), ".jsonl")
