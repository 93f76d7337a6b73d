"""Two ERP ledgers are compared by business key, field by field; where the current stack varies is noise."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from gameday.gate.ignore import Ignored, IgnoreList
from gameday.gate.ledgers import LedgerComparison, OrdersByKey, compare, orders_by_key
from gameday.model.contract import CompareRule, FieldPair
from gameday_fakes.ledger import Entry, Invoice, Ledger, Line

NAMES = ("externalId",)
CENT = Decimal("0.01")


def deal(number: int, prefix: str) -> Entry:
    keys = {"Id": f"{prefix}{number}", "key": f"K{number}"}
    return Entry(f"{prefix}{number}", keys, "won", f"{prefix}C", "EUR", Decimal(10), (), 1, 1)


def order(number: int, prefix: str, **other: Any) -> Entry:
    id_ = f"{prefix}{number}"
    known: dict[str, Any] = {
        "id": f"{prefix}SO{number}",
        "keys": {"externalId": id_, "otherRefNum": id_, "tranId": f"{prefix}-{number}"},
        "state": "open",
        "customer": f"{prefix}C",
        "currency": "EUR",
        "total": Decimal(10),
        "lines": (Line("SKU-1", Decimal(2), Decimal(5), Decimal(10)),),
        "time_s": 2,
        "changed_s": 2,
        "date": "2026-06-30",
        "invoices": (Invoice(f"{prefix}I{number}", Decimal(10), "EUR", 3),),
    }
    return Entry(**{**known, **other})


def ledger_orders(prefix: str, *orders: Entry, deals: int = 3) -> OrdersByKey:
    crm = Ledger("salesforce", 9, tuple(deal(number, prefix) for number in range(deals)))
    return orders_by_key(crm, Ledger("netsuite", 9, orders), "otherRefNum", NAMES)


def full(prefix: str, **other: Any) -> OrdersByKey:
    """Three orders; ``other`` is what differs in the second."""
    return ledger_orders(prefix, order(0, prefix), order(1, prefix, **other), order(2, prefix))


def compared(
    candidate: OrdersByKey, again: OrdersByKey | None = None, ignore: IgnoreList | None = None, **more: Any
) -> LedgerComparison:
    tolerance = more.get("tolerance", Decimal(0))
    return compare(full("a"), candidate, tolerance, again=again, ignore=ignore or IgnoreList())


def paths(comparison: LedgerComparison) -> list[str]:
    return [delta.path for delta in comparison.deltas]


def test_runs_that_differ_only_in_their_systems_ids_are_equal() -> None:
    assert compared(full("b")).deltas == ()


def test_an_order_of_another_currency_is_found() -> None:
    [delta] = compared(full("b", currency="USD")).deltas
    assert (delta.key, delta.path, delta.current, delta.candidate) == ("K1", "order.currency", "EUR", "USD")


def test_a_total_within_the_tolerance_is_equal() -> None:
    assert compared(full("b", total=Decimal("10.01")), tolerance=CENT).deltas == ()


def test_a_total_beyond_the_tolerance_is_found() -> None:
    assert paths(compared(full("b", total=Decimal("10.02")), tolerance=CENT)) == ["order.total"]


def test_a_quantity_has_no_tolerance() -> None:
    line = Line("SKU-1", Decimal("2.001"), Decimal(5), Decimal(10))
    assert paths(compared(full("b", lines=(line,)), tolerance=CENT)) == ["line.quantity"]


def test_a_line_with_another_item_is_found_on_both_sides() -> None:
    line = Line("SKU-9", Decimal(2), Decimal(5), Decimal(10))
    assert [(d.path, d.line) for d in compared(full("b", lines=(line,))).deltas] == [
        ("line", "SKU-1"),
        ("line", "SKU-9"),
    ]


def test_a_line_that_was_split_is_found_although_the_sums_agree() -> None:
    half = Line("SKU-1", Decimal(1), Decimal(5), Decimal(5))
    line, *parts = compared(full("b", lines=(half, half))).deltas
    assert (line.path, line.current, line.candidate) == ("line", "1", "2")
    assert [delta.path for delta in parts] == ["line.quantity", "line.amount"]


def test_another_unit_price_is_found_although_the_amount_agrees() -> None:
    line = Line("SKU-1", Decimal(2), Decimal("2.5"), Decimal(10))
    assert paths(compared(full("b", lines=(line,)))) == ["line.price"]


def test_an_invoice_in_another_period_is_found() -> None:
    known = Invoice("bI1", Decimal(10), "EUR", 3, "2026-07", "2026-07-01")
    assert paths(compared(full("b", invoices=(known,)))) == ["invoice.date", "invoice.period"]


def test_an_order_under_another_external_id_is_found() -> None:
    keys = {"externalId": "b1-0", "otherRefNum": "b1"}
    [delta] = compared(full("b", keys=keys)).deltas
    assert (delta.path, delta.line) == ("order.key", "externalId")


def test_the_erp_s_own_number_is_not_compared() -> None:
    keys = {"externalId": "b1", "otherRefNum": "b1", "tranId": "whatever"}
    assert compared(full("b", keys=keys)).deltas == ()


def test_an_order_of_another_customer_is_found() -> None:
    assert paths(compared(full("b", customer="bX"))) == ["order.customer"]


def test_a_missing_order_is_found() -> None:
    [delta] = compared(ledger_orders("b", order(0, "b"), order(2, "b"))).deltas
    assert (delta.key, delta.path, delta.current, delta.candidate) == ("K1", "order", "1", "0")


def test_a_second_order_is_found() -> None:
    twice = ledger_orders("b", order(0, "b"), order(1, "b"), order(1, "b"), order(2, "b"))
    assert [(d.path, d.candidate) for d in compared(twice).deltas] == [("order", "2")]


def test_an_orphan_order_is_found() -> None:
    assert paths(compared(ledger_orders("b", *(order(n, "b") for n in range(4))))) == ["order.key"]


def test_a_cancelled_order_beside_an_open_one_does_not_count() -> None:
    gone = order(1, "b", state="cancelled", total=Decimal(1))
    assert compared(ledger_orders("b", order(0, "b"), gone, order(1, "b"), order(2, "b"))).deltas == ()


def test_a_cancelled_order_alone_has_another_status() -> None:
    assert paths(compared(full("b", state="cancelled"))) == ["order.status"]


def test_a_missing_invoice_is_found() -> None:
    assert paths(compared(full("b", invoices=()))) == ["invoice"]


def test_a_field_in_which_the_current_stack_differs_from_itself_is_noise() -> None:
    comparison = compared(full("b", date="2026-07-01"), again=full("c", date="2026-07-02"))
    assert comparison.deltas == ()
    assert comparison.noise == {"order.date": 1}


def test_noise_in_one_order_covers_the_field_in_a_few_others() -> None:
    other = ledger_orders("b", order(0, "b", date="2026-07-01"), order(1, "b"), order(2, "b"))
    assert compared(other, again=full("c", date="2026-07-02")).deltas == ()


def test_noise_does_not_cover_what_is_much_more_frequent() -> None:
    number = 9
    orders = {p: [order(n, p) for n in range(number)] for p in "ac"}
    orders["c"][0] = order(0, "c", date="2026-07-02")
    current, again = (ledger_orders(p, *orders[p], deals=number) for p in "ac")
    other = ledger_orders("b", *(order(n, "b", date="2026-07-01") for n in range(number)), deals=number)
    found = compare(current, other, Decimal(0), again=again, ignore=IgnoreList()).deltas
    assert [delta.key for delta in found] == [f"K{n}" for n in range(1, number)]


def test_an_order_that_the_current_stack_sometimes_loses_covers_no_other_order() -> None:
    again = ledger_orders("c", order(0, "c"), order(2, "c"))
    lost = ledger_orders("b", order(0, "b"), order(1, "b"))
    assert [delta.key for delta in compared(lost, again=again).deltas] == ["K2"]


REGION = FieldPair("order", "Region__c", "custbody_region")
NOTE = FieldPair("line", "Note__c", "custcol_note")
AREA = FieldPair("invoice", "Region__c", "custbody_area")
TIER = FieldPair("customer", "Tier__c", "custentity_tier")


def with_fields(
    prefix: str, *pairs: FieldPair, region: str = "EMEA", note: str = "a", tier: str = "Gold"
) -> OrdersByKey:
    """One order whose further fields are these; the candidate has another id for everything."""
    lines = (Line("SKU-1", Decimal(2), Decimal(5), Decimal(10), fields=(("custcol_note", note),)),)
    bill = Invoice(f"{prefix}I", Decimal(10), "EUR", 3, fields={"custbody_area": region})
    one = order(0, prefix, fields={"custbody_region": region, "other": prefix}, lines=lines, invoices=(bill,))
    erp = Ledger("netsuite", 9, (one,), {f"{prefix}C": {"custentity_tier": tier}})
    crm = Ledger("salesforce", 9, (deal(0, prefix),))
    return orders_by_key(crm, erp, "otherRefNum", NAMES, pairs=pairs)


def test_further_fields_of_the_contract_are_compared_and_no_others() -> None:
    pairs = (REGION, NOTE, AREA, TIER)
    ours = with_fields("a", *pairs)
    assert not compare(ours, with_fields("b", *pairs), CENT, ignore=IgnoreList()).deltas
    theirs = with_fields("b", *pairs, region="APAC", note="b", tier="Silver")
    found = compare(ours, theirs, CENT, ignore=IgnoreList()).deltas
    assert [(delta.path, delta.current, delta.candidate) for delta in found] == [
        ("order.field.custbody_region", "EMEA", "APAC"),
        ("customer.field.custentity_tier", "Gold", "Silver"),
        ("line.field.custcol_note", "a", "b"),
        ("invoice.field.custbody_area", "EMEA", "APAC"),
    ]


def test_a_further_field_that_the_candidate_renames_is_compared_under_both_names() -> None:
    renamed = FieldPair("order", "Region__c", "custbody_zone")
    same = with_fields("b", renamed)
    [[order]] = same.orders.values()
    theirs = msgspec.structs.replace(order, fields={"custbody_zone": "EMEA"})
    other = msgspec.structs.replace(order, fields={"custbody_zone": "APAC"})
    ours = with_fields("a", REGION)
    for entry, paths_ in ((theirs, []), (other, ["order.field.custbody_zone"])):
        candidate = msgspec.structs.replace(same, orders={"K0": (entry,)})
        found = compare(ours, candidate, CENT, again=with_fields("c", REGION), ignore=IgnoreList())
        assert [delta.path for delta in found.deltas] == paths_


def test_further_fields_are_compared_by_the_contracts_rule() -> None:
    folded = msgspec.structs.replace(REGION, ignore_case=True)
    assert not compare(
        with_fields("a", folded), with_fields("b", folded, region="emea"), CENT, ignore=IgnoreList()
    ).deltas
    ignored = msgspec.structs.replace(REGION, rule=CompareRule("ignored", reason="local"))
    assert not compare(
        with_fields("a", ignored), with_fields("b", ignored, region="x"), CENT, ignore=IgnoreList()
    ).deltas


def test_an_ignored_path_is_counted_and_not_found() -> None:
    ignore = IgnoreList(entries=(Ignored("order.*", "because", "finance", "2099-01-01"),))
    comparison = compared(full("b", total=Decimal(3)), ignore=ignore)
    assert comparison.deltas == ()
    assert comparison.ignored == {"order.total": 1}
