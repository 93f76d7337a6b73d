"""The standard objects and fields that every organisation here has; an organisation's folder adds to them."""

from __future__ import annotations

import msgspec

from gameday_fakes.salesforce.currencies import CURRENCIES
from gameday_fakes.salesforce.field import Field, FieldType, Object


def _field(name: str, type_: FieldType, **attributes: object) -> Field:
    return msgspec.structs.replace(Field(name, type_), **attributes)


def _text(name: str, length: int = 255, **attributes: object) -> Field:
    return _field(name, "string", length=length, **attributes)


def _picklist(name: str, *values: str, **attributes: object) -> Field:
    return _field(name, "picklist", length=255, values=values, **attributes)


def _money(name: str, **attributes: object) -> Field:
    return _field(name, "currency", scale=2, **attributes)


def _reference(name: str, to: str, **attributes: object) -> Field:
    return _field(name, "reference", length=18, refers_to=to, relationship=name.removesuffix("Id"), **attributes)


_FIXED = {"createable": False, "updateable": False}
_DERIVED = {**_FIXED, "calculated": True}

_OPEN_STAGES = ("Prospecting", "Qualification", "Proposal/Price Quote", "Negotiation/Review")
STAGES = (*_OPEN_STAGES, "Closed Won", "Closed Lost")

#: "Auto-Number Fields" of standard objects.
NUMBERS = {
    "Order": {"OrderNumber": "{00000000}"},
    "OrderItem": {"OrderItemNumber": "{0000000000}"},
    "Quote": {"QuoteNumber": "{00000000}"},
    "Contract": {"ContractNumber": "{00000000}"},
}

_CURRENCY = _picklist("CurrencyIsoCode", *CURRENCIES, restricted=True)

SYSTEM = (
    _field("IsDeleted", "boolean", nillable=False, **_FIXED),
    _field("CreatedDate", "datetime", nillable=False, **_FIXED),
    _reference("CreatedById", "User", nillable=False, **_FIXED),
    _field("LastModifiedDate", "datetime", nillable=False, **_FIXED),
    _reference("LastModifiedById", "User", nillable=False, **_FIXED),
    _field("SystemModstamp", "datetime", nillable=False, **_FIXED),
)


def _address(of: str) -> tuple[Field, ...]:
    """The parts of an address."""
    return (
        _field(f"{of}Street", "textarea", length=255),
        _text(f"{of}City", 40),
        _text(f"{of}State", 80),
        _text(f"{of}PostalCode", 20),
        _text(f"{of}Country", 80),
    )


def _object(name: str, *fields: Field, writable: bool = True) -> Object:
    known = (_field("Id", "id", length=18, nillable=False, **_FIXED), *fields, *SYSTEM)
    return Object(name, {field.name: field for field in known}, writable)


