"""Expressions: what is printed is read again as the same, and what records meet them."""

from __future__ import annotations

import datetime
import json
import re
from decimal import Decimal
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.odata.sample import ask, customer_id, filled
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.expressions import (
    AllOf,
    AnyOf,
    Calculate,
    Call,
    Compare,
    Expression,
    In,
    Lambda,
    Negative,
    Not,
    Path,
    Value,
)
from gameday_fakes.odata.model import Version
from gameday_fakes.odata.parser import DEEPEST, parse, parse_orderby, text_of
from support.rows import rows

NAMES = st.from_regex(r"[A-Z][A-Za-z0-9_]{0,8}", fullmatch=True)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: Path(tuple(names)))
MOMENTS = datetime.datetime.fromisoformat("1000-01-02")
SPANS = st.timedeltas(datetime.timedelta(days=-9000), datetime.timedelta(days=9000))
WHOLE = st.integers(-(2**31) + 1, 2**31 - 1).map(lambda number: Value("Edm.Int32", number))
LONG = st.integers(2**31, 2**62).map(lambda number: Value("Edm.Int64", number))
DECIMALS = st.decimals(-(10**9), 10**9, places=3, allow_nan=False).map(lambda number: Value("Edm.Decimal", number))
DOUBLES = st.integers(1, 10**9).map(lambda number: Value("Edm.Double", Decimal(f"{number:e}")))
COMMON = st.one_of(
    st.text().map(lambda text: Value("Edm.String", text)),
    st.booleans().map(lambda flag: Value("Edm.Boolean", flag)),
    st.just(Value("null")),
    st.uuids().map(lambda guid: Value("Edm.Guid", str(guid))),
    st.datetimes(MOMENTS, timezones=st.just(datetime.UTC)).map(lambda moment: Value("Edm.DateTimeOffset", moment)),
    st.binary(max_size=12).map(lambda data: Value("Edm.Binary", data)),
    WHOLE,
    LONG,
    DECIMALS,
)
LITERALS: dict[Version, st.SearchStrategy[Value]] = {
    "2.0": st.one_of(
        COMMON,
        st.datetimes(MOMENTS).map(lambda moment: Value("Edm.DateTime", moment)),
        SPANS.map(lambda span: Value("Edm.Time", span)),
    ),
    "4.0": st.one_of(
        COMMON,
        st.dates(datetime.date(1000, 1, 1)).map(lambda day: Value("Edm.Date", day)),
        st.times().map(lambda time: Value("Edm.TimeOfDay", time)),
        SPANS.map(lambda span: Value("Edm.Duration", span)),
        st.just(Value("Sample.OrderStatus", "Open")),
        DOUBLES,
    ),
}
KINDS = ("and", "or", "compare", "calculate", "not", "negative", "call")


@st.composite
def expressions(draw: st.DrawFn, version: Version, depth: int = 3) -> Expression:
    """Any expression of a version, nested so deep at most."""
    kinds = [*KINDS, *(("in", "lambda") if version == "4.0" else ())]
    kind = draw(st.sampled_from(kinds)) if depth and draw(st.integers(0, 3)) else "leaf"
    inner = expressions(version, depth - 1)
    match kind:
        case "and" | "or":
            of = AllOf if kind == "and" else AnyOf
            # A list whose first part is such a list itself is the same list.
            first = draw(inner.filter(lambda each: not isinstance(each, of)))
            return of((first, *draw(st.lists(inner, min_size=1, max_size=3))))
        case "compare":
            return Compare(draw(st.sampled_from(("eq", "ne", "gt", "ge", "lt", "le"))), draw(inner), draw(inner))
        case "calculate":
            return Calculate(draw(st.sampled_from(("add", "sub", "mul", "div", "mod"))), draw(inner), draw(inner))
        case "not":
            return Not(draw(inner))
        case "negative":
            # A number's sign is part of the number.
            return Negative(draw(inner.filter(lambda each: not isinstance(each, Value))))
        case "call":
            return Call(draw(NAMES), tuple(draw(st.lists(inner, max_size=3))))
        case "in":
            return In(draw(inner), tuple(draw(st.lists(LITERALS[version], min_size=1, max_size=3))))
        case "lambda":
            path, quantifier = draw(PATHS), draw(st.sampled_from(("any", "all")))
            return Lambda(path, quantifier, draw(NAMES), draw(inner)) if draw(st.booleans()) else Lambda(path, "any")
    return draw(st.one_of(PATHS, LITERALS[version]))


@given(expressions("4.0"))
def test_what_is_printed_in_version_4_is_read_again(expression: Expression) -> None:
    assert parse(text_of(expression, "4.0"), "4.0") == expression


