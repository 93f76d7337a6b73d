"""Makes sure that the ERP knows a deal's customer: finds it under the account's id, or adds it."""

from __future__ import annotations

from typing import Protocol

from gameday_fakes.stacks.durable.crm import Crm
from gameday_fakes.stacks.durable.erp import Erp
from gameday_fakes.stacks.durable.trouble import Trouble

FIELDS = "Id, Name, CurrencyIsoCode, BillingCity, BillingCountry"


class Customers(Protocol):
    """Ensures that the ERP has an account's customer, and returns its external id."""

    async def ensure(self, account: str) -> str: ...


class KeyedCustomers:
    """Adds a customer under the account's id as its external id, so two deals of one account make one customer."""

    def __init__(self, crm: Crm, erp: Erp) -> None:
        self.crm = crm
        self.erp = erp
        self._known: set[str] = set()

    async def ensure(self, account: str) -> str:
        """Raises Trouble."""
        if account not in self._known:
            if not await self.erp.has_customer(account):
                await self.add(account)
            self._known.add(account)
        return account

    async def add(self, account: str) -> None:
        """Add the customer, or bring it up to date if another deal has added it meanwhile. Raises Trouble."""
        await self.erp.write("PUT", f"/record/v1/customer/eid:{account}", await self.body(account))

    async def body(self, account: str) -> dict[str, object]:
        """The customer's record. Its number is the account's id, because several customers may have one name."""
        rows = await self.crm.query(f"SELECT {FIELDS} FROM Account WHERE Id = '{account}'")  # noqa: S608
        if not rows:
            raise Trouble("invalid_reference", f"the CRM has no account {account}", system="crm")
        [row] = rows
        return {
            "entityId": account,
            "companyName": row["Name"],
            "currency": {"id": await self.erp.currency_id(row["CurrencyIsoCode"])},
            "city": row["BillingCity"] or "",
            "country": row["BillingCountry"] or "",
            "custentity_crm_account_id": account,
        }
