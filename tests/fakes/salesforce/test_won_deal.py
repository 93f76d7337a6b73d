"""Which stage and fields make a won deal is a setting of the organisation."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gameday_fakes.fake import ControlError
from support.served import CATALOG, DEAL, LINE, Served, write

PATH = "/services/data/v60.0/sobjects/Opportunity"
FIELDS = {
    "Order_Status__c": {"type": "picklist", "values": ["Draft", "Released", "Dropped"], "restricted": True},
    "Contract_Value__c": {"type": "currency", "scale": 2},
    "Contract_Currency__c": {"type": "string", "length": 3},
    "Bill_To__c": {"type": "reference", "refers_to": "Account"},
    "Order_Date__c": {"type": "date"},
}
SETTINGS = {
    "deal_stage_field": "Order_Status__c",
    "deal_amount_field": "Contract_Value__c",
    "deal_currency_field": "Contract_Currency__c",
    "deal_account_field": "Bill_To__c",
    "deal_date_field": "Order_Date__c",
    "won_stage": "Released",
    "lost_stage": "Dropped",
    "open_stage": "Draft",
}


@pytest.fixture
def crm(tmp_path: Path) -> Served:
    """A CRM whose deals are won in a field of its own."""
    crm = Served("salesforce", write(tmp_path, salesforce__Opportunity={"fields": FIELDS}))
    crm.fake.configure(SETTINGS)
    return crm


def change(crm: Served, deal: str, **fields: Any) -> None:
    """Write to a deal through the API."""
    assert crm.reply("PATCH", f"{PATH}/{deal}", fields).status == 204


def test_a_deal_is_won_by_the_field_that_is_named(crm: Served) -> None:
    deal = crm.fake.operate("open_deal", "D-1", DEAL)["id"]
    change(crm, deal, StageName="Closed Won")
    assert crm.fake.ledger().entries == ()
    change(crm, deal, Order_Status__c="Released")
    assert [entry.state for entry in crm.fake.ledger().entries] == ["won"]
    change(crm, deal, Order_Status__c="Draft")
    assert [entry.state for entry in crm.fake.ledger().entries] == ["void"]


def test_the_ledger_has_the_amount_currency_account_and_date_of_the_fields_that_are_named(crm: Served) -> None:
    deal = crm.fake.operate("close_deal", "D-1", DEAL)["id"]
    other = crm.call("POST", "/services/data/v60.0/sobjects/Account", {"Name": "Other"})[1]["id"]
    change(
        crm,
        deal,
        Contract_Value__c=7.5,
        Contract_Currency__c="EUR",
        Bill_To__c=other,
        Order_Date__c="2026-07-15",
        CloseDate="2026-08-01",
    )
    [entry] = crm.fake.ledger().entries
    assert (entry.total, entry.currency, entry.customer, entry.date) == (Decimal("7.5"), "EUR", other, "2026-07-15")


def test_people_fill_in_both_the_usual_fields_and_those_that_are_named(crm: Served) -> None:
    crm.fake.operate("close_deal", "D-1", DEAL)
    _, found = crm.soql(
        "SELECT StageName, IsWon, Order_Status__c, Amount, Contract_Value__c, Contract_Currency__c, AccountId, "
        "Bill_To__c, Order_Date__c FROM Opportunity"
    )
    [deal] = found["records"]
    assert (deal["StageName"], deal["IsWon"], deal["Order_Status__c"]) == ("Closed Won", True, "Released")
    assert (deal["Contract_Value__c"], deal["Contract_Currency__c"]) == (deal["Amount"], "USD")
    assert (deal["Bill_To__c"], deal["Order_Date__c"]) == (deal["AccountId"], "2026-06-30")


def test_amendments_and_voided_deals_follow_the_fields_that_are_named(crm: Served) -> None:
    crm.fake.operate("close_deal", "D-1", DEAL)
    crm.fake.operate("amend_deal", "D-1", {"lines": [LINE, LINE]})
    [entry] = crm.fake.ledger().entries
    assert (entry.total, entry.state) == (Decimal(10), "won")
    crm.fake.operate("void_deal", "D-1", {})
    assert [entry.state for entry in crm.fake.ledger().entries] == ["void"]


def test_a_restored_deal_is_won_by_the_fields_that_are_named(crm: Served) -> None:
    crm.fake.operate("close_deal", "D-1", DEAL)
    before = crm.fake.ledger()
    crm.fake.start_again(0)
    crm.fake.operate("seed", "", CATALOG)
    crm.fake.configure(SETTINGS)
    crm.fake.restore(before)
    [old], [new] = before.entries, crm.fake.ledger().entries
    assert (new.state, new.total, new.currency, new.customer, new.date) == (
        *(old.state, old.total, old.currency),
        *(old.customer, old.date),
    )


def test_merged_accounts_keep_the_field_that_is_named(crm: Served) -> None:
    crm.fake.operate("seed", "", {"accounts": [{"key": "A-2"}], "products": []})
    crm.fake.operate("close_deal", "D-1", DEAL)
    winner = crm.fake.operate("merge_accounts", "", {"winner": "A-2", "loser": "A-1"})["id"]
    assert [entry.customer for entry in crm.fake.ledger().entries] == [winner]


@pytest.mark.parametrize(
    ("setting", "name", "words"),
    [
        ("deal_amount_field", "Contract_Valeu__c", "no field 'Contract_Valeu__c' of Opportunity can be it; known: "),
        ("deal_amount_field", "Contract_Valeu__c", "did you mean 'Contract_Value__c'?"),
        ("deal_amount_field", "Order_Date__c", "no field 'Order_Date__c' of Opportunity can be it; known: Amount, "),
        ("deal_date_field", "Contract_Value__c", "known: CloseDate, Order_Date__c"),
        ("deal_account_field", "OwnerId", "known: AccountId, Bill_To__c"),
    ],
)
def test_a_field_that_cannot_be_it_is_refused_with_the_known_ones(
    crm: Served, setting: str, name: str, words: str
) -> None:
    with pytest.raises(ControlError) as refused:
        crm.fake.configure({setting: name})
    assert setting in str(refused.value)
    assert words in str(refused.value)
