"""A restored ledger is read back unchanged, and later changes continue from it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gameday_fakes.fake import ControlError
from gameday_fakes.fake_set import FakeSet
from gameday_fakes.ledger import Entry, Invoice, Ledger, Line
from gameday_fakes.netsuite import FAKE as NETSUITE
from gameday_fakes.salesforce import FAKE as SALESFORCE

ACCOUNTS = [{"key": "a-1", "name": "Acme", "currency": "EUR"}, {"key": "a-2", "name": "Bolt", "currency": "JPY"}]
PRODUCTS = [{"sku": "SKU-1", "name": "One", "prices": {"EUR": "10", "JPY": "1000"}}]


@pytest.fixture
def fake_set() -> Iterator[FakeSet]:
    """A CRM and an ERP that know two customers and an item."""
    made = FakeSet({"salesforce": SALESFORCE, "netsuite": NETSUITE})
    seeded = made.named("salesforce").operate("seed", "", {"accounts": ACCOUNTS, "products": PRODUCTS})
    accounts = [{**account, "id": seeded["accounts"][account["key"]]} for account in ACCOUNTS]
    made.named("netsuite").operate("seed", "", {"accounts": accounts, "products": PRODUCTS})
    yield made


def customer(fake_set: FakeSet, number: int = 0) -> str:
    found: str = fake_set.named("salesforce").operate("seed", "", {})["accounts"][ACCOUNTS[number]["key"]]
    return found


def line(amount: str) -> Line:
    return Line("SKU-1", Decimal(1), Decimal(amount), Decimal(amount))


def order(fake_set: FakeSet, id_: str, deal: str, **more: Any) -> Entry:
    known: dict[str, Any] = {
        "keys": {"externalId": deal, "otherRefNum": deal, "tranId": f"SO{id_}"},
        "state": "open",
        "customer": customer(fake_set),
        "currency": "EUR",
        "total": Decimal("99.50"),
        "lines": (line("99.50"),),
        "time_s": 12.5,
        "changed_s": 80.25,
        "date": "2026-06-30",
    } | more
    return Entry(id_, subsidiary="Parent Company", terms="Net 30", **known)


def invoice(fake_set: FakeSet, id_: str, amount: str, time_s: float, date: str = "2026-06-30") -> Invoice:
    lines = (line(amount),)
    taken = {"credited": Decimal(20), "credited_tax": Decimal("3.80"), "paid": Decimal("69.50")}
    return Invoice(
        id_,
        Decimal(amount),
        "EUR",
        time_s,
        date[:7],
        date,
        customer(fake_set),
        lines,
        subsidiary="Parent Company",
        terms="Net 60",
        **taken,
    )


def orders(fake_set: FakeSet) -> Ledger:
    return Ledger(
        "netsuite",
        600.0,
        (
            order(fake_set, "2001", "D-1", invoices=(invoice(fake_set, "2002", "99.50", 13.5),)),
            order(fake_set, "2003", "D-2", invoices=(invoice(fake_set, "2004", "90.00", 14.5, "2026-07-01"),)),
            order(fake_set, "2005", "D-3", state="cancelled"),
        ),
    )


def test_an_erp_s_ledger_comes_back_as_it_was(fake_set: FakeSet) -> None:
    recorded, fake = orders(fake_set), fake_set.named("netsuite")
    fake.restore(recorded)
    assert fake.ledger().entries == recorded.entries


def test_an_order_of_an_unknown_customer_is_refused_and_nothing_is_added(fake_set: FakeSet) -> None:
    fake = fake_set.named("netsuite")
    with pytest.raises(ControlError, match=r"order '2003' is of customer 'nobody', who is not there"):
        fake.restore(
            Ledger("netsuite", 1.0, (order(fake_set, "2001", "D-1"), order(fake_set, "2003", "D-2", customer="nobody")))
        )
    assert fake.ledger().entries == ()


def test_an_order_that_is_there_already_is_refused(fake_set: FakeSet) -> None:
    fake = fake_set.named("netsuite")
    fake.restore(orders(fake_set))
    with pytest.raises(ControlError, match="order '2001' is there already"):
        fake.restore(orders(fake_set))


def deals_closed(fake_set: FakeSet) -> Ledger:
    """A CRM's ledger after two deals were won, one amended and one voided."""
    fake = fake_set.named("salesforce")
    value = {"name": "Big deal", "account": "a-1", "currency": "EUR", "amount": "99.50", "close_date": "2026-06-30"}
    taxed = {"tax_code": "VAT20", "tax": "19.90"}
    lines = [{"sku": "SKU-1", "quantity": "1", "unit_price": "99.50", "amount": "99.50", **taxed}]
    for key in ("deal-1", "deal-2"):
        fake.operate("close_deal", key, {**value, "lines": lines})
    fake.operate("void_deal", "deal-2", {})
    return fake.ledger()


def test_a_crm_s_ledger_comes_back_as_it_was_under_the_same_ids(fake_set: FakeSet) -> None:
    recorded = deals_closed(fake_set)
    recorded = msgspec.structs.replace(
        recorded, entries=tuple(msgspec.structs.replace(e, time_s=5.25, changed_s=77.5) for e in recorded.entries)
    )
    other = FakeSet({"salesforce": SALESFORCE})
    other.named("salesforce").operate("seed", "", {"accounts": ACCOUNTS, "products": PRODUCTS})
    other.named("salesforce").restore(recorded)
    assert other.named("salesforce").ledger().entries == recorded.entries
    assert recorded.entries[0].lines[0].tax_code == "VAT20"


def test_restored_deals_are_not_announced_and_later_changes_are(fake_set: FakeSet) -> None:
    recorded = deals_closed(fake_set)
    fake: Any = SALESFORCE(fake_set.clock, fake_set.events)
    fake.operate("seed", "", {"accounts": ACCOUNTS, "products": PRODUCTS})
    announced: list[str] = []
    fake.outbound.announce = lambda deals, *_: announced.extend(deals)
    fake.restore(recorded)
    assert announced == []
    fake.operate("amend_deal", "deal-1", {"lines": [], "amount": "5"})
    assert announced == [recorded.entries[0].id]


def test_a_deal_closed_afterwards_has_the_next_id(fake_set: FakeSet) -> None:
    recorded = deals_closed(fake_set)
    fake = SALESFORCE(fake_set.clock, fake_set.events)
    fake.operate("seed", "", {"accounts": ACCOUNTS, "products": PRODUCTS})
    fake.restore(Ledger("salesforce", 1.0, recorded.entries[1:]))
    value = {"account": "a-1", "currency": "EUR", "amount": "1", "close_date": "2026-06-30"}
    assert fake.operate("close_deal", "deal-9", value)["id"] > recorded.entries[1].id


def test_what_keeps_no_ledger_restores_none(fake_set: FakeSet) -> None:
    from gameday_fakes.jira import FAKE as JIRA

    with pytest.raises(ControlError, match="keeps no ledger"):
        JIRA(fake_set.clock, fake_set.events).restore(orders(fake_set))
