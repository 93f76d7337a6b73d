"""The system, its sales area and its addresses. No handlers here."""

from __future__ import annotations

from gameday_fakes.s4hana.manifest import MANIFEST

CREDENTIALS = MANIFEST.credentials
#: System and client, which the names of cookies have.
SYSTEM, CLIENT = "S4H", "100"
SESSION_COOKIE = f"SAP_SESSIONID_{SYSTEM}_{CLIENT}"

#: Where the OData services of version 2 are.
ROOT = "/sap/opu/odata/sap"
SALES_ORDERS, BILLING = "API_SALES_ORDER_SRV", "API_BILLING_DOCUMENT_SRV"
PARTNERS, PRODUCTS = "API_BUSINESS_PARTNER", "API_PRODUCT_SRV"

COMPANY_CODE = "1010"
LOCAL_CURRENCY = "USD"
LANGUAGE = "EN"
SALES_AREA = {
    "SalesOrganization": CREDENTIALS["sales_organization"],
    "DistributionChannel": CREDENTIALS["distribution_channel"],
    "OrganizationDivision": CREDENTIALS["division"],
}
