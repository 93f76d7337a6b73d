"""A record of a won deal as a CRM export has it, of which gates are tested."""

from __future__ import annotations

from typing import Any

RECORD: dict[str, Any] = {
    "Opportunity": {
        "Id": "006000000000000001",
        "Name": "Deal",
        "AccountId": "001000000000000001",
        "IsWon": True,
        "StageName": "Closed Won",
        "Amount": 39.98,
        "CurrencyIsoCode": "EUR",
        "CloseDate": "2026-06-30",
        "SystemModstamp": "2026-06-30T10:00:00.000+0000",
    },
    "OpportunityLineItem": [
        {
            "Id": "00k000000000000001",
            "OpportunityId": "006000000000000001",
            "PricebookEntry": {"ProductCode": "SKU-1"},
            "Quantity": 2,
            "UnitPrice": 19.99,
            "TotalPrice": 39.98,
        }
    ],
}
