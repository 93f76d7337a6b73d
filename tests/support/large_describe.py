"""A describe of an Opportunity with 300 fields, as a large organisation has it; made here, the same every time."""

from __future__ import annotations

from typing import Any

_KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("string", {"length": 80}),
    ("textarea", {"length": 32768}),
    ("picklist", {"length": 255, "values": ("Low", "Medium", "High"), "restrictedPicklist": True}),
    ("multipicklist", {"length": 4099, "values": ("Cloud", "Hardware", "Service")}),
    ("boolean", {"nillable": False, "defaultedOnCreate": True, "defaultValue": False}),
    ("currency", {"precision": 18, "scale": 2}),
    ("double", {"precision": 9, "scale": 3}),
    ("percent", {"precision": 5, "scale": 2}),
    ("date", {}),
    ("datetime", {}),
    ("email", {"length": 80}),
    ("phone", {"length": 40}),
    ("url", {"length": 255}),
    ("reference", {"length": 18, "referenceTo": ["Account"], "relationshipName": "Further_Account_{number}__r"}),
    ("double", {"precision": 18, "scale": 2, "calculated": True, "createable": False, "updateable": False}),
)
#: How many fields the describe has.
FIELDS = 300


def large_describe() -> dict[str, Any]:
    """The describe, with the fields that the bundled stack works with."""
    fields = [_field("Id", "id", length=18, nillable=False, createable=False, updateable=False)]
    fields += [
        _field("Name", "string", length=120, nillable=False),
        _field("StageName", "picklist", length=255, nillable=False, values=("Open", "Closed Won", "Closed Lost")),
        _field("LeadSource", "picklist", length=255, values=("Web", "Partner")),
        _field("BillingAddress", "address"),
        _field("LastViewedDate", "datetime", createable=False, updateable=False),
        _field("ERP_Order_Id__c", "string", length=80, unique=True, externalId=True),
        _field("Subsidiary__c", "string", length=80),
        _field("Payment_Terms__c", "picklist", length=80, values=("Net 30", "Net 60"), restrictedPicklist=True),
        _field(
            "Sales_Region__c",
            "picklist",
            length=255,
            nillable=False,
            values=("North", "South"),
            restrictedPicklist=True,
        ),
    ]
    for number in range(len(fields), FIELDS):
        kind, attributes = _KINDS[number % len(_KINDS)]
        fields.append(_field(f"Custom_{number:03}__c", kind, number=number, **attributes))
    return {"name": "Opportunity", "label": "Opportunity", "labelPlural": "Opportunities", "fields": fields}


def _field(name: str, kind: str, *, values: tuple[str, ...] = (), number: int = 0, **attributes: Any) -> dict[str, Any]:
    shared = {"name": name, "type": kind, "label": name.removesuffix("__c").replace("_", " "), "nillable": True}
    picklist = [{"value": value, "label": value, "active": True, "defaultValue": False} for value in values]
    field = {"createable": True, "updateable": True, **shared, "picklistValues": picklist, **attributes}
    if "relationshipName" in field:
        field["relationshipName"] = field["relationshipName"].format(number=number)
    return field


def line_describe() -> dict[str, Any]:
    """The describe of a line, with the fields that the bundled stack works with."""
    fields = [
        _field("Tax_Code__c", "string", length=40),
        _field("Tax_Amount__c", "currency", precision=18, scale=2),
        _field("Warranty__c", "double", precision=3, nillable=False),
    ]
    return {"name": "OpportunityLineItem", "fields": fields}