@given(expressions("2.0"))
def test_what_is_printed_in_version_2_is_read_again(expression: Expression) -> None:
    assert parse(text_of(expression, "2.0"), "2.0") == expression


PIECES = st.sampled_from(
    [
        *("(", ")", "'", ",", "/", ":", ";", "-", "*", "=", " ", "not ", " eq ", " and ", " in ", "any(", "x:", "null"),
        *("true", "1", "1e9", "2020-01-01", "datetime'", "Number", "Items", "Buyer", "Total", "'a'", "''", "$it"),
        *("$count", "9" * 50, "1.5M", "duration'P1D'", "year("),
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=30).map("".join)), st.sampled_from(("2.0", "4.0")))
def test_any_text_is_an_expression_or_refused(text: str, version: Version) -> None:
    service = filled(version)
    for option in ("$filter", "$orderby", "$expand", "$select", "$skiptoken", "$top"):
        try:
            ask(service, f"Orders?{option}={quote(text)}")
        except ODataError as problem:
            assert problem.kind in ("bad_filter", "bad_option", "not_implemented")


def chosen(version: Version, condition: str) -> list[str]:
    """The numbers of the orders that meet a condition."""
    service = filled(version)
    document = json.loads(ask(service, f"Orders?$filter={quote(condition)}&$select=Number").body)
    rows = document["d"]["results"] if version == "2.0" else document["value"]
    return [row["Number"][2:].lstrip("0") or "0" for row in rows]


@rows(
    ("condition", "expected"),
    [
        ("Total gt 20", "9 10 11"),
        ("Total add 5 mul 2 eq 12.5", "1"),
        ("(Total add 5) mul 2 eq 15", "1"),
        ("Computed div 2 eq 5", "10 11"),
        ("Computed divby 2 eq 5.5", "11"),
        ("Computed mod 5 eq 4", "4 9"),
        ("-Computed eq -3", "3"),
        ("Reference eq null", "4 9"),
        ("Reference ne null and Total lt 5", "0 1"),
        ("not (Reference eq 'deal-1') and Total lt 3", "0"),
        ("Reference gt 'deal-5'", "6"),
        ("Reference in ('deal-1','deal-2')", "1 2 8"),
        ("Status eq 'Open' and Urgent", "4"),
        ("Status eq Sample.OrderStatus'Open' and Urgent eq true", "4"),
        ("contains(Reference,'-6') or startswith(Number,'O01')", "6 10 11"),
        ("endswith(toupper(Reference),'L-3')", "3 10"),
        ("indexof(Reference,'6') eq 5", "6"),
        ("substring(Number,3) eq '7'", "7"),
        ("substring(Number,1,2) eq '01'", "10 11"),
        ("concat(Number,Status) eq 'O001Open'", "1"),
        ("length(Reference) eq 6 and tolower(Number) eq 'o003'", "3"),
        ("trim('  x ') eq 'x' and Total lt 1", "0"),
        ("Placed ge 2026-01-11", "10 11"),
        ("Placed eq 2026-01-04T00:00:00Z", "3"),
        ("year(Placed) eq 2026 and day(Placed) eq 5", "4"),
        ("hour(Changed) eq 7 and minute(Changed) eq 30", "7"),
        ("date(Changed) eq 2026-01-01 and time(Changed) ge 11:00:00", "11"),
        ("Changed lt 2026-01-01T03:00:00+02:00", "0"),
        ("Placed add duration'P2D' eq 2026-01-05", "2"),
        ("Placed sub 2026-01-01 ge duration'P10D'", "10 11"),
        ("round(Total) eq 3", "1"),
        ("floor(Total) eq 2 or ceiling(Total) eq 8", "1 3"),
        (f"Customer eq {customer_id(1)} and Total lt 4", "1"),
        (f"Buyer/Id eq '{customer_id(0)}' and Total lt 4", "0"),
        ("Buyer/City eq null and Total lt 10", "1 3"),
        ("Items/any()", "1 2 4 5 7 8 10 11"),
        ("Items/$count eq 2", "2 5 8 11"),
        ("Items/any(i:i/Line eq 20 and i/Quantity eq 12)", "11"),
        ("Items/all(i:i/Quantity gt 9)", "0 3 6 9 10 11"),
        ("Items/any(i:i/Order/Number eq $it/Number and i/Line eq 20) and Total gt 20", "11"),
        ("Items/any(i:i/Lead eq duration'P1D' and i/Weight lt 1e0 and i/Stock gt 1099511627776)", "2 5 8 11"),
    ],
)
def test_conditions_of_version_4(condition: str, expected: str) -> None:
    assert chosen("4.0", condition) == expected.split()


