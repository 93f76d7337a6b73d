"""The resources of invoices, customers, items and prices, as data.

Sources: docs.oracle.com, "REST API for Oracle Fusion Cloud Financials", Receivables Invoices; "REST API for CX Sales",
Hub Organizations; "REST API for Oracle Fusion Cloud SCM", Items and Price Lists. Only attributes of the flow.
"""

from __future__ import annotations

from gameday_fakes.odata.model import EntitySet, Property, navigations, properties
from gameday_fakes.oracle_fusion.account import ITEM_MASTER
from gameday_fakes.oracle_fusion.columns import CHANGED, CREATED, ID, child, computed, day, flag, identity, number, text

INVOICES, INVOICE_LINES, TAX_LINES = "receivablesInvoices", "invoiceLines", "invoiceTaxLines"
ORGANIZATIONS, ITEMS = "hubOrganizations", "itemsV2"
PRICE_LISTS, PRICE_ITEMS, PRICE_CHARGES = "priceLists", "priceListItems", "priceListCharges"

OTHER_SETS = (
    EntitySet(
        INVOICES,
        "Receivables Invoices",
        ("CustomerTransactionId",),
        properties(
            identity("CustomerTransactionId"),
            text("TransactionNumber", 20, create_only=True),
            text("TransactionSource", 50, create_only=True, required=True),
            text("TransactionType", 20, create_only=True, required=True),
            text("BusinessUnit", 240, create_only=True, required=True),
            day("TransactionDate", create_only=True),
            day("AccountingDate", create_only=True),
            day("BillingDate", create_only=True),
            day("DueDate"),
            text("BillToCustomerName", 360, create_only=True),
            text("BillToCustomerNumber", 30, create_only=True),
            text("InvoiceCurrencyCode", 15, create_only=True),
            text("PaymentTerms", 15),
            text("PurchaseOrder", 50),
            text("CrossReference", 30),
            text("Comments", 1760),
            Property("InvoiceStatus", read_only=True, default="Complete"),
            computed("EnteredAmount"),
            computed("InvoiceBalanceAmount"),
            CREATED,
            CHANGED,
        ),
        navigations(child("receivablesInvoiceLines", INVOICE_LINES, "CustomerTransactionId")),
    ),
    EntitySet(
        INVOICE_LINES,
        "Receivables Invoice Lines",
        ("CustomerTransactionLineId",),
        properties(
            identity("CustomerTransactionLineId"),
            Property("LineNumber", ID),
            text("Description", 240),
            text("ItemNumber", 300),
            number("Quantity"),
            number("UnitSellingPrice"),
            text("UnitOfMeasure", 25),
            text("TaxClassificationCode", 50),
            text("SalesOrder", 50),
            day("SalesOrderDate"),
            computed("LineAmount"),
        ),
        navigations(child("receivablesInvoiceLineTaxLines", TAX_LINES, "CustomerTransactionLineId")),
        updatable=False,
        deletable=False,
    ),
    EntitySet(
        TAX_LINES,
        "Receivables Invoice Line Tax Lines",
        ("TaxLineId",),
        properties(
            identity("TaxLineId"),
            text("TaxRegimeCode", 30),
            text("TaxRateCode", 150),
            number("TaxAmount"),
            computed("TaxRate"),
            computed("TaxableAmount"),
        ),
        updatable=False,
        deletable=False,
    ),
    EntitySet(
        ORGANIZATIONS,
        "Hub Organizations",
        ("PartyId",),
        properties(
            identity("PartyId"),
            text("PartyNumber", 30, create_only=True),
            text("OrganizationName", 360, required=True),
            text("SourceSystem", 30),
            text("SourceSystemReferenceValue", 255),
            text("Country", 60),
            text("City", 60),
            text("CurrencyCode", 15),
            Property("Status", read_only=True, default="A"),
            CREATED,
            CHANGED,
        ),
        deletable=False,
    ),
    EntitySet(
        ITEMS,
        "Items",
        ("ItemId",),
        properties(
            identity("ItemId"),
            text("ItemNumber", 300, create_only=True, required=True),
            text("OrganizationCode", 18, create_only=True, default=ITEM_MASTER),
            text("ItemDescription", 240),
            text("ItemStatusValue", 10, default="Active"),
            text("PrimaryUOMValue", 25, default="Each"),
            text("OutputTaxClassificationCodeValue", 50),
            flag("CustomerOrderEnabledFlag", default=True),
            flag("InvoiceEnabledFlag", default=False),
            CREATED,
            CHANGED,
        ),
        deletable=False,
    ),
    EntitySet(
        PRICE_LISTS,
        "Price Lists",
        ("PriceListId",),
        properties(
            identity("PriceListId"), Property("PriceListName", read_only=True), Property("CurrencyCode", read_only=True)
        ),
        navigations(child("items", PRICE_ITEMS, "PriceListId")),
        creatable=False,
        updatable=False,
        deletable=False,
    ),
    EntitySet(
        PRICE_ITEMS,
        "Price List Items",
        ("PriceListItemId",),
        properties(
            identity("PriceListItemId"),
            Property("ItemNumber", read_only=True),
            Property("PricingUOMCode", read_only=True, default="EA"),
        ),
        navigations(child("charges", PRICE_CHARGES, "PriceListItemId")),
        creatable=False,
        updatable=False,
        deletable=False,
    ),
    EntitySet(
        PRICE_CHARGES,
        "Price List Charges",
        ("PriceListChargeId",),
        properties(
            identity("PriceListChargeId"),
            computed("BasePrice"),
            Property("CalculationMethodCode", read_only=True, default="PRICE"),
            day("StartDate", read_only=True),
            day("EndDate", read_only=True),
        ),
        creatable=False,
        updatable=False,
        deletable=False,
    ),
)
