"""Which records of a NetSuite account are of one run, by the fields in which they name its deals and accounts.

Columns of SuiteQL are the names of record fields in lower case, for custom fields and most others ("Records Catalog").
"""

from __future__ import annotations

from collections.abc import Iterator

from gameday_fakes.netsuite.tenant_ledger import MOST_IDS, listed
from gameday_fakes.sandbox.settings import RunRecords
from gameday_fakes.sandbox.tenant import in_parts

#: In these an order may name its deal, whatever the contract says.
_COLUMNS = ("otherrefnum", "externalid")
#: What custom fields begin with ("Custom Body Fields", "Custom Entity Fields"), and others that hold a free text.
_OF_ORDERS, _OF_CUSTOMERS = ("custbody", "memo", "tranid"), ("custentity", "accountnumber", "comments")


class FieldsOfRun:
    """The conditions of queries that find what one run has made, and what leads to it."""

    def __init__(self, records: RunRecords) -> None:
        self._records = records

    @property
    def customer_field(self) -> str:
        """The custom field of customers that names an account, as records have it; empty without one."""
        name = self._records.naming.customer
        return name if name.lower().startswith(_OF_CUSTOMERS) else ""

    def given(self, account: str) -> dict[str, str]:
        """What a customer that is made for an account needs for a sync that finds it by a field of its own."""
        if not self.customer_field:
            return {}
        fields = self._records.account_fields.get(account, {})
        value = self._records.naming.of_account(**{**fields, "account": account})
        return {self.customer_field: value} if value else {}

    def customers(self) -> Iterator[str]:
        """The conditions of which each finds customers of the run."""
        tag, accounts = self._records.tag, [*self._records.accounts.values()]
        yield f"entityid LIKE '% {tag}'"
        yield from (f"externalid IN ({listed(some)})" for some in in_parts(accounts, MOST_IDS))
        column, naming = self.customer_field.lower(), self._records.naming
        if column and "{account}" in naming.customer_pattern:
            values = [naming.of_account(account=account) for account in accounts]
            yield from (f"{column} IN ({listed(some)})" for some in in_parts(values, MOST_IDS))
        elif column:
            # Another field of the account, such as its number, bears the run's tag.
            yield f"{column} LIKE '%{tag}%'"

    def transactions(self) -> Iterator[str]:
        """The conditions of which each finds transactions that name a deal of the run."""
        deals, naming = [*self._records.deals.values()], self._records.naming
        own = naming.order.lower()
        for column in (*_COLUMNS, *([own] if own.startswith(_OF_ORDERS) else [])):
            values = {*deals, *map(naming.of_deal, deals)}
            yield from (f"{column} IN ({listed(some)})" for some in in_parts(sorted(values), MOST_IDS))
