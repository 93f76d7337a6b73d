"""What the reconciler compares of a deal and its orders, and what it may put right by itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from gameday_fakes.stacks.durable.contract import is_void
from gameday_fakes.stacks.durable.crm import Record
from gameday_fakes.stacks.durable.erp import LedgerOrder


def compared(record: Record) -> str:
    """What of a deal is compared; not its version alone, for it may change twice within a tick of the CRM's clock."""
    return f"{record['version']} {values(record)}"


def values(record: Record) -> str:
    """The values of a deal that are compared."""
    values = (is_void(record), record.get("amount"), record.get("currency"), record.get("account"))
    return " ".join(map(str, values))


def difference_of(record: Mapping[str, object], orders: list[LedgerOrder]) -> str:
    """How a deal that is won differs from its open orders, in words; empty if it does not."""
    amount, currency = Decimal(str(record["amount"])), record["currency"]
    if not orders:
        return f"{amount} {currency} in the CRM, no order in the ERP"
    if len(orders) > 1:
        return f"one deal in the CRM, {len(orders)} orders in the ERP"
    if orders[0].total != amount or orders[0].currency != currency:
        return f"{amount} {currency} in the CRM, {orders[0].total} {orders[0].currency} in the ERP"
    return ""


def is_safe(record: Mapping[str, object], orders: list[LedgerOrder]) -> bool:
    """Rewriting repairs a missing order or a wrong total, but not an order booked in another currency."""
    return all(order.currency == record["currency"] for order in orders)
