"""The kinds of transactions: how each is called, numbered and named in SuiteQL, and its statuses.

Source: Oracle's NetSuite help, "Transaction Type Names" and "Statuses" of each transaction. The letters of
statuses other than those of sales orders are as public queries of SuiteQL have them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class TransactionKind(NamedTuple):
    """What people call it, what its numbers begin with, its type in SuiteQL, and its statuses by their letters."""

    title: str
    prefix: str
    type: str
    statuses: dict[str, str]


TRANSACTION_KINDS = {
    "salesOrder": TransactionKind(
        "Sales Order",
        "SO",
        "SalesOrd",
        {
            "A": "Pending Approval",
            "B": "Pending Fulfillment",
            "C": "Cancelled",
            "D": "Partially Fulfilled",
            "E": "Pending Billing/Partially Fulfilled",
            "F": "Pending Billing",
            "G": "Billed",
            "H": "Closed",
        },
    ),
    "estimate": TransactionKind(
        "Estimate", "EST", "Estimate", {"A": "Open", "B": "Processed", "C": "Closed", "X": "Expired"}
    ),
    "opportunity": TransactionKind(
        "Opportunity",
        "OPP",
        "Opprtnty",
        {"A": "In Progress", "B": "Issued Estimate", "C": "Closed - Won", "D": "Closed - Lost"},
    ),
    "invoice": TransactionKind("Invoice", "INV", "CustInvc", {"A": "Open", "B": "Paid In Full"}),
    "cashSale": TransactionKind("Cash Sale", "CS", "CashSale", {"B": "Not Deposited", "C": "Deposited"}),
    "itemFulfillment": TransactionKind(
        "Item Fulfillment", "IF", "ItemShip", {"A": "Picked", "B": "Packed", "C": "Shipped"}
    ),
    "returnAuthorization": TransactionKind(
        "Return Authorization",
        "RMA",
        "RtnAuth",
        {
            "A": "Pending Approval",
            "B": "Pending Receipt",
            "C": "Cancelled",
            "D": "Partially Received",
            "E": "Pending Refund/Partially Received",
            "F": "Pending Refund",
            "G": "Refunded",
            "H": "Closed",
        },
    ),
    "creditMemo": TransactionKind("Credit Memo", "CM", "CustCred", {"B": "Fully Applied"}),
    "customerPayment": TransactionKind("Payment", "PYMT", "CustPymt", {"B": "Fully Applied"}),
}

#: What is offered before there is an order; what bills one; and what takes goods back.
PROPOSALS = ("estimate", "opportunity")
BILLS = ("invoice", "cashSale")
RETURN: Literal["returnAuthorization"] = "returnAuthorization"


def reference_name(kind: str, id_: str) -> str:
    """What a reference to a transaction shows as ``refName``."""
    return f"{TRANSACTION_KINDS[kind].title} #{TRANSACTION_KINDS[kind].prefix}{id_}"
