"""A customer that becomes exempt from tax: formulas over its account change its deals, and nothing tells of it.

Organisations compute the tax of a line from its deal's account. When the account changes, so does the line, at once;
its stamps stay, and no message or event is sent. Sources: Change Data Capture Developer Guide, "General
Considerations", "No Formula Field Support"; Databricks, "Ingest Salesforce formula fields incrementally", which says
that the cursor columns SystemModstamp and LastModifiedDate do not follow formulas.

In the bundled organisation the two fields of a line are formulas in this only: a describe shows plain fields.
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.salesforce.deal_lines import lines_of
from gameday_fakes.salesforce.models import Record, SalesforceStore

EXEMPT = "Tax_Exempt__c"
#: What the formulas give for a line of an exempt customer.
_NO_TAX: dict[str, Any] = {"Tax_Code__c": None, "Tax_Amount__c": None}


def exempt(store: SalesforceStore, account: Record) -> None:
    """Tick the account as exempt; the lines of all its deals follow. To be called within a change."""
    known = store.model.objects["Account"].fields
    store.update(account, {EXEMPT: True} if EXEMPT in known else {})
    of_deals = store.deal_fields
    fields = store.model.objects[of_deals.lines.object].fields
    values = {name: value for name, value in _NO_TAX.items() if name in fields}
    for deal in list(store.referring(of_deals.object, of_deals.account, account.id)):
        for line in lines_of(store, deal.id):
            store.compute(line, values)


def is_exempt(store: SalesforceStore, account: str | None) -> bool:
    """Whether the account with that id is exempt from tax."""
    record = store.find("Account", account or "")
    return record is not None and bool(record.fields.get(EXEMPT))
