"""What a sync leaves in the ERP beside the orders of deals: customers made twice, orders of others that it touched."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gameday.analysis.alerts import unreported_strays
from gameday.analysis.reconcile import reconcile
from gameday.analysis.strays import Stray, strays
from gameday.checkers.exactly_once import exactly_once
from gameday.checkers.nothing_unreported import nothing_unreported
from gameday.checkers.steady_state import steady_state
from gameday.model.checker import Case, ControlLedgers, Result
from gameday.model.contract import Contract
from gameday.scoring.score import score
from gameday_fakes.ledger import Entry, Ledger, Line
from support.rows import rows

replace = msgspec.structs.replace
ACCOUNTS = {
    "001A": {"Id": "001A", "Name": "Acme", "AccountNumber": "A-1"},
    "001B": {"Id": "001B", "Name": "Acme"},
    "001C": {"Id": "001C", "Name": "Bravo"},
}
KNOWN = {"001A": {"id": "17", "externalId": "001A"}}


def found(
    customers: dict[str, dict[str, str]], new: tuple[str, ...] | None, contract: Contract | None = None
) -> list[tuple[str, str, str]]:
    """The strays of an ERP with these customers."""
    crm = Ledger("salesforce", 0.0, (), ACCOUNTS)
    erp = Ledger("netsuite", 0.0, (), customers, new_customers=new)
    return [(stray.kind, stray.id, stray.of) for stray in strays(contract or Contract("f"), crm, erp)]


@rows(
    "new",
    [
        {"externalId": "001C"},
        {"custentity_crm_account_id": "001C"},
        {"companyName": "Bravo"},
        {"companyName": " bravo "},
        {"companyName": "Acme"},
    ],
)
def test_one_new_customer_for_an_account_without_one_is_fine(new: dict[str, str]) -> None:
    assert found({**KNOWN, "1001": new}, ("1001",)) == []


@rows(
    "twin",
    [
        {"externalId": "X-1", "custentity_crm_account_id": "001A"},
        {"entityId": "001A"},
        {"entityId": "a-1"},
    ],
)
def test_a_second_customer_for_an_account_is_one_too_many(twin: dict[str, str]) -> None:
    assert found({**KNOWN, "1001": twin}, ("1001",)) == [("customer twice", "1001", "001A")]


def test_two_new_customers_of_one_name_are_one_too_many_where_one_account_has_it() -> None:
    bravo = {"companyName": "Bravo"}
    assert found({"1001": bravo, "1002": bravo}, ("1001", "1002")) == [("customer twice", "1002", "001C")]


def test_of_two_accounts_of_one_name_each_may_have_a_customer_and_no_more() -> None:
    acme = {"companyName": "Acme"}
    twins = {**KNOWN, "1001": acme}
    assert found(twins, ("1001",)) == []
    assert found({**twins, "1002": acme}, ("1001", "1002")) == [("customer twice", "1002", "001A")]


def test_the_customer_that_was_there_first_is_not_the_one_too_many() -> None:
    twins = {"1001": {"custentity_crm_account_id": "001A"}, **KNOWN}
    assert found(twins, ("1001",)) == [("customer twice", "1001", "001A")]


def test_a_new_customer_that_is_no_account_is_seen() -> None:
    assert found({**KNOWN, "1001": {"companyName": "Nobody"}}, ("1001",)) == [
        ("customer without an account", "1001", "")
    ]


def test_what_was_there_before_the_sync_began_is_none_of_its_work() -> None:
    assert found({**KNOWN, "9": {"entityId": "001A"}, "8": {"companyName": "Nobody"}}, ()) == []


def test_where_an_erp_does_not_say_who_is_new_only_a_second_customer_by_an_id_is_seen() -> None:
    customers = {**KNOWN, "9": {"entityId": "001A"}, "8": {"companyName": "Nobody"}}
    assert found(customers, None) == [("customer twice", "9", "001A")]


def test_an_account_is_found_by_the_contracts_rule() -> None:
    contract = Contract("f", customer_match="entityId", customer_pattern="CRM-{AccountNumber}")
    customers = {"17": {"entityId": "CRM-A-1"}, "1001": {"entityId": "CRM-A-1"}}
    assert found(customers, ("1001",), contract) == [("customer twice", "1001", "001A")]


# -- orders of others --------------------------------------------------------------------------------

SOLD = (Line("SKU-1", Decimal(1), Decimal(20), Decimal(20)),)
WEB = Entry("SO-web", {"otherRefNum": "WEB-1"}, "open", "ACC-1", "USD", Decimal(20), SOLD, 0.0, 0.0, "2026-06-30")


def with_web_order(story: Any, now: tuple[Entry, ...]) -> Case:
    """A right deal beside an order of a web shop, which is like this now."""
    case: Case = story.deal("D1").order("D1").case()
    return replace(case, erp=replace(case.erp, entries=(*case.erp.entries, *now), others=(WEB,)))


def test_an_order_of_others_that_is_as_it_was_is_no_orphan_and_in_no_total(story: Any) -> None:
    case = with_web_order(story, (replace(WEB, changed_s=80.0),))
    reconciled = reconcile(case)
    assert (reconciled.strays, reconciled.orphans, reconciled.outcomes[0].state) == ((), (), "ok")
    assert [total.difference for total in reconciled.totals] == [0]


@pytest.mark.parametrize(
    "change",
    [
        {"state": "cancelled"},
        {"total": Decimal(21)},
        {"customer": "ACC-2"},
        {"date": "2026-07-01"},
        {"lines": ()},
        {"keys": {"otherRefNum": "D1"}},
    ],
)
def test_an_order_of_others_that_was_changed_is_seen(story: Any, change: dict[str, Any]) -> None:
    case = with_web_order(story, (replace(WEB, **change),))
    assert reconcile(case).strays == (Stray("order of others changed", "SO-web", "SO-web"),)


def test_an_order_of_others_that_is_gone_is_seen(story: Any) -> None:
    assert reconcile(with_web_order(story, ())).strays == (Stray("order of others missing", "SO-web", "SO-web"),)


def test_a_deal_that_the_sync_changed_until_it_agrees_fails_the_run_whatever_an_alert_says_of_it(story: Any) -> None:
    story.deal("D1", 10).order("D1").inject(5, 60).hit("D1", 12).alert("D1", at_s=100, text="record lock: D1")
    case = story.case()
    assert exactly_once(case, 60).result is Result.PASSED
    case = replace(case, crm=replace(case.crm, changed_by_sync=("D1",)))
    assert reconcile(case).strays == (Stray("deal changed by the sync", "D1", "D1"),)
    for verdict in (exactly_once(case, 60), nothing_unreported(case)):
        assert verdict.result is Result.FAILED
        assert "deal D1 is not as people left it: the sync changed it in the CRM" in verdict.summary


# -- what follows ------------------------------------------------------------------------------------


def test_a_stray_fails_the_run_by_its_name_and_costs_points(story: Any) -> None:
    story.inject(5, 60).hit("D1", 12)
    right, wrong = with_web_order(story, (WEB,)), with_web_order(story, ())
    assert exactly_once(right, 60).result is Result.PASSED
    for verdict in (exactly_once(wrong, 60), nothing_unreported(wrong)):
        assert verdict.result is Result.FAILED
        assert "order SO-web of others is missing" in verdict.summary
        assert "SO-web" in verdict.orders
    assert score(wrong).strays == (Stray("order of others missing", "SO-web", "SO-web"),)


def test_a_stray_that_an_open_alert_names_is_reported(story: Any) -> None:
    story.inject(5, None).alert("D1", at_s=20, text="record lock: order SO-web is gone").deal("D1").hit("D1", 12)
    case = story.case()
    case = replace(case, erp=replace(case.erp, others=(WEB,)))
    assert unreported_strays(case) == []
    unnamed = replace(case, erp=replace(case.erp, others=(replace(WEB, id="SO-we"),)))
    assert [stray.id for stray in unreported_strays(unnamed)] == ["SO-we"]


def test_a_stray_in_the_control_fails_without_any_fault(story: Any) -> None:
    case = with_web_order(story, (WEB,))
    control = ControlLedgers(case.crm, replace(case.erp, entries=case.erp.entries[:1]))
    case = replace(case, control=case.history, control_ledgers=control)
    verdict = steady_state(case)
    assert verdict.result is Result.FAILED
    assert verdict.summary.startswith("it fails without any fault: order SO-web of others is missing")


# -- items -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("new", "strays_found"),
    [
        ({}, []),
        ({"9": {"itemId": "SKU-NEW"}}, []),
        ({"9": {"itemId": "77", "displayName": " SKU-NEW "}}, []),
        ({"9": {"itemId": "SKU-1"}}, [("item twice", "9", "SKU-1")]),
        ({"9": {"itemId": "SKU-1 copy", "externalId": "SKU-1"}}, [("item twice", "9", "SKU-1")]),
        ({"8": {"itemId": "SKU-NEW"}, "9": {"externalId": "SKU-NEW"}}, [("item twice", "9", "SKU-NEW")]),
        ({"9": {"itemId": "sku-1"}}, [("item without a product", "9", "")]),
        ({"9": {}}, [("item without a product", "9", "")]),
    ],
)
def test_a_new_item_is_for_a_product_that_had_none(
    story: Any, new: dict[str, dict[str, str]], strays_found: list[tuple[str, str, str]]
) -> None:
    product = (Line("SKU-NEW", Decimal(1), Decimal(100), Decimal(100)),)
    case = story.deal("D1", lines=product).order("D1").case()
    case = replace(case, erp=replace(case.erp, items=("SKU-1",), new_items=new))
    assert [(stray.kind, stray.id, stray.of) for stray in reconcile(case).strays] == strays_found
    assert (exactly_once(case, 60).result is Result.PASSED) == (not strays_found)