STANDARD = (
    _object(
        "Account",
        _reference("MasterRecordId", "Account", **_FIXED),
        _text("Name", nillable=False),
        _text("AccountNumber", 40),
        _picklist("Type", "Prospect", "Customer - Direct", "Customer - Channel", "Other"),
        _reference("ParentId", "Account", children="ChildAccounts"),
        *_address("Billing"),
        *_address("Shipping"),
        _field("Phone", "phone", length=40),
        _field("Website", "url", length=255),
        _picklist("Industry"),
        _money("AnnualRevenue"),
        _field("NumberOfEmployees", "int"),
        _field("Description", "textarea", length=32_000),
        _CURRENCY,
        _reference("OwnerId", "User", nillable=False),
    ),
    _object(
        "Opportunity",
        _reference("AccountId", "Account", children="Opportunities"),
        _text("Name", 120, nillable=False),
        _picklist("StageName", *STAGES, nillable=False),
        _money("Amount"),
        _field("Probability", "percent"),
        _field("CloseDate", "date", nillable=False),
        _picklist("Type", "Existing Business", "New Business"),
        _picklist("LeadSource"),
        _text("NextStep"),
        _field("Description", "textarea", length=32_000),
        _reference("ContractId", "Contract", children="Opportunities"),
        _field("IsClosed", "boolean", nillable=False, **_DERIVED),
        _field("IsWon", "boolean", nillable=False, **_DERIVED),
        _picklist("ForecastCategoryName", "Omitted", "Pipeline", "Best Case", "Commit", "Closed"),
        _CURRENCY,
        _reference("OwnerId", "User", nillable=False),
        _reference("Pricebook2Id", "Pricebook2", children="Opportunities"),
        _field("HasOpportunityLineItem", "boolean", nillable=False, **_DERIVED),
        _field("TotalOpportunityQuantity", "double", scale=2),
    ),
    _object(
        "OpportunityLineItem",
        _reference("OpportunityId", "Opportunity", nillable=False, updateable=False, children="OpportunityLineItems"),
        _field("SortOrder", "int", createable=False),
        _reference("PricebookEntryId", "PricebookEntry", updateable=False, children="OpportunityLineItems"),
        _reference("Product2Id", "Product2", **_FIXED),
        _text("ProductCode", **_DERIVED),
        _text("Name", 376, **_DERIVED),
        _picklist("CurrencyIsoCode", *CURRENCIES, **_FIXED),
        _field("Quantity", "double", scale=2, nillable=False),
        _money("UnitPrice"),
        _money("ListPrice", **_DERIVED),
        _field("Discount", "percent", scale=2),
        _money("TotalPrice"),
        _field("ServiceDate", "date"),
        _text("Description"),
    ),
    _object(
        "Pricebook2",
        _text("Name", nillable=False),
        _field("IsActive", "boolean", nillable=False),
        _field("IsStandard", "boolean", nillable=False, **_FIXED),
    ),
    _object(
        "PricebookEntry",
        _text("Name", **_DERIVED),
        _reference("Pricebook2Id", "Pricebook2", nillable=False, updateable=False, children="PricebookEntries"),
        _reference("Product2Id", "Product2", nillable=False, updateable=False, children="PricebookEntries"),
        _picklist("CurrencyIsoCode", *CURRENCIES, restricted=True, updateable=False),
        _money("UnitPrice", nillable=False),
        _field("IsActive", "boolean", nillable=False),
        _text("ProductCode", **_DERIVED),
    ),
    _object(
        "Product2",
        _text("Name", nillable=False),
        _text("ProductCode"),
        _text("StockKeepingUnit", 180),
        _text("Description", 4000),
        _picklist("Family"),
        _field("IsActive", "boolean", nillable=False),
        _CURRENCY,
    ),
    _object(
        "Organization",
        _text("Name", 80, nillable=False),
        _field("IsSandbox", "boolean", nillable=False),
        _text("InstanceName", 5),
        _text("OrganizationType", 40),
        _picklist("DefaultCurrencyIsoCode", *CURRENCIES),
        writable=False,
    ),
    _object(
        "User",
        _text("Username", 80, nillable=False),
        _text("Name", 121),
        _text("Email", 128),
        _field("IsActive", "boolean", nillable=False),
        writable=False,
    ),
    _object(
        "Contact",
        _reference("AccountId", "Account", children="Contacts"),
        _text("FirstName", 40),
        _text("LastName", 80, nillable=False),
        _text("Name", 121, **_DERIVED),
        _field("Email", "email", length=80),
        _field("Phone", "phone", length=40),
        _text("Title", 128),
        _field("MobilePhone", "phone", length=40),
        *_address("Mailing"),
        _CURRENCY,
        _reference("OwnerId", "User", nillable=False),
    ),
    _object(
        "Order",
        _reference("AccountId", "Account", children="Orders"),
        _text("OrderNumber", 30, nillable=False, **_FIXED),
        _text("Name", 80),
        _picklist("Status", "Draft", "Activated", "Cancelled", nillable=False),
        _field("EffectiveDate", "date", nillable=False),
        _money("TotalAmount", **_DERIVED),
        _picklist("Type", "New", "Renewal"),
        _text("PoNumber", 80),
        _field("EndDate", "date"),
        *_address("Billing"),
        *_address("Shipping"),
        _field("Description", "textarea", length=32_000),
        _reference("ContractId", "Contract", children="Orders"),
        _CURRENCY,
        _reference("OwnerId", "User", nillable=False),
        _reference("Pricebook2Id", "Pricebook2", children="Orders"),
        _reference("OpportunityId", "Opportunity", children="Orders"),
    ),
    _object(
        "OrderItem",
        _reference("OrderId", "Order", nillable=False, updateable=False, children="OrderItems"),
        _text("OrderItemNumber", 30, nillable=False, **_FIXED),
        _reference("PricebookEntryId", "PricebookEntry", updateable=False, children="OrderItems"),
        _reference("Product2Id", "Product2", **_FIXED),
        _field("Quantity", "double", scale=2, nillable=False),
        _money("UnitPrice"),
        _money("ListPrice", **_DERIVED),
        _money("TotalPrice", **_DERIVED),
        _field("ServiceDate", "date"),
        _text("Description"),
    ),
    _object(
        "Quote",
        _reference("OpportunityId", "Opportunity", children="Quotes"),
        _reference("QuoteAccountId", "Account", children="Quotes"),
        _text("QuoteNumber", 30, nillable=False, **_FIXED),
        _text("Name", nillable=False),
        _picklist("Status", "Draft", "Needs Review", "In Review", "Presented", "Accepted", "Denied"),
        _field("ExpirationDate", "date"),
        _money("TotalPrice", **_DERIVED),
        _CURRENCY,
        _reference("OwnerId", "User", nillable=False),
        _reference("Pricebook2Id", "Pricebook2", children="Quotes"),
    ),
    _object(
        "QuoteLineItem",
        _reference("QuoteId", "Quote", nillable=False, updateable=False, children="QuoteLineItems"),
        _reference("PricebookEntryId", "PricebookEntry", updateable=False, children="QuoteLineItems"),
        _reference("Product2Id", "Product2", **_FIXED),
        _field("Quantity", "double", scale=2, nillable=False),
        _money("UnitPrice"),
        _money("ListPrice", **_DERIVED),
        _field("Discount", "percent", scale=2),
        _money("TotalPrice", **_DERIVED),
        _field("ServiceDate", "date"),
        _text("Description"),
    ),
    _object(
        "Contract",
        _reference("AccountId", "Account", nillable=False, children="Contracts"),
        _text("ContractNumber", 30, nillable=False, **_FIXED),
        _picklist("Status", "Draft", "In Approval Process", "Activated", nillable=False),
        _field("StartDate", "date"),
        _field("ContractTerm", "int"),
        _picklist("OwnerExpirationNotice", "15", "30", "45", "60", "90", "120"),
        *_address("Billing"),
        _text("SpecialTerms", 4000),
        _field("Description", "textarea", length=32_000),
        _CURRENCY,
        _reference("OwnerId", "User", nillable=False),
        _reference("Pricebook2Id", "Pricebook2", children="Contracts"),
    ),
    _object(
        "CurrencyType",
        _picklist("IsoCode", *CURRENCIES, nillable=False),
        _field("ConversionRate", "double", scale=6, nillable=False),
        _field("DecimalPlaces", "int", nillable=False),
        _field("IsActive", "boolean", nillable=False),
        _field("IsCorporate", "boolean", nillable=False),
        writable=False,
    ),
    _object(
        "DatedConversionRate",
        _picklist("IsoCode", *CURRENCIES, nillable=False),
        _field("ConversionRate", "double", scale=6, nillable=False),
        _field("StartDate", "date", nillable=False),
        _field("NextStartDate", "date"),
        writable=False,
    ),
    _object(
        "RecordType",
        _text("Name", 80, nillable=False),
        _text("DeveloperName", 80, nillable=False),
        _text("SobjectType", 40, nillable=False),
        _text("Description"),
        _field("IsActive", "boolean", nillable=False),
        writable=False,
    ),
)

#: No record is without these, so they can be neither hidden nor renamed.
UNTOUCHABLE = frozenset({"Id", "IsDeleted", "SystemModstamp"})


def first_fields(*, custom: bool) -> tuple[Field, ...]:
    """The fields that an object has before those of its file: a custom one has an owner and a name."""
    own = (_reference("OwnerId", "User", nillable=False), _text("Name", 80), _CURRENCY) if custom else ()
    return (_field("Id", "id", length=18, nillable=False, **_FIXED), *own)
