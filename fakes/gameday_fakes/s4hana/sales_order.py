"""The entity sets of ``API_SALES_ORDER_SRV``, as data.

Source: SAP Business Accelerator Hub, "Sales Order (A2X)", OData V2; the properties are those that SAP documents there
and for the classes of its own client ("SAP Cloud SDK for JavaScript", sales-order-service, help.sap.com). The document
is our own: it has the properties of the flow, not all of the vendor's.
"""

from __future__ import annotations

from decimal import Decimal

from gameday_fakes.odata.model import EntitySet, Navigation, Operation, Property, navigations, properties
from gameday_fakes.s4hana.columns import (
    DECIMAL,
    amount,
    code,
    computed,
    day,
    flag,
    moment,
    number,
    own_number,
    quantity,
    text,
)

ORDER, ITEM, PARTNER = "A_SalesOrder", "A_SalesOrderItem", "A_SalesOrderHeaderPartner"
HEADER_PRICE, ITEM_PRICE = "A_SalesOrderHeaderPrElement", "A_SalesOrderItemPrElement"


def _within(name: str, to: str, *keys: str) -> Navigation:
    return Navigation(name, to, keys, keys, many=True, contained=True)


ORDERS = EntitySet(
    ORDER,
    "A_SalesOrderType",
    ("SalesOrder",),
    properties(
        own_number("SalesOrder"),
        code("SalesOrderType", 4),
        code("SalesOrganization", 4),
        code("DistributionChannel", 2),
        code("OrganizationDivision", 2),
        code("SalesGroup", 3),
        code("SalesOffice", 4),
        code("SalesDistrict", 6),
        number("SoldToParty"),
        day("CreationDate", read_only=True),
        computed("CreatedByUser", 12),
        day("LastChangeDate", read_only=True),
        text("SenderBusinessSystemName", 60),
        text("ExternalDocumentID", 40),
        moment("LastChangeDateTime"),
        text("PurchaseOrderByCustomer", 35),
        text("PurchaseOrderByShipToParty", 35),
        code("CustomerPurchaseOrderType", 4),
        day("CustomerPurchaseOrderDate"),
        day("SalesOrderDate"),
        amount("TotalNetAmount"),
        computed("OverallDeliveryStatus", 1, "A"),
        computed("TotalBlockStatus", 1),
        computed("OverallOrdReltdBillgStatus", 1, "A"),
        code("TransactionCurrency", 5),
        code("SDDocumentReason", 3),
        day("PricingDate"),
        day("RequestedDeliveryDate"),
        code("ShippingCondition", 2),
        flag("CompleteDeliveryIsDefined"),
        code("ShippingType", 2),
        code("HeaderBillingBlockReason", 2),
        code("DeliveryBlockReason", 2),
        code("IncotermsClassification", 3),
        text("IncotermsLocation1", 70),
        code("CustomerPaymentTerms", 4),
        code("PaymentMethod", 1),
        text("AssignmentReference", 18),
        text("AccountingDocExternalReference", 16),
        code("CustomerGroup", 2),
        computed("OverallSDProcessStatus", 1, "A"),
        computed("TotalCreditCheckStatus", 1),
        computed("OverallTotalDeliveryStatus", 1, "A"),
        computed("OverallSDDocumentRejectionSts", 1, "A"),
    ),
    navigations(
        _within("to_Item", ITEM, "SalesOrder"),
        _within("to_Partner", PARTNER, "SalesOrder"),
        _within("to_PricingElement", HEADER_PRICE, "SalesOrder"),
    ),
    etag="LastChangeDateTime",
)

ITEMS = EntitySet(
    ITEM,
    "A_SalesOrderItemType",
    ("SalesOrder", "SalesOrderItem"),
    properties(
        own_number("SalesOrder"),
        own_number("SalesOrderItem", 6),
        number("HigherLevelItem", 6, create_only=True),
        code("SalesOrderItemCategory", 4),
        text("SalesOrderItemText", 40),
        text("PurchaseOrderByCustomer", 35),
        code("Material", 40),
        text("MaterialByCustomer", 35),
        day("PricingDate"),
        quantity("RequestedQuantity"),
        code("RequestedQuantityUnit", 3),
        computed("TransactionCurrency", 5),
        amount("NetAmount"),
        amount("TaxAmount"),
        code("ProductTaxClassification1", 10),
        computed("MaterialGroup", 9),
        code("ProductionPlant", 4),
        code("StorageLocation", 4),
        code("ShippingPoint", 4),
        code("CustomerPaymentTerms", 4),
        code("SalesDocumentRjcnReason", 2),
        code("ItemBillingBlockReason", 2),
        computed("SDProcessStatus", 1, "A"),
        computed("DeliveryStatus", 1, "A"),
        computed("OrderRelatedBillingStatus", 1, "A"),
    ),
    navigations(
        _within("to_PricingElement", ITEM_PRICE, "SalesOrder", "SalesOrderItem"),
        Navigation("to_SalesOrder", ORDER, ("SalesOrder",), ("SalesOrder",)),
    ),
    etag=None,
)

PARTNERS_OF_ORDER = EntitySet(
    PARTNER,
    "A_SalesOrderHeaderPartnerType",
    ("SalesOrder", "PartnerFunction"),
    properties(
        own_number("SalesOrder"),
        Property("PartnerFunction", length=2, nullable=False, upper=True, default=""),
        number("Customer"),
        number("Supplier"),
        number("Personnel", 8),
        number("ContactPerson"),
    ),
    navigations(Navigation("to_SalesOrder", ORDER, ("SalesOrder",), ("SalesOrder",))),
    etag=None,
)


def _elements(name: str, *keys: str) -> EntitySet:
    """Elements of the pricing procedure: prices, discounts, taxes."""
    return EntitySet(
        name,
        f"{name}Type",
        (*keys, "PricingProcedureStep", "PricingProcedureCounter"),
        properties(
            own_number("SalesOrder"),
            *((own_number("SalesOrderItem", 6),) if "SalesOrderItem" in keys else ()),
            own_number("PricingProcedureStep", 3),
            own_number("PricingProcedureCounter", 3),
            Property("ConditionType", length=4, upper=True, default="", create_only=True),
            Property("ConditionRateValue", DECIMAL, precision=24, scale=9, default=Decimal(0)),
            code("ConditionCurrency", 5),
            Property("ConditionQuantity", DECIMAL, precision=5, scale=0, default=Decimal(0)),
            code("ConditionQuantityUnit", 3),
            computed("ConditionCategory", 1),
            amount("ConditionAmount"),
            computed("TransactionCurrency", 5),
            flag("ConditionIsManuallyChanged", read_only=True),
        ),
        etag=None,
    )


ALL = (
    ORDERS,
    ITEMS,
    PARTNERS_OF_ORDER,
    _elements(HEADER_PRICE, "SalesOrder"),
    _elements(ITEM_PRICE, "SalesOrder", "SalesOrderItem"),
)
_KEY = Property("SalesOrder", length=10, required=True, unpadded=True)
OPERATIONS = tuple(
    Operation(name, parameters=(_KEY,), returns=ORDER) for name in ("releaseApprovalRequest", "rejectApprovalRequest")
)
