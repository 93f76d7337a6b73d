"""The entity sets of ``API_BUSINESS_PARTNER`` and ``API_PRODUCT_SRV``, as data.

Sources: SAP Business Accelerator Hub, "Business Partner (A2X)" and "Product Master (A2X)", OData V2; written as
``sales_order`` is.
"""

from __future__ import annotations

from gameday_fakes.odata.model import EntitySet, Navigation, Property, navigations, properties
from gameday_fakes.s4hana.columns import code, computed, day, flag, moment, own_number, text

PARTNER, CUSTOMER, SALES_AREA = "A_BusinessPartner", "A_Customer", "A_CustomerSalesArea"
ADDRESS, ROLE = "A_BusinessPartnerAddress", "A_BusinessPartnerRole"
PRODUCT, DESCRIPTION, SALES_TAX = "A_Product", "A_ProductDescription", "A_ProductSalesTax"


def _key(name: str, length: int) -> Property:
    return Property(name, length=length, nullable=False, upper=True, default="")


BUSINESS_PARTNERS = EntitySet(
    PARTNER,
    "A_BusinessPartnerType",
    ("BusinessPartner",),
    properties(
        own_number("BusinessPartner"),
        computed("Customer", 10),
        Property("BusinessPartnerCategory", length=1, default="", create_only=True),
        computed("BusinessPartnerFullName", 81),
        code("BusinessPartnerGrouping", 4),
        computed("BusinessPartnerName", 81),
        text("BusinessPartnerIDByExtSystem", 20),
        flag("BusinessPartnerIsBlocked"),
        day("CreationDate", read_only=True),
        moment("LastChangeDateTime"),
        text("FirstName", 40),
        text("LastName", 40),
        text("OrganizationBPName1", 40),
        text("OrganizationBPName2", 40),
        text("SearchTerm1", 20),
        text("SearchTerm2", 20),
    ),
    navigations(
        Navigation("to_Customer", CUSTOMER, ("BusinessPartner",), ("Customer",), contained=True),
        Navigation(
            "to_BusinessPartnerAddress", ADDRESS, ("BusinessPartner",), ("BusinessPartner",), many=True, contained=True
        ),
        Navigation(
            "to_BusinessPartnerRole", ROLE, ("BusinessPartner",), ("BusinessPartner",), many=True, contained=True
        ),
    ),
    deletable=False,
    etag="LastChangeDateTime",
)

CUSTOMERS = EntitySet(
    CUSTOMER,
    "A_CustomerType",
    ("Customer",),
    properties(
        own_number("Customer"),
        computed("CustomerName", 80),
        computed("CustomerFullName", 220),
        code("CustomerAccountGroup", 4),
        code("OrderIsBlockedForCustomer", 2),
        code("BillingIsBlockedForCustomer", 2),
        code("DeliveryIsBlocked", 2),
        flag("PostingIsBlocked"),
        flag("DeletionIndicator"),
        day("CreationDate", read_only=True),
    ),
    navigations(
        Navigation("to_CustomerSalesArea", SALES_AREA, ("Customer",), ("Customer",), many=True, contained=True),
    ),
    creatable=False,
    deletable=False,
    etag=None,
)

SALES_AREAS = EntitySet(
    SALES_AREA,
    "A_CustomerSalesAreaType",
    ("Customer", "SalesOrganization", "DistributionChannel", "Division"),
    properties(
        own_number("Customer"),
        _key("SalesOrganization", 4),
        _key("DistributionChannel", 2),
        _key("Division", 2),
        code("Currency", 5),
        code("CustomerPaymentTerms", 4),
        code("IncotermsClassification", 3),
        code("OrderIsBlockedForCustomer", 2),
    ),
    deletable=False,
    etag=None,
)

ADDRESSES = EntitySet(
    ADDRESS,
    "A_BusinessPartnerAddressType",
    ("BusinessPartner", "AddressID"),
    properties(
        own_number("BusinessPartner"),
        own_number("AddressID"),
        text("CityName", 40),
        code("Country", 3),
        text("PostalCode", 10),
        text("StreetName", 60),
        text("HouseNumber", 10),
    ),
    etag=None,
)

ROLES = EntitySet(
    ROLE,
    "A_BusinessPartnerRoleType",
    ("BusinessPartner", "BusinessPartnerRole"),
    properties(own_number("BusinessPartner"), _key("BusinessPartnerRole", 6)),
    updatable=False,
    deletable=False,
    etag=None,
)

PARTNER_SETS = (BUSINESS_PARTNERS, CUSTOMERS, SALES_AREAS, ADDRESSES, ROLES)

PRODUCTS = EntitySet(
    PRODUCT,
    "A_ProductType",
    ("Product",),
    properties(
        _key("Product", 40),
        code("ProductType", 4),
        code("CrossPlantStatus", 2),
        flag("IsMarkedForDeletion"),
        text("ProductOldID", 40),
        code("ProductGroup", 9),
        code("BaseUnit", 3),
        code("ItemCategoryGroup", 4),
        code("Division", 2),
        day("CreationDate", read_only=True),
        moment("LastChangeDateTime"),
    ),
    navigations(
        Navigation("to_Description", DESCRIPTION, ("Product",), ("Product",), many=True, contained=True),
        Navigation("to_SalesTax", SALES_TAX, ("Product",), ("Product",), many=True, contained=True),
    ),
    deletable=False,
    etag="LastChangeDateTime",
)

DESCRIPTIONS = EntitySet(
    DESCRIPTION,
    "A_ProductDescriptionType",
    ("Product", "Language"),
    properties(_key("Product", 40), _key("Language", 2), text("ProductDescription", 40)),
    etag=None,
)

SALES_TAXES = EntitySet(
    SALES_TAX,
    "A_ProductSalesTaxType",
    ("Product", "Country", "TaxCategory"),
    properties(
        _key("Product", 40),
        _key("Country", 3),
        _key("TaxCategory", 4),
        code("TaxClassification", 10),
    ),
    deletable=False,
    etag=None,
)

PRODUCT_SETS = (PRODUCTS, DESCRIPTIONS, SALES_TAXES)
