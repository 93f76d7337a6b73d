"""What must be equal of a deal's account and the customer of its order, by the contract's rule. Pure."""

from __future__ import annotations

from gameday.model.contract import Contract
from gameday_fakes.ledger import Ledger


class CustomerNames:
    """The names of accounts and customers in two ledgers.

    A customer under an id that goes on to lead to the account, after a merge in the CRM, is that of the account.
    """

    def __init__(self, contract: Contract, crm: Ledger, erp: Ledger) -> None:
        self._contract = contract
        self._accounts, self._customers, self._leads_to = crm.customers, erp.customers, crm.leads_to

    def of(self, account: str, customer: str) -> tuple[str, str]:
        """What is expected for an account, and what a customer has."""
        if not self._contract.customer_match:
            return account, self._leads_to.get(customer, customer)
        expected = self._of(account) or account
        has = self._customers.get(customer, {}).get(self._contract.customer_match, "")
        same = any(self._of(former) == has for former, now in self._leads_to.items() if now == account)
        return expected, expected if has and same else has

    def _of(self, account: str) -> str:
        return self._contract.customer(account, self._accounts.get(account, {}))
