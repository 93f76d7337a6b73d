"""The pod, its business unit and its addresses. No handlers here."""

from __future__ import annotations

from gameday_fakes.oracle_fusion.manifest import MANIFEST

CREDENTIALS = MANIFEST.credentials
BUSINESS_UNIT = CREDENTIALS["business_unit"]
BUSINESS_UNIT_ID = 300_100_000_000_001
#: The organization that defines the items (the item master).
ITEM_MASTER = "GDM"

#: Where the resources are: those of supply chain and financials, and those of customers.
SCM, CRM = "/fscmRestApi/resources", "/crmRestApi/resources"
VERSION = "11.13.18.05"
API = f"{SCM}/{VERSION}"
CUSTOMERS_API = f"{CRM}/{VERSION}"
