"""The objects and fields of the organisation, as an admin has set them up: multi-currency, with two external ids."""

from __future__ import annotations

from typing import Literal

import msgspec

from gameday_fakes.catalogue import ObjectField, ObjectType

FieldType = Literal[
    "id", "string", "picklist", "boolean", "currency", "double", "percent", "int", "date", "datetime", "reference"
]


class Field(msgspec.Struct, frozen=True):
    """A field under its own name, whatever its current name is; the attributes are those of describe."""

    name: str
    type: FieldType
    length: int = 0
    scale: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    external_id: bool = False
    unique: bool = False
    #: Of a reference: the object, the name under which the parent is reached, and the parent's name for its children.
    refers_to: str = ""
    relationship: str = ""
    children: str = ""
    values: tuple[str, ...] = ()
    restricted: bool = False
    #: Whether the platform computes it: writes to it are refused.
    calculated: bool = False

    @property
    def label(self) -> str:
        """The label that users see."""
        return self.name.removesuffix("__c").replace("_", " ")

    @property
    def is_number(self) -> bool:
        """Whether its values are Decimals."""
        return self.type in ("currency", "double", "percent", "int")


class Object(msgspec.Struct, frozen=True):
    """An object with its fields by name, in the order in which they are described."""

    name: str
    fields: dict[str, Field]
    writable: bool = True


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

#: ISO 4217 codes that the organisation trades in; the first is its own.
CURRENCIES = ("USD", "EUR", "GBP", "JPY", "CAD", "AUD", "CHF", "KWD", "SEK", "INR")

STAGES = (
    "Prospecting",
    "Qualification",
    "Proposal/Price Quote",
    "Negotiation/Review",
    "Closed Won",
    "Closed Lost",
)

_CURRENCY = _picklist("CurrencyIsoCode", *CURRENCIES, restricted=True)

_SYSTEM = (
    _field("IsDeleted", "boolean", nillable=False, **_FIXED),
    _field("CreatedDate", "datetime", nillable=False, **_FIXED),
    _reference("CreatedById", "User", nillable=False, **_FIXED),
    _field("LastModifiedDate", "datetime", nillable=False, **_FIXED),
    _reference("LastModifiedById", "User", nillable=False, **_FIXED),
    _field("SystemModstamp", "datetime", nillable=False, **_FIXED),
)


def _object(name: str, *fields: Field, writable: bool = True) -> Object:
    known = (_field("Id", "id", length=18, nillable=False, **_FIXED), *fields, *_SYSTEM)
    return Object(name, {field.name: field for field in known}, writable)


_OBJECTS = (
    _object(
        "Account",
        _reference("MasterRecordId", "Account", **_FIXED),
        _text("Name", nillable=False),
        _text("AccountNumber", 40),
        _picklist("Type", "Prospect", "Customer - Direct", "Customer - Channel", "Other"),
        _text("BillingCity", 40),
        _text("BillingCountry", 80),
        _CURRENCY,
        _reference("OwnerId", "User", nillable=False),
        _text("ERP_Customer_Id__c", 80, external_id=True),
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
        _field("IsClosed", "boolean", nillable=False, **_DERIVED),
        _field("IsWon", "boolean", nillable=False, **_DERIVED),
        _picklist("ForecastCategoryName", "Omitted", "Pipeline", "Best Case", "Commit", "Closed"),
        _CURRENCY,
        _reference("OwnerId", "User", nillable=False),
        _reference("Pricebook2Id", "Pricebook2", children="Opportunities"),
        _field("HasOpportunityLineItem", "boolean", nillable=False, **_DERIVED),
        _field("TotalOpportunityQuantity", "double", scale=2),
        _text("ERP_Order_Id__c", 80, external_id=True, unique=True),
        _text("Subsidiary__c", 80),
        _text("Payment_Terms__c", 80),
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
        _text("Tax_Code__c", 40),
        _money("Tax_Amount__c"),
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
)

OBJECTS: dict[str, Object] = {sobject.name: sobject for sobject in _OBJECTS}

#: No record is without these, so they can be neither hidden nor renamed.
UNTOUCHABLE = frozenset({"Id", "IsDeleted", "SystemModstamp"})

#: The objects for the catalogue of the fake.
CATALOGUED = tuple(
    ObjectType(
        sobject.name,
        tuple(
            ObjectField(
                field.name,
                field.type,
                required=not field.nillable and field.createable and field.type != "boolean",
                read_only=not (field.createable or field.updateable),
                refers_to=field.refers_to,
                removable=field.name not in UNTOUCHABLE,
            )
            for field in sobject.fields.values()
        ),
        writable=sobject.writable,
    )
    for sobject in _OBJECTS
)
BY_LOWER_NAME: dict[str, str] = {name.lower(): name for name in OBJECTS}


def _children() -> dict[str, dict[str, tuple[str, str]]]:
    children: dict[str, dict[str, tuple[str, str]]] = {name: {} for name in OBJECTS}
    for sobject in _OBJECTS:
        for field in sobject.fields.values():
            if field.children:
                children[field.refers_to][field.children] = (sobject.name, field.name)
    return children


#: Of each object: by the name of a relationship its children's object and the field in them that refers to it.
CHILDREN = _children()
