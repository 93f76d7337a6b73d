"""The entity sets of ``API_BILLING_DOCUMENT_SRV``, as data."""

from __future__ import annotations

from gameday_fakes.odata.model import EntitySet, Navigation, Operation, Property, navigations, properties
from gameday_fakes.s4hana.columns import amount, computed, day, flag, moment, own_number, quantity

DOCUMENT, DOCUMENT_ITEM = "A_BillingDocument", "A_BillingDocumentItem"

DOCUMENTS = EntitySet(
    DOCUMENT,
    "A_BillingDocumentType",
    ("BillingDocument",),
    properties(
        own_number("BillingDocument"),
        computed("SDDocumentCategory", 4, "M"),
        computed("BillingDocumentType", 4, "F2"),
        day("CreationDate", read_only=True),
        moment("LastChangeDateTime"),
        computed("SalesOrganization", 4),
        computed("DistributionChannel", 2),
        computed("Division", 2),
        day("BillingDocumentDate", read_only=True),
        flag("BillingDocumentIsCancelled", read_only=True),
        computed("CancelledBillingDocument", 10),
        amount("TotalNetAmount"),
        computed("TransactionCurrency", 5),
        amount("TaxAmount"),
        amount("TotalGrossAmount"),
        computed("CustomerPaymentTerms", 4),
        computed("SoldToParty", 10),
        computed("PayerParty", 10),
        computed("CompanyCode", 4),
        computed("FiscalYear", 4),
        computed("AccountingDocument", 10),
        computed("AccountingPostingStatus", 1),
        computed("AccountingTransferStatus", 1),
        computed("OverallBillingStatus", 1),
        computed("PurchaseOrderByCustomer", 35),
        computed("DocumentReferenceID", 16),
        computed("AssignmentReference", 18),
    ),
    navigations(
        Navigation("to_Item", DOCUMENT_ITEM, ("BillingDocument",), ("BillingDocument",), many=True, contained=True)
    ),
    creatable=False,
    updatable=False,
    deletable=False,
    etag="LastChangeDateTime",
)

DOCUMENT_ITEMS = EntitySet(
    DOCUMENT_ITEM,
    "A_BillingDocumentItemType",
    ("BillingDocument", "BillingDocumentItem"),
    properties(
        own_number("BillingDocument"),
        own_number("BillingDocumentItem", 6),
        computed("SalesDocument", 10),
        computed("SalesDocumentItem", 6),
        computed("ReferenceSDDocument", 10),
        computed("Material", 40),
        computed("BillingDocumentItemText", 40),
        quantity("BillingQuantity"),
        computed("BillingQuantityUnit", 3),
        amount("NetAmount"),
        amount("TaxAmount"),
        amount("GrossAmount"),
        computed("TransactionCurrency", 5),
    ),
    navigations(Navigation("to_BillingDocument", DOCUMENT, ("BillingDocument",), ("BillingDocument",))),
    creatable=False,
    updatable=False,
    deletable=False,
    etag=None,
)

ALL = (DOCUMENTS, DOCUMENT_ITEMS)
_KEY = Property("BillingDocument", length=10, required=True, unpadded=True)
OPERATIONS = (
    Operation("Cancel", parameters=(_KEY,), returns=DOCUMENT),
    Operation("GetPDF", parameters=(_KEY,), returns="Edm.Binary", method="GET"),
)
