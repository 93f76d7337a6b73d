"""The record types of items. They share ids, external ids and the table ``item``; each record has one of them.

Source: NetSuite Help Center, "Item Types", "SuiteScript Records Browser", and public queries of SuiteQL for the values
of ``itemtype``. Whoever sells a kit sells its price; nothing follows from its members. What a line
of an item that is no goods does to the others is in ``adjustments``.
"""

from __future__ import annotations

from typing import Literal

#: The one that workloads sell.
INVENTORY = "inventoryItem"
KIT = "kitItem"
#: By record type the value of ``itemtype``.
ITEM_TYPES = {
    "nonInventorySaleItem": "NonInvtPart",
    "nonInventoryResaleItem": "NonInvtPart",
    "serviceSaleItem": "Service",
    "serviceResaleItem": "Service",
    "otherChargeSaleItem": "OthCharge",
    "otherChargeResaleItem": "OthCharge",
    "assemblyItem": "Assembly",
    KIT: "Kit",
    "discountItem": "Discount",
    "markupItem": "Markup",
    "subtotalItem": "Subtotal",
    "descriptionItem": "Description",
    INVENTORY: "InvtPart",
}

#: Items that are made of others.
WITH_MEMBERS = (KIT, "assemblyItem")

#: What a line does that sells nothing; empty for one that does.
Role = Literal["", "adjustment", "subtotal", "text"]
ROLES: dict[str, Role] = {
    "discountItem": "adjustment",
    "markupItem": "adjustment",
    "subtotalItem": "subtotal",
    "descriptionItem": "text",
}
#: Items with a rate of their own: an amount, or a percentage such as ``-10%``.
RATED = tuple(kind for kind, role in ROLES.items() if role == "adjustment")


def type_of(kind: str) -> str:
    """What a record notes of a new one's type: nothing, unless it is an item that is no inventory item."""
    return kind if kind in ITEM_TYPES and kind != INVENTORY else ""
