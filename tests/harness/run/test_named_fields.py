"""Which of the fields that a ledger states are restored: those that deals do not have anyway."""

from __future__ import annotations

from decimal import Decimal

from gameday.contracts.odcs import load_contract
from gameday.run.named_fields import stated_if_there, stated_names, with_further_fields
from gameday_fakes.ledger import Entry, Ledger, Line


def test_ledgers_state_what_a_contract_says_deals_are_traced_by_and_how_much_customers_matter() -> None:
    crm, erp = stated_if_there(load_contract("closed-won-to-sales-order"))
    assert crm == ["customer.Customer_Tier__c"]
    assert erp == ["custbody_correlation_id", "invoice.custbody_correlation_id"]


def test_what_a_contract_compares_under_the_crm_s_own_name_is_not_restored_twice() -> None:
    contract = load_contract("closed-won-to-sales-order.dataverse.s4hana")
    assert stated_names(contract)[0] == ["transactioncurrencyid.isocurrencycode", "line.quantity"]
    line = Line("SKU-1", Decimal(2), Decimal(5), Decimal(10), fields=(("quantity", "2"), ("new_note", "gift")))
    fields = {"transactioncurrencyid.isocurrencycode": "EUR", "new_region": "EMEA"}
    entry = Entry("1", {}, "won", "A-1", "EUR", Decimal(10), (line,), 0.0, 0.0, fields=fields)
    [restored] = with_further_fields(Ledger("dataverse", 0.0, (entry,)), contract).entries
    assert restored.fields == {"new_region": "EMEA"}
    assert restored.lines[0].fields == (("new_note", "gift"),)
    assert (restored.currency, restored.lines[0].quantity) == ("EUR", Decimal(2))
