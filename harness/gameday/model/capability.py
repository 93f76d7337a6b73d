"""What a stack may do without: its table declares it absent, and what needs it is then not applicable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

#: Where it is absent, the ERP knows all customers.
NEW_CUSTOMERS = "new customers"
#: Where it is absent, what the default workload does to won deals is left out.
CHANGES_AFTER_WINNING = "changes after winning"
#: Where it is absent, nobody expects that an order can be traced by such an id.
CORRELATION_IDS = "correlation ids"

#: Each capability, with what a stack without it does not do, as a clause.
CAPABILITIES: Mapping[str, str] = {
    "webhook": "it takes no events from the CRM",
    "batch calls": "it makes no batch calls",
    "invoices": "it writes no invoices",
    NEW_CUSTOMERS: "it adds no customers to the ERP",
    CORRELATION_IDS: "it writes no correlation ids",
    CHANGES_AFTER_WINNING: "it does not follow what happens to a deal after it was won",
}


def why_not_applicable(needs: Iterable[str], absent: Iterable[str]) -> str:
    """What a stack does not do of what is needed, as a clause; empty if it does all of it.

    >>> why_not_applicable(["webhook"], ["webhook", "invoices"])
    'it takes no events from the CRM'
    """
    lacking = set(absent)
    return " and ".join(CAPABILITIES[name] for name in dict.fromkeys(needs) if name in lacking)
