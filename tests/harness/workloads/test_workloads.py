"""Generated deals: the same from the same seed, exact to the last decimal, valid and awkward."""

from __future__ import annotations

import random
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameday.base.errors import GamedayError
from gameday.base.money import decimals_of, to_currency
from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import BusinessOperation, DealLine, Workload, operations, workloads
from gameday.model.workload import operation as registered
from gameday.workloads.arrivals import changes_of_nobody, check_spec
from gameday.workloads.merges import with_winners
from support.rows import rows
from support.thorough import examples

COUNTS = st.integers(1, 60)
SEEDS = st.integers(0, 2**63 - 1)
CURRENCIES = st.lists(st.sampled_from(["USD", "EUR", "GBP", "JPY", "KWD"]), min_size=1, max_size=4, unique=True)
FEWER = settings(max_examples=examples(25))
UNCHANGED = {"amended": 0, "amended_several_times": 0, "voided": 0}


def make(count: int = 60, seed: int = 7, per_minute: float = 60.0, **params: Any) -> Workload:
    return workloads["closed won"](WorkloadSpec("closed won", count, per_minute, params), seed)


def unchanged(count: int = 60, seed: int = 7, per_minute: float = 60.0, **params: Any) -> Workload:
    """A workload in which nothing happens to a won deal but what is asked for."""
    return make(count, seed, per_minute, **{**UNCHANGED, **params})


def closed(workload: Workload) -> list[Any]:
    return [operation for operation in workload.operations if operation.f == "close_deal"]


@pytest.mark.slow
@FEWER
@given(COUNTS, SEEDS)
def test_the_same_seed_makes_the_same_bytes(count: int, seed: int) -> None:
    first, second = (msgspec.json.encode(make(count, seed, amended=0.3)) for _ in range(2))
    assert first == second


