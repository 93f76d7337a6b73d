"""The fast way and the explaining way are one validator: what the one accepts is what the other finds nothing in."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameday.base.errors import GamedayError
from gameday.model.contract import Field
from gameday.records.examples import make_records
from gameday.records.meaning import Meaning
from gameday.records.problems import Problem
from gameday.records.rules import Bound, BusinessRule
from gameday.records.validator import Validator
from support.rows import rows

TEXTS = st.one_of(
    st.sampled_from(
        ["", "EUR", "eur", "JPY", "JPY\n", "Closed Won", "006AB", "٣", "5.0", "true", "x" * 20, "\u0000", "é"]
    ),
    st.text(max_size=6),
)
MOMENTS = st.sampled_from(
    [
        *("2024-03-09", "2024-02-30", "0000-01-01", "2024-3-9", "20240309", "2024-W10-6", "2024-03-09\n", "٢024-03-09"),
        *("2024-03-09T08:00:00.000+0000", "2024-03-09T08:00:00Z", "2024-03-09 08:00:00", "2024-03-09T24:00:00Z"),
        *("2024-03-09T08:00:60Z", "2024-03-09T08:00:00+25:00", "2024-03-09T08:00:00.1234567Z", "2024-02-30T08:00:00Z"),
        *("2024-03-09T08:00:00-00:00", "2024-03-09T08:00:00+01:60", "2024-03-09T08:00:00,5Z", "2024-03-09t08:00:00z"),
        *(
            "08:00:00",
            "24:00:00",
            "08:00:00.5",
            "09.03.2024",
            "31.02.2024",
            "9.3.2024 7:05",
            "0001-01-01T00:00:00+23:59",
        ),
    ]
)
NUMBERS = st.one_of(
    st.integers(-5, 200),
    st.decimals(-5, 200, places=2),
    st.decimals(-5, 200, places=3),
    st.sampled_from([2**63, -(2**63) - 1, 2**64, 10**30, Decimal("1E+400"), Decimal("1E-400"), Decimal("1E+300")]),
    st.sampled_from(
        [Decimal("100.0"), Decimal("0.0"), Decimal("-0.0"), 0, 100, Decimal("5E+1"), Decimal("99.999999999999999999")]
    ),
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, MOMENTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abId"), inner, max_size=3)),
    max_leaves=4,
)
LIMITS = st.sampled_from([0, 1, 100, Decimal("99.5"), -1, 0.1])


def constraints(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    match kind:
        case "string":
            return st.fixed_dictionaries(
                {},
                optional={
                    "minLength": st.integers(0, 4),
                    "maxLength": st.integers(3, 18),
                    "pattern": st.sampled_from(["^[A-Z]{3}$", "^\\d+$", "[A-Z]", "^(EUR|USD)$", "^[$]?\\w*$"]),
                    "enum": st.lists(st.sampled_from(["EUR", "JPY", "Closed Won", "", "eur"]), min_size=1, unique=True),
                },
            )
        case "number" | "integer":
            return st.fixed_dictionaries(
                {},
                optional={
                    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), LIMITS),
                    "multipleOf": st.sampled_from([1, Decimal("0.01"), 0.5]),
                    "enum": st.just([0, 100, 5.5]),
                    **({"format": st.sampled_from(["i8", "u16", "i64", "u128"])} if kind == "integer" else {}),
                },
            )
        case "date":
            return st.fixed_dictionaries(
                {},
                optional={
                    "format": st.sampled_from(["yyyy-MM-dd", "yyyy-MM-dd"]),
                    "minimum": st.just("2024-01-01"),
                    "exclusiveMaximum": st.just("2024-03-09"),
                    "enum": st.just(["2024-03-09"]),
                },
            ) | st.just({"format": "dd.MM.yyyy"})
        case "timestamp":
            return st.fixed_dictionaries(
                {},
                optional={
                    "timezone": st.booleans(),
                    "defaultTimezone": st.just("Europe/Berlin"),
                    "minimum": st.just("2024-03-09T08:00:00Z"),
                },
            ) | st.just({"format": "d.M.yyyy H:mm"})
        case "array" | "object":
            few = "minItems" if kind == "array" else "minProperties"
            many = "maxItems" if kind == "array" else "maxProperties"
            unique = {"uniqueItems": st.just(True)} if kind == "array" else {"required": st.just(["a"])}
            return st.fixed_dictionaries({}, optional={few: st.integers(0, 2), many: st.integers(1, 3), **unique})
        case "vector":
            return st.just({"dimensions": 2})
        case "boolean" | "":
            return st.just({}) | st.just({"enum": [True]})
    return st.just({})


KINDS = ("string", "number", "integer", "boolean", "date", "time", "timestamp", "object", "array", "map", "vector", "")
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXTS,
    "number": NUMBERS,
    "integer": NUMBERS,
    "boolean": st.booleans(),
    "date": MOMENTS,
    "time": MOMENTS,
    "timestamp": MOMENTS,
    "array": st.lists(NUMBERS | st.booleans(), max_size=3),
    "vector": st.lists(NUMBERS, min_size=1, max_size=3),
    "object": st.dictionaries(st.sampled_from("abc"), TEXTS, max_size=3),
}


@st.composite
def fields(draw: st.DrawFn, prefix: str, logical: str, *, fixed: tuple[Field, ...] = ()) -> tuple[Field, ...]:
    made = []
    for index in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(KINDS))
        name = draw(st.sampled_from([f"F{index}", f"Nest.F{index}"]))
        limits = draw(constraints(kind))
        made.append(Field(f"{logical}.f{index}", kind, draw(st.booleans()), f"{prefix}.{name}", "", limits))
    return (*fixed, *made)


MONEY = (
    Field("deal.id", "string", True, "Deal.Id"),
    Field("deal.amount", "number", False, "Deal.Amount"),
    Field("deal.currency", "string", False, "Deal.Currency"),
)
LINES = (Field("line.id", "string", False, "Line.Id"), Field("line.total", "number", False, "Line.Total"))


@st.composite
def contracts(draw: st.DrawFn) -> tuple[Field, ...]:
    main = draw(fields("Deal", "deal", fixed=MONEY if draw(st.booleans()) else ()))
    if draw(st.booleans()):
        limits = draw(constraints("array"))
        nested = (Field("deal.list", "array", draw(st.booleans()), "Deal.List", "", limits),)
        return (*main, *nested, *draw(fields("Deal.List", "deal.list", fixed=())))
    if draw(st.booleans()):
        limits = draw(constraints("object"))
        owner = (Field("deal.owner", "object", draw(st.booleans()), "Deal.Owner", "", limits),)
        main = (*main, *owner, *draw(fields("Deal.Owner", "deal.owner")))
    return (*main, *draw(fields("Line", "line", fixed=LINES if draw(st.booleans()) else ())))


@st.composite
def values(draw: st.DrawFn, contract: tuple[Field, ...], prefix: str, lists: frozenset[str]) -> Any:
    """An object for the fields below a prefix: mostly of the right types, now and then anything at all."""
    if draw(st.integers(0, 30)) == 0:
        return draw(ANYTHING)
    made: dict[str, Any] = {"unknown": 1} if draw(st.booleans()) else {}
    names = {
        field.physical_name.removeprefix(prefix).split(".")[0]
        for field in contract
        if field.physical_name.startswith(prefix)
    }
    for name in sorted(names):
        chance = draw(st.integers(0, 40))
        path = f"{prefix}{name}"
        below = any(field.physical_name.startswith(f"{path}.") for field in contract)
        kind = next((field.logical_type for field in contract if field.physical_name == path), "")
        if chance == 0:
            continue
        if chance == 1:
            made[name] = None
        elif chance == 2:
            made[name] = draw(ANYTHING)
        elif below and (path in lists or kind == "array"):
            made[name] = draw(st.lists(values(contract, f"{path}.", lists), max_size=3))
        elif below:
            made[name] = draw(values(contract, f"{path}.", lists))
        else:
            made[name] = draw(VALUES.get(kind, ANYTHING))
    return made


@st.composite
def contract_and_record(draw: st.DrawFn) -> tuple[tuple[Field, ...], bytes]:
    contract = draw(contracts())
    record = draw(values(contract, "", frozenset({"Line"})))
    return contract, msgspec.json.encode(record) if not isinstance(record, dict) else encode(record)


def encode(record: Any) -> bytes:
    return msgspec.json.Encoder(decimal_format="number").encode(record)


def agree(contract: tuple[Field, ...], record: bytes) -> None:
    validator = Validator(contract, tolerance=Decimal("0.01"))
    fast = validator.examine(record)
    slow = validator.explain(record)
    assert fast.problems == slow.problems
    assert validator.accepts(record) == (not slow.problems)
    if not slow.problems:
        assert fast.key == slow.key


@pytest.mark.slow
@given(contract_and_record())
def test_a_record_is_accepted_at_once_if_and_only_if_nothing_is_found(made: tuple[tuple[Field, ...], bytes]) -> None:
    agree(*made)


@pytest.mark.slow
@given(contracts(), st.integers(0, 100), st.data())
def test_both_ways_agree_about_a_valid_record_with_one_value_changed(
    contract: tuple[Field, ...], seed: int, data: st.DataObject
) -> None:
    try:
        (record,) = make_records(contract, 1, seed=seed)
    except GamedayError:  # limits that contradict each other
        return
    agree(contract, record)
    assert Validator(contract).accepts(record)
    found = msgspec.json.Decoder(float_hook=Decimal).decode(record)
    place = found
    while isinstance(place, dict | list) and place:
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if isinstance(inner, dict | list) and inner and data.draw(st.booleans()):
            place = inner
            continue
        if isinstance(place, dict) and data.draw(st.booleans()):
            del place[key]
        else:
            place[key] = data.draw(ANYTHING)
        break
    agree(contract, encode(found))


@rows("kind", ["object", "string"])
@rows("currency", [{"refName": "JPY"}, {"refName": None}, {}, None, "JPY", 5])
def test_both_ways_agree_about_a_currency_that_is_a_reference(kind: str, currency: object) -> None:
    contract = (
        Field("order.id", "string", True, "order.id"),
        Field("order.total", "number", True, "order.total"),
        Field("order.currency", kind, False, "order.currency"),
    )
    for total in (5, Decimal("5.5")):
        agree(contract, encode({"order": {"id": "1", "total": total, "currency": currency}}))


LIMITED = [
    {"minimum": 0},
    {"exclusiveMinimum": 0},
    {"exclusiveMinimum": 0.1, "exclusiveMaximum": 100},
    {"minimum": 0, "exclusiveMaximum": Decimal("1e-400")},
    {"minimum": 0, "exclusiveMinimum": -1, "maximum": 100},
    {"exclusiveMinimum": -1, "exclusiveMaximum": 0},
    {},
]


@rows("limits", LIMITED)
@rows(
    "number",
    [
        *("0", "-0", "0.0", "-0.0", "1e-400", "-1e-400", "0.1", "0.10000000000000000001", "0.09999999999999999999"),
        *(
            "100",
            "99.999999999999999999",
            "100.00000000000000000001",
            "-0.9999999999999999999",
            "-1.0000000000000000001",
        ),
        *("1.7976931348623157e308", "1.7976931348623158e308", "-1.8e308", "1e400", "1" * 310, '"1"', "true", "null"),
    ],
)
def test_both_ways_agree_about_numbers_that_a_float_cannot_tell_from_a_limit(
    limits: dict[str, Any], number: str
) -> None:
    contract = (Field("d.id", "string", True, "D.Id"), Field("d.quantity", "number", True, "D.Quantity", "", limits))
    agree(contract, f'{{"D":{{"Id":"1","Quantity":{number}}}}}'.encode())


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs), "a key twice was accepted"
    return dict(pairs)


@pytest.mark.slow
@given(contracts(), st.integers(0, 100), st.data())
def test_a_line_accepted_unread_has_no_duplicate_or_unknown_keys(
    contract: tuple[Field, ...], seed: int, data: st.DataObject
) -> None:
    try:
        (record,) = make_records(contract, 1, seed=seed)
    except GamedayError:  # limits that contradict each other
        return
    places = [index + 1 for index, byte in enumerate(record) if byte == ord("{")]
    place = data.draw(st.sampled_from(places))
    names = sorted({name for field in contract for name in field.physical_name.split(".")})
    key = json.dumps(data.draw(st.sampled_from([*names, "unknown", 'a"b', "a:b"])))
    value = data.draw(st.sampled_from(["null", "1", '"x"', '"a\\"b"', "{}", "[]", '{"unknown":null}', "true"]))
    line = record[:place] + f"{key} : {value}".encode() + (b"" if record[place : place + 1] == b"}" else b",")
    line += record[place:]
    validator = Validator(contract)
    examined = validator.examine_line(line)
    if examined is not None:
        assert examined == validator.explain(line)
        found = json.loads(line, object_pairs_hook=once)
        assert validator.examine_line(json.dumps(found).encode()) is not None


def test_a_line_with_null_for_what_may_be_missing_is_accepted_unread() -> None:
    contract = (
        Field("deal.id", "string", True, "Deal.Id"),
        Field("deal.stage", "string", False, "Deal.Stage"),
        Field("owner.name", "string", False, "Deal.Owner.Name"),
        Field("line.text", "string", False, "Line.Text"),
    )
    validator = Validator(contract)
    for deal in (b"", b',"Stage":null', b',"Stage":"x"', b',"Owner":null', b',"Owner":{"Name":null}', b',"Owner":{}'):
        for lines in (b"", b',"Line":null', b',"Line":[]', b',"Line":[{},{"Text":null},{"Text":"null"}]'):
            line = b'{"Deal":{"Id":"1"' + deal + b"}" + lines + b"}"
            assert validator.examine_line(line) == validator.explain(line)
            assert validator.examine_line(line.replace(b'"Id":', b'"Id":"0","Id":')) is None
            assert validator.examine_line(line.replace(b'"Id":', b'"Other":{},"Id":')) is None


@rows("limits", [{}, {"minimum": 0}, {"multipleOf": Decimal("0.1")}, {"enum": [5, 5.5]}])
@rows("required", [True, False])
@rows("amount", ["5", "5.0", "5.5", "5E+0", "5e-401", "1e300", "1e9999", '"5"', "null"])
def test_both_ways_agree_about_the_decimals_of_an_amount(limits: dict[str, Any], required: bool, amount: str) -> None:
    contract = (
        Field("deal.id", "string", True, "Deal.Id"),
        Field("deal.amount", "number", required, "Deal.Amount", "", limits),
        Field("deal.currency", "string", False, "Deal.Currency"),
        Field("line.total", "number", required, "Line.Total", "", limits),
    )
    for currency in ('"JPY"', '"EUR"', "null", "1"):
        deal = f'"Deal":{{"Id":"1","Amount":{amount},"Currency":{currency}}}'
        agree(contract, f'{{{deal},"Line":[{{"Total":{amount}}}]}}'.encode())


def test_a_rule_without_a_quick_form_is_applied_too() -> None:
    def bind(meaning: Meaning, _: Decimal) -> Bound:
        return Bound((meaning.main,), lambda *_: (Problem("record.never", "", "never right"),))

    (record,) = make_records(MONEY, 1, seed=1)
    validator = Validator(MONEY, rules=[BusinessRule("record.never", "no record is right", bind)])
    assert not validator.accepts(record)
    assert validator.examine_line(record) is None
