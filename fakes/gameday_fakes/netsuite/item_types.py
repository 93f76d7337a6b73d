"""The record types of items. They share ids, external ids and the table ``item``; each record has one of them.

Source: NetSuite Help Center, "Item Types", "SuiteScript Records Browser", and public queries of SuiteQL for the values
of ``itemtype``. Orders take all of them alike: whoever sells a kit sells its price, and its members are not looked at.
A discount's line has the rate that it is given; that NetSuite computes it from a percentage is not played.
"""

from __future__ import annotations

#: The one that workloads sell.
INVENTORY = "inventoryItem"
#: By record type the value of ``itemtype``.
ITEM_TYPES = {
    "nonInventorySaleItem": "NonInvtPart",
    "nonInventoryResaleItem": "NonInvtPart",
    "serviceSaleItem": "Service",
    "serviceResaleItem": "Service",
    "otherChargeSaleItem": "OthCharge",
    "otherChargeResaleItem": "OthCharge",
    "assemblyItem": "Assembly",
    "kitItem": "Kit",
    "discountItem": "Discount",
    INVENTORY: "InvtPart",
}


def type_of(kind: str) -> str:
    """What a record notes of a new one's type: nothing, unless it is an item that is no inventory item."""
    return kind if kind in ITEM_TYPES and kind != INVENTORY else ""