@pytest.mark.slow
def test_another_process_makes_the_same_bytes() -> None:
    code = (
        "import sys, msgspec; from gameday.model.workload import workloads; "
        "from gameday.model.scenario import WorkloadSpec; "
        "made = workloads['closed won'](WorkloadSpec(count=60, per_minute=60.0), 7); "
        "sys.stdout.buffer.write(msgspec.json.encode(made))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert found.stdout == msgspec.json.encode(make())


def test_another_seed_makes_other_deals() -> None:
    assert make(seed=1).operations != make(seed=2).operations


@pytest.mark.slow
@FEWER
@given(COUNTS, COUNTS, SEEDS)
def test_a_shorter_workload_is_the_beginning_of_a_longer(one: int, other: int, seed: int) -> None:
    shorter, longer = sorted((one, other))
    of_shorter = make(shorter, seed, amended=0.3).operations
    keys = {operation.key for operation in of_shorter}
    assert tuple(op for op in make(longer, seed, amended=0.3).operations if op.key in keys) == of_shorter


@pytest.mark.slow
@FEWER
@given(COUNTS, SEEDS, CURRENCIES)
def test_a_deal_is_the_sum_of_its_lines(count: int, seed: int, currencies: list[str]) -> None:
    for operation in closed(make(count, seed, currencies=currencies)):
        amounts = [Decimal(line["amount"]) for line in operation.value["lines"]]
        assert Decimal(operation.value["amount"]) == sum(amounts)


@pytest.mark.slow
@FEWER
@given(COUNTS, SEEDS, CURRENCIES)
def test_amounts_have_the_decimals_of_their_currency(count: int, seed: int, currencies: list[str]) -> None:
    for operation in make(count, seed, currencies=currencies, amended=0.5).operations:
        currency = operation.value.get("currency")
        for line in operation.value["lines"] if currency else ():
            amount = Decimal(line["amount"])
            assert amount == to_currency(amount, currency)
            assert -amount.as_tuple().exponent == decimals_of(currency)


@pytest.mark.slow
@FEWER
@given(COUNTS, SEEDS, CURRENCIES, st.floats(0, 1))
def test_a_lines_total_is_quantity_times_unit_price_less_its_discount(
    count: int, seed: int, currencies: list[str], amended: float
) -> None:
    workload = make(count, seed, currencies=currencies, amended=amended, discounted=0.3)
    in_currency = {op.key: op.value["currency"] for op in closed(workload)}
    for operation in workload.operations:
        for line in operation.value.get("lines", ()) if operation.key in in_currency else ():
            price, quantity, discount = (Decimal(line.get(name, 0)) for name in ("unit_price", "quantity", "discount"))
            exact = price * quantity * (100 - discount) / 100
            assert Decimal(line["amount"]) == to_currency(exact, in_currency[operation.key])


@pytest.mark.slow
@FEWER
@given(COUNTS, SEEDS)
def test_lines_are_sold_at_the_list_price_less_a_discount(count: int, seed: int) -> None:
    workload = make(count, seed)
    prices = {product.sku: product.prices for product in workload.catalog.products}
    for operation in closed(workload):
        for line in operation.value["lines"]:
            assert Decimal(line["unit_price"]) == prices[line["sku"]][operation.value["currency"]]
            assert 0 <= Decimal(line.get("discount", 0)) < 30


def test_some_line_has_a_discount_in_every_currency() -> None:
    workload = make(200)
    found = {op.value["currency"] for op in closed(workload) for line in op.value["lines"] if "discount" in line}
    assert found == {"USD", "EUR", "GBP", "JPY", "KWD"}


# -- awkward traits ----------------------------------------------------------------------------------


def lines_of(workload: Workload) -> list[list[dict[str, Any]]]:
    return [operation.value["lines"] for operation in closed(workload)]


def names_of(workload: Workload) -> list[str]:
    return [account.name for account in workload.catalog.accounts]


def has_a_product_twice(workload: Workload) -> bool:
    return any(len({line["sku"] for line in lines}) < len(lines) for lines in lines_of(workload))


def has_a_free_line(workload: Workload) -> bool:
    return any(line["unit_price"] in ("0", "0.00", "0.000") for lines in lines_of(workload) for line in lines)


def has_parts_of_a_unit(workload: Workload) -> bool:
    return any("." in line["quantity"] for lines in lines_of(workload) for line in lines)


def has_discounts(workload: Workload) -> bool:
    return any("discount" in line for lines in lines_of(workload) for line in lines)


def has_skus_that_differ_by_case(workload: Workload) -> bool:
    skus = [product.sku for product in workload.catalog.products]
    assert len(set(skus)) == len(skus)
    return len({sku.lower() for sku in skus}) < len(skus)


def has_customers_of_one_name(workload: Workload) -> bool:
    keys = [account.key for account in workload.catalog.accounts]
    assert len(set(keys)) == len(keys)
    return len(set(names_of(workload))) < len(keys)


def closes_in_several_months(workload: Workload) -> bool:
    return len({operation.value["close_date"][:7] for operation in closed(workload)}) > 1


def has_deals_that_are_not_won(workload: Workload) -> bool:
    return any(operation.f == "open_deal" for operation in workload.operations)


def has_taxes(workload: Workload) -> bool:
    return any(Decimal(line.get("tax", 0)) > 0 for lines in lines_of(workload) for line in lines)


def has_customers_that_the_erp_does_not_know(workload: Workload) -> bool:
    return any(account.new for account in workload.catalog.accounts)


def acts(workload: Workload, act: str) -> list[int]:
    """How often an act happened to each deal that it happened to."""
    return list(Counter(operation.key for operation in workload.operations if operation.f == act).values())


TRAITS = {
    "not_won": has_deals_that_are_not_won,
    "repeated_products": has_a_product_twice,
    "free_lines": has_a_free_line,
    "parts": has_parts_of_a_unit,
    "discounts": has_discounts,
    "case_twins": has_skus_that_differ_by_case,
    "same_names": has_customers_of_one_name,
    "other_days": closes_in_several_months,
    "taxed_products": has_taxes,
    "new_customers": has_customers_that_the_erp_does_not_know,
    "amended": lambda workload: 1 in acts(workload, "amend_deal"),
    "amended_several_times": lambda workload: 3 in acts(workload, "amend_deal"),
    "voided": lambda workload: bool(acts(workload, "void_deal")),
}


@rows("trait", TRAITS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_hundred_deals_have_every_awkward_trait(trait: str, seed: int) -> None:
    assert TRAITS[trait](make(100, seed))


@rows("trait", TRAITS)
def test_a_trait_can_be_turned_off(trait: str) -> None:
    assert not TRAITS[trait](make(100, **{trait: "0"}))


@pytest.mark.slow
@FEWER
@given(COUNTS, SEEDS, st.fixed_dictionaries({name: st.sampled_from([0.0, 0.5, 1.0]) for name in TRAITS}))
def test_no_mixture_of_traits_makes_an_impossible_deal(count: int, seed: int, traits: dict[str, float]) -> None:
    workload = make(count, seed, **{"amended": 0.5, **traits})
    sold = {product.sku for product in workload.catalog.products}
    for operation in closed(workload):
        lines = operation.value["lines"]
        assert {line["sku"] for line in lines} <= sold
        assert all(Decimal(line["quantity"]) > 0 for line in lines)
        assert Decimal(operation.value["amount"]) == sum(Decimal(line["amount"]) for line in lines) > 0


def test_deals_that_are_not_won_are_others_than_those_that_are_and_some_are_lost() -> None:
    workload = make(200)
    won = {operation.key for operation in closed(workload)}
    opened_s = {operation.key: operation.at_s for operation in workload.operations if operation.f == "open_deal"}
    lost_s = {operation.key: operation.at_s for operation in workload.operations if operation.f == "lose_deal"}
    assert not won & opened_s.keys()
    assert 0 < len(lost_s) < len(opened_s)
    assert all(opened_s[key] < at_s for key, at_s in lost_s.items())


def test_a_deal_that_is_amended_several_times_changes_three_times_within_the_time() -> None:
    workload = unchanged(60, amended_several_times=1.0, amended_several_times_after_s=90)
    won_s = {op.key: op.at_s for op in closed(workload)}
    amended = [op for op in workload.operations if op.f == "amend_deal"]
    assert Counter(op.key for op in amended) == dict.fromkeys(won_s, 3)
    assert all(won_s[op.key] < op.at_s <= won_s[op.key] + 90.01 for op in amended)


def test_a_discounted_deal_costs_less() -> None:
    workload = unchanged(60, discounted=1.0)
    before = {op.key: Decimal(op.value["amount"]) for op in closed(workload)}
    discounted = [op for op in workload.operations if op.f == "amend_deal"]
    assert len(discounted) == 60
    assert all(Decimal(op.value["amount"]) < before[op.key] for op in discounted)


def test_a_part_of_a_line_is_refunded_and_a_part_of_it_kept() -> None:
    workload = unchanged(60, parts=0.5, partly_refunded=1.0)
    sold = {op.key: op.value["lines"] for op in workload.operations if op.f == "close_deal"}
    refunded = [op for op in workload.operations if op.f == "amend_deal"]
    assert len(refunded) == 60
    for op in refunded:
        [(before, after)] = [pair for pair in zip(sold[op.key], op.value["lines"], strict=True) if pair[0] != pair[1]]
        assert 0 < Decimal(after["quantity"]) < Decimal(before["quantity"])
        assert 0 < Decimal(after["amount"]) < Decimal(before["amount"])


def test_a_refund_gives_nobody_more_than_was_paid() -> None:
    workload = unchanged(120, one_off_discounts=1.0, partly_refunded=1.0)
    assert all(Decimal(op.value["amount"]) >= 0 for op in workload.operations if op.f == "amend_deal")


def test_bundles_have_parts_without_a_price_and_discounts_a_line_below_zero() -> None:
    plain, further = unchanged(60), unchanged(60, bundles=0.5, one_off_discounts=0.5)
    sold = {op.key: op.value["lines"] for op in plain.operations if op.f == "close_deal"}
    skus = {product.sku for product in further.catalog.products}
    seen: Counter[tuple[int, int]] = Counter()
    for op in (op for op in further.operations if op.f == "close_deal"):
        own = len(sold[op.key])
        assert op.value["lines"][:own] == sold[op.key]
        added = [msgspec.convert(line, DealLine) for line in op.value["lines"][own:]]
        off = [line for line in added if line.amount < 0]
        priced = [line for line in added if line.amount > 0]
        seen[len(priced), len(off)] += 1
        assert {line.sku for line in added} <= skus
        assert len(added) == 4 * len(priced) + len(off)
        total = sum(Decimal(line["amount"]) for line in op.value["lines"])
        assert total == Decimal(op.value["amount"]) > 0
    assert set(seen) == {(0, 0), (1, 0), (0, 1), (1, 1)}


def test_an_exempted_deal_costs_the_same_without_any_tax() -> None:
    workload = unchanged(60, taxed=1.0, exempted=1.0)
    sold = {op.key: op.value for op in closed(workload)}
    exempted = [op for op in workload.operations if op.f == "amend_deal"]
    assert len(exempted) == 60
    assert all(op.value["amount"] == sold[op.key]["amount"] for op in exempted)
    taxes = {"tax", "tax_code", "tax_percent"}
    without = {key: [{k: line[k] for k in line.keys() - taxes} for line in v["lines"]] for key, v in sold.items()}
    assert all(op.value["lines"] == without[op.key] for op in exempted)


def test_an_account_is_merged_once_and_into_one_that_is_left() -> None:
    workload = unchanged(60, merged=1.0)
    keys = {account.key for account in workload.catalog.accounts}
    merges = [op for op in workload.operations if op.f == "merge_accounts"]
    gone: set[str] = set()
    for op in merges:
        assert {op.value["loser"], op.value["winner"]} <= keys - gone
        gone.add(op.value["loser"])
    assert len(keys - gone) == len(keys) - len(merges) == 1


def test_one_customer_alone_is_merged_into_nobody() -> None:
    merge = BusinessOperation(1.0, "merge_accounts", "deal-1", {"loser": "A"})
    named = BusinessOperation(2.0, "merge_accounts", "deal-2", {"loser": "A", "winner": "B"})
    assert list(with_winners([merge, named], ["A"], 1)) == [named]


def test_a_repriced_deal_costs_the_same_and_its_product_has_another_list_price() -> None:
    workload = unchanged(60, repriced=1.0)
    sold = {op.key: op.value for op in closed(workload)}
    prices = [op for op in workload.operations if op.f == "reprice"]
    assert len(sold) == len(prices) == 60
    listed = {(p.sku, code): price for p in workload.catalog.products for code, price in p.prices.items()}
    for op in prices:
        sku, currency = op.value["sku"], op.value["currency"]
        assert sku in {line["sku"] for line in sold[op.key]["lines"]} and currency == sold[op.key]["currency"]
        assert 0 < op.value["price"] != listed[sku, currency]


def test_what_has_no_price_gets_one_when_it_is_repriced() -> None:
    line = {"sku": "FREE", "quantity": "1", "unit_price": "0", "amount": "0"}
    change = operations["repriced"].change({"lines": [line], "currency": "KWD"}, random.Random(1))
    assert change == {"sku": "FREE", "currency": "KWD", "price": Decimal("9.000")}


def test_some_customers_are_new_to_the_erp() -> None:
    new = [account.new for account in make(100, new_customers=0.5).catalog.accounts]
    assert True in new
    assert False in new
    assert not any(account.new for account in make(100, new_customers=0).catalog.accounts)


def test_without_taxed_products_no_line_has_a_tax_and_no_code_is_seeded() -> None:
    workload = make(100, taxed_products=0)
    assert not workload.catalog.tax_codes
    assert not any({"tax", "tax_code", "tax_percent"} & line.keys() for lines in lines_of(workload) for line in lines)


def test_taxes_change_nothing_else_of_the_deals() -> None:
    def without_taxes(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{name: line[name] for name in line if not name.startswith("tax")} for line in lines]

    shares = [{"taxed_products": 0}, {"taxed_products": 1}, {"taxed": 1}]
    plain, *taxed = (lines_of(make(60, **share)) for share in shares)
    assert [[without_taxes(lines) for lines in each] for each in taxed] == [plain, plain]


@pytest.mark.slow
@FEWER
@given(COUNTS, SEEDS, st.sampled_from([None, 0.1, 0.081, 0.2]))
def test_the_tax_is_that_on_the_amount_after_the_discount_also_of_an_amended_deal(
    count: int, seed: int, rate: float | None
) -> None:
    workload = make(count, seed, taxed=1.0, tax_rate=rate, amended=0.5, discounted=0.3)
    currencies = {operation.key: operation.value["currency"] for operation in closed(workload)}
    for operation in workload.operations:
        for line in operation.value.get("lines", ()):
            percent = workload.catalog.tax_codes[line["tax_code"]]
            tax = Decimal(line["amount"]) * percent / 100
            if operation.key in currencies:
                assert Decimal(line["tax"]) == to_currency(tax, currencies[operation.key])


def test_a_line_of_a_product_that_the_erp_taxes_has_its_code() -> None:
    workload = make(60)
    codes = {product.sku: product.tax_code for product in workload.catalog.products if product.tax_code}
    lines = [line for lines in lines_of(workload) for line in lines]
    assert codes
    assert all(line.get("tax_code", "") == codes.get(line["sku"], "") for line in lines)


def test_a_tax_rate_is_a_share_and_names_its_code() -> None:
    assert make(5, taxed="0.5", tax_rate="0.081").catalog.tax_codes == {"S-8_1": Decimal("8.1")}
    with pytest.raises(GamedayError, match="tax_rate"):
        make(5, taxed=1, tax_rate=10)


def test_nothing_happens_to_a_deal_after_it_is_voided_or_deleted() -> None:
    workload = make(80, amended=0.5, amended_several_times=0.5, discounted=0.5, voided=0.3, deleted=0.3)
    ended: set[str] = set()
    for operation in workload.operations:
        assert operation.key not in ended
        if operation.f in ("void_deal", "delete_deal"):
            ended.add(operation.key)
    assert len(ended) > 24


def test_names_are_in_several_scripts() -> None:
    scripts = {unicodedata.name(char).split()[0] for name in names_of(make(300)) for char in name if char.isalpha()}
    assert {"LATIN", "CYRILLIC", "GREEK", "CJK", "HEBREW", "ARABIC"} <= scripts


@pytest.mark.slow
@FEWER
@given(COUNTS, SEEDS)
def test_every_account_and_product_that_is_named_is_in_the_catalogue(count: int, seed: int) -> None:
    workload = make(count, seed)
    accounts = {account.key for account in workload.catalog.accounts}
    assert {operation.value["account"] for operation in closed(workload)} <= accounts


def test_there_is_about_one_account_for_five_deals() -> None:
    assert len(make(300).catalog.accounts) == 60


def test_account_names_fit_every_system() -> None:
    names = names_of(make(300))
    assert max(map(len, names)) <= 80
    assert all(name.isprintable() and name == name.strip() for name in names)


@rows("awkward", ["é", "'", "&", "Å"])
def test_account_names_are_awkward(awkward: str) -> None:
    assert any(awkward in account.name for account in make(100).catalog.accounts)


def test_some_names_are_nearly_as_long_as_may_be() -> None:
    assert any(len(account.name) > 70 for account in make(100).catalog.accounts)


def test_deal_names_fit_every_system() -> None:
    assert all(0 < len(operation.value["name"]) <= 80 for operation in closed(make(300)))


def test_currencies_may_be_weighted() -> None:
    found = [operation.value["currency"] for operation in closed(make(300, currencies={"USD": 9, "JPY": 1}))]
    assert set(found) == {"USD", "JPY"}
    assert found.count("USD") > 200


def test_some_deals_are_in_another_currency_than_their_customers_own() -> None:
    workload = make(200)
    own = {account.key: account.currency for account in workload.catalog.accounts}
    foreign = [op for op in closed(workload) if op.value["currency"] != own[op.value["account"]]]
    assert 10 < len(foreign) < 60


# -- when --------------------------------------------------------------------------------------------


@pytest.mark.slow
@FEWER
@given(COUNTS, SEEDS, st.floats(0, 1), st.floats(0.1, 10_000))
def test_deals_arrive_one_in_each_beat(count: int, seed: int, spread: float, per_minute: float) -> None:
    gap_s = 60.0 / per_minute
    for index, operation in enumerate(closed(make(count, seed, per_minute, spread=spread))):
        assert index * gap_s - 0.001 <= operation.at_s <= (index + 1) * gap_s + 0.001


def test_without_spread_deals_arrive_on_the_beat() -> None:
    assert [operation.at_s for operation in closed(make(4, spread=0))] == [0.0, 1.0, 2.0, 3.0]


@pytest.mark.slow
@FEWER
@given(COUNTS, SEEDS, st.floats(0, 1), st.floats(0, 1))
def test_operations_are_in_order_of_time(count: int, seed: int, amended: float, voided: float) -> None:
    times = [operation.at_s for operation in make(count, seed, amended=amended, voided=voided).operations]
    assert times == sorted(times)


@rows(("part", "expected"), [(0.3, 18), (5, 5), (0, 0), (0.0, 0), (1.0, 60), (1, 1), (999, 60)])
@rows("what", ["amended", "voided"])
def test_a_share_or_a_count_of_the_deals_changes_later(what: str, part: float, expected: int) -> None:
    found = [
        op
        for op in unchanged(60, **{what: part}).operations
        if op.f == {"amended": "amend_deal"}.get(what, "void_deal")
    ]
    assert len(found) == len({op.key for op in found}) == expected


@pytest.mark.slow
@FEWER
@given(SEEDS, st.floats(1, 500))
def test_a_deal_changes_only_after_it_is_won_and_within_its_time(seed: int, within_s: float) -> None:
    workload = unchanged(40, seed, amended=0.5, amended_after_s=within_s, voided=0.5, voided_after_s=within_s)
    won_s = {op.key: op.at_s for op in closed(workload)}
    amended_s = {op.key: op.at_s for op in workload.operations if op.f == "amend_deal"}
    for op in workload.operations:
        if op.f == "amend_deal":
            assert won_s[op.key] < op.at_s <= won_s[op.key] + within_s + 0.01
        if op.f == "void_deal":
            before_s = amended_s.get(op.key, won_s[op.key])
            assert before_s < op.at_s <= before_s + within_s + 0.01


def test_an_amendment_changes_the_amount_and_still_is_the_sum_of_its_lines() -> None:
    workload = unchanged(60, amended=1.0)
    before = {op.key: Decimal(op.value["amount"]) for op in closed(workload)}
    amended = [op for op in workload.operations if op.f == "amend_deal"]
    for op in amended:
        total = Decimal(op.value["amount"])
        assert total == sum(Decimal(line["amount"]) for line in op.value["lines"])
        assert total != before[op.key]
    assert len(amended) == 60


# -- parameters --------------------------------------------------------------------------------------


@rows(
    ("params", "said"),
    [
        ({"amend": 0.3}, "unknown key 'amend'"),
        ({"amended": 1.5}, "1.5"),
        ({"amended": -1}, "-1"),
        ({"amended": "many"}, "'many'"),
        ({"amended_after_s": 0}, "'amended_after_s'"),
        ({"spread": 2}, "'spread'"),
        ({"currencies": ["XXX"]}, "unknown currency 'XXX'"),
        ({"currencies": []}, "unknown currency ''"),
        ({"currencies": {"USD": -1}}, "'currencies'"),
        ({"currencies": {"USD": float("nan")}}, "'currencies'"),
        ({"currencies": 3}, "'currencies'"),
        ({"close_date": "2026-13-01"}, "'2026-13-01'"),
        ({"close_date": "2026-02-30"}, "no such close date: '2026-02-30'"),
        ({"free_lines": 2}, "'free_lines'"),
        ({"products": 0}, "'products'"),
    ],
)
def test_a_bad_parameter_is_one_line_that_names_it(params: dict[str, Any], said: str) -> None:
    with pytest.raises(GamedayError) as caught:
        make(5, **params)
    assert said in str(caught.value)


@rows(("count", "per_minute"), [(0, 60), (-1, 60), (10**9, 60), (5, 0), (5, float("nan"))])
def test_no_deals_or_no_rate_is_no_workload(count: int, per_minute: float) -> None:
    with pytest.raises(GamedayError, match="no workload"):
        make(count, per_minute=per_minute)


def test_parameters_may_be_texts_as_in_a_feature() -> None:
    assert make(20, amended="0.5", products="3") == make(20, amended=0.5, products=3)


@pytest.fixture
def discounted() -> Iterator[None]:
    """An operation that a plug-in brings."""

    @registered("partly discounted", act="amend_deal")
    def discounted(deal: dict[str, Any], chance: random.Random) -> dict[str, Any]:
        """Free of charge."""
        return {"lines": [{**line, "amount": "0"} for line in deal["lines"]], "amount": "0"}

    yield
    operations._items.pop("partly discounted")


@pytest.mark.usefixtures("discounted")
def test_a_registered_operation_happens_to_its_share_of_the_deals() -> None:
    workload = unchanged(60, partly_discounted=0.25, partly_discounted_after_s=30.0)
    won_s = {op.key: op.at_s for op in closed(workload)}
    amended = [op for op in workload.operations if op.f == "amend_deal"]
    assert len(amended) == 15
    assert all(op.value["amount"] == "0" and 0 < op.at_s - won_s[op.key] <= 30 for op in amended)


@pytest.mark.usefixtures("discounted")
def test_an_operation_finds_the_deal_as_the_one_before_left_it() -> None:
    workload = make(20, amended=1.0, partly_discounted=1.0)
    changes = [op for op in workload.operations if op.key == "deal-000001"][1:]
    assert [line["sku"] for line in changes[0].value["lines"]] == [line["sku"] for line in changes[1].value["lines"]]
    assert [line["quantity"] for line in changes[0].value["lines"]] == [
        line["quantity"] for line in changes[1].value["lines"]
    ]


@pytest.mark.usefixtures("discounted")
def test_an_operation_that_is_registered_changes_no_workload_that_does_not_ask_for_it() -> None:
    before = make(60, amended=0.5, voided=0.2)
    operations._items.pop("partly discounted")
    after = make(60, amended=0.5, voided=0.2)
    operations._items["partly discounted"] = operations["amended"]
    assert before == after


@pytest.mark.usefixtures("discounted")
@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"partly_discounted": 2.5},
            r"bad value 2.5 for 'partly_discounted' in the parameters of",
        ),
        (
            {"partly_discounted": 1, "partly_discounted_after_s": 0},
            r"bad value 0 for 'partly_discounted_after_s'",
        ),
        ({"rebated": 0.1}, r"unknown key 'rebated' in .*; known: .*partly_discounted, partly_discounted_after_s"),
        ({"later": {}}, r"unknown key 'later'"),
    ],
)
def test_a_bad_share_of_an_operation_is_named(params: dict[str, Any], message: str) -> None:
    with pytest.raises(GamedayError, match=message):
        check_spec(WorkloadSpec("closed won", 10, 60.0, params))