@rows(
    ("condition", "expected"),
    [
        ("substringof('-6',Reference)", "6"),
        ("replace(Reference,'deal','d') eq 'd-3'", "3 10"),
        ("Placed ge datetime'2026-01-11T00:00:00'", "10 11"),
        ("Changed eq datetimeoffset'2026-01-01T05:30:00Z'", "5"),
        ("Total eq 12.5M or Total eq 15m", "5 6"),
        (f"Customer eq guid'{customer_id(1)}' and Computed lt 3L", "1"),
        ("Buyer/Name eq 'Bravo' and Computed lt 2", "1"),
        ("month(Placed) eq 1 and Computed sub 1 eq 2", "3"),
        ("Urgent and not startswith(Number,'O00')", ""),
    ],
)
def test_conditions_of_version_2(condition: str, expected: str) -> None:
    assert chosen("2.0", condition) == expected.split()


@rows(
    ("version", "condition", "said"),
    [
        ("4.0", "Nmae eq 'x'", "named 'Nmae' on type 'Sample.Order'"),
        ("4.0", "Number eq 5", "'string' and 'number'"),
        ("4.0", "Total eq", "an expression expected, found the end"),
        ("4.0", "(Total eq 1", "')' expected, found the end"),
        ("4.0", "Total", "not a condition"),
        ("4.0", "Total eq 1 Total", "the end expected, found 'Total'"),
        ("4.0", "Total eq §", "character '§' is not valid at position 9"),
        ("4.0", "nosuch(Total) eq 1", "unknown function with name 'nosuch'"),
        ("4.0", "length() eq 1", "'length' takes 1 arguments, not 0"),
        ("4.0", "length(Total) eq 1", "'length' takes no value of the kind 'number'"),
        ("4.0", "Items/Line eq 1", "several records"),
        ("4.0", "Buyer/any(b:b/Name eq 'x')", "does not lead to several records"),
        ("4.0", "Items/any(i:i/Order/Items/any(i:i/Line eq 1))", "'i' is used twice"),
        ("4.0", "Total div 0 eq 1", "cannot be calculated"),
        ("4.0", "Placed eq 2026-13-01", "Unrecognized 'Edm.Date' literal"),
        ("4.0", "Total eq 1e999", "Unrecognized"),
        ("4.0", "Total eq " + "9" * 100, "Unrecognized"),
        ("4.0", "Total eq 12.5M", "not valid at position"),
        ("2.0", "Reference in ('a')", "the end expected, found 'in'"),
        ("2.0", "contains(Reference,'a')", "unknown function with name 'contains'"),
        ("2.0", "Placed eq datetime'yesterday'", "Unrecognized 'Edm.DateTime' literal"),
        ("2.0", "Placed eq nosuch'1'", "Unknown literal prefix 'nosuch'"),
    ],
)
def test_a_mistake_is_refused_with_what_is_wrong(version: Version, condition: str, said: str) -> None:
    with pytest.raises(ODataError, match=re.escape(said)) as refused:
        chosen(version, condition)
    assert refused.value.kind == "bad_filter"


@rows(
    "text",
    [
        *(
            "(" * (DEEPEST + 1) + "a" + ")" * (DEEPEST + 1),
            "not " * 200 + "a",
            "-" * 500 + "a",
            " add ".join("a" * 200),
        ),
        *("f(" * 200 + "a" + ")" * 200, "a/any(b:" * 100 + "a" + ")" * 100, " eq ".join("a" * 300)),
    ],
)
def test_what_is_nested_too_deeply_is_refused(text: str) -> None:
    with pytest.raises(ODataError, match="levels deep"):
        parse(text, "4.0")


def test_a_long_chain_of_conditions_is_not_deep() -> None:
    text = " or ".join(f"Computed eq {number}" for number in range(900))
    assert len(chosen("4.0", text)) == 12


def test_texts_that_functions_give_are_bounded() -> None:
    grown = "'aaaaaaaaaa'"
    for _ in range(8):
        grown = f"replace({grown},'a','aaaaaaaaaa')"
    with pytest.raises(ODataError, match="more than 100000 characters"):
        chosen("2.0", f"{grown} eq 'x'")


def test_an_order_by_has_directions() -> None:
    assert parse_orderby("a desc, b/c asc,d add 1", "4.0") == (
        (Path(("a",)), True),
        (Path(("b", "c")), False),
        (Calculate("add", Path(("d",)), Value("Edm.Int32", 1)), False),
    )