def test_a_specification_is_checked_without_making_the_deals() -> None:
    check_spec(WorkloadSpec("closed won", 10, 60.0, {"currencies": ["EUR"], "amended": "0.5"}))
    with pytest.raises(GamedayError, match="unknown currency 'XYZ'"):
        check_spec(WorkloadSpec("closed won", 10, 60.0, {"currencies": ["XYZ"]}))
    with pytest.raises(GamedayError, match="unknown workload 'closed one'"):
        check_spec(WorkloadSpec("closed one"))


_PARAMS = st.sampled_from(["amended", "voided", "spread", "currencies", "products", "close_date"])
_VALUES = st.one_of(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.sampled_from(["USD", "x"]), st.floats(), max_size=2),
)


@given(st.dictionaries(_PARAMS, _VALUES, max_size=2))
@FEWER
def test_no_parameters_make_anything_but_one_line(params: dict[str, Any]) -> None:
    if isinstance(params.get("products"), int) and params["products"] > 100:
        del params["products"]
    try:
        make(2, **params)
    except GamedayError as found:
        assert "\n" not in str(found)


def test_naming_the_workloads_imports_no_faker() -> None:
    code = "import sys; from gameday.model.workload import workloads; list(workloads); print('faker' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


@rows(("amended", "nobody"), [(0.001, ["amended"]), (0.5, []), (1, []), (0, [])])
def test_a_change_that_happens_to_no_deal_is_known_before_the_run(amended: float, nobody: list[str]) -> None:
    assert changes_of_nobody(WorkloadSpec(count=60, params={"amended": amended}), 1) == nobody


def profile(name: str, count: int = 60, **params: Any) -> Workload:
    return workloads[name](WorkloadSpec(name, count, 60.0, params), 7)


def test_steady_deals_are_plain_and_come_at_an_even_rate() -> None:
    made = profile("steady")
    times = [operation.at_s for operation in made.operations]
    assert times == [float(number) for number in range(60)]
    assert {operation.f for operation in made.operations} == {"close_deal"}
    assert not any(line.get("discount") for each in closed(made) for line in each.value["lines"])


def test_a_trait_that_is_asked_for_is_added_to_steady_deals() -> None:
    assert {operation.f for operation in profile("steady", amended=0.5).operations} == {"close_deal", "amend_deal"}


def test_most_deals_of_a_quarter_end_are_closed_in_the_last_fifth() -> None:
    made = profile("quarter-end burst")
    late = [each for each in closed(made) if each.at_s >= 48.0]
    assert len(late) / 60 == pytest.approx(0.7, abs=0.04)
    assert [each.at_s for each in made.operations] == sorted(each.at_s for each in made.operations)


def test_what_happens_to_a_deal_of_a_quarter_end_happens_after_its_closing() -> None:
    seen: set[str] = set()
    for operation in profile("quarter-end burst", amended=0.5).operations:
        assert operation.f in ("close_deal", "open_deal") or operation.key in seen
        seen.add(operation.key)


def test_whales_carry_most_of_the_money() -> None:
    dollars = [Decimal(each.value["amount"]) for each in closed(profile("whales", currencies=["USD"], voided=0))]
    largest = sorted(dollars)[-len(dollars) // 8 :]
    assert sum(largest) > sum(dollars) * Decimal("0.8")


def test_awkward_texts_are_legal_in_xml_and_as_long_as_the_vendors_allow() -> None:
    made = profile("awkward texts")
    names = [account.name for account in made.catalog.accounts]
    deals = [each.value["name"] for each in closed(made)]
    assert max(map(len, names)) == 80
    assert max(map(len, deals)) == 120
    assert not any(unicodedata.category(sign) == "Cc" for name in [*names, *deals] for sign in name)
    assert any("🚀" in name for name in names)
