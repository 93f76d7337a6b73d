"""Records as JSON and describes, under the current names of fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.house_model import MASTER_ID, KnownType
from gameday_fakes.salesforce.models import Record
from gameday_fakes.salesforce.moments import to_http_date
from gameday_fakes.salesforce.retyped import value_of
from gameday_fakes.salesforce.schema import Schema

_encode = msgspec.json.Encoder(decimal_format="number").encode

#: The soapType or xsd type of a field in a describe.
_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "xsd:string",
    "boolean": "xsd:boolean",
    "currency": "xsd:double",
    "double": "xsd:double",
    "percent": "xsd:double",
    "int": "xsd:int",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
}

_PLURALS = {"Opportunity": "Opportunities", "PricebookEntry": "PricebookEntries"}


def attributes(sobject: str, id_: str, version: str) -> dict[str, str]:
    """The ``attributes`` of a record in a reply."""
    return {"type": sobject, "url": f"/services/data/{version}/sobjects/{sobject}/{id_}"}


def record_json(record: Record, schema: Schema, version: str) -> bytes:
    """A record with all its fields."""
    rendered(record, schema)
    sobject = record.object
    url = f"/services/data/{version}/sobjects/{sobject}/{record.id}"
    head = f'{{"attributes":{{"type":"{sobject}","url":"{url}"}}'
    return head.encode() + record.tail


def rendered(record: Record, schema: Schema) -> Record:
    """The record with its cached JSON up to date; rendered once for each state of the record and the schema."""
    if record.tail_generation != schema.generation:
        values = record.fields
        shown = {name: value_of(record, field) for field, name in schema.view(record.object).shown}
        record.tail = b"," + _encode(shown)[1:]
        record.modified = to_http_date(values["LastModifiedDate"]).encode()
        record.tail_generation = schema.generation
    return record


def some_fields(record: Record, fields: Iterable[tuple[Field, str]], version: str) -> dict[str, Any]:
    """A record with only some of its fields."""
    shown: dict[str, Any] = {"attributes": attributes(record.object, record.id, version)}
    for field, name in fields:
        shown[name] = value_of(record, field)
    return shown


def global_describe(schema: Schema, version: str) -> dict[str, Any]:
    """All objects that the user may read."""
    names = [name for name in sorted(schema.model.objects) if schema.may(name, "read")]
    return {
        "encoding": "UTF-8",
        "maxBatchSize": 200,
        "sobjects": [object_describe(name, schema, version) for name in names],
    }


def object_describe(sobject: str, schema: Schema, version: str) -> dict[str, Any]:
    """The part of an object's description that both describes share."""
    described = schema.model.objects[sobject]
    editable = described.writable and schema.may(sobject, "edit")
    url = f"/services/data/{version}/sobjects/{sobject}"
    return {
        "name": sobject,
        "label": described.label or sobject,
        "labelPlural": described.label_plural or _PLURALS.get(sobject, f"{described.label or sobject}s"),
        "keyPrefix": schema.model.prefixes[sobject],
        "custom": sobject.endswith("__c"),
        "customSetting": False,
        "activateable": False,
        "createable": editable,
        "updateable": editable,
        "deletable": editable,
        "undeletable": False,
        "mergeable": sobject == "Account" and editable,
        "queryable": True,
        "retrieveable": True,
        "searchable": True,
        "replicateable": True,
        "layoutable": True,
        "triggerable": True,
        "feedEnabled": False,
        "deprecatedAndHidden": False,
        "urls": {"sobject": url, "describe": f"{url}/describe", "rowTemplate": f"{url}/{{ID}}"},
    }


def full_describe(sobject: str, schema: Schema, version: str) -> dict[str, Any]:
    """An object with its fields and children."""
    return {
        **object_describe(sobject, schema, version),
        "fields": [
            {**_field_describe(field, name), **schema.model.house.described(sobject, field.name)}
            for field, name in schema.view(sobject).shown
        ],
        "childRelationships": [
            {
                "childSObject": child,
                "field": schema.view(child).names[field],
                "relationshipName": relationship,
                "cascadeDelete": child == "OpportunityLineItem",
                "deprecatedAndHidden": False,
            }
            for relationship, (child, field) in schema.model.children[sobject].items()
            if field in schema.view(child).names
        ],
        "recordTypeInfos": _record_types(sobject, schema, version),
    }


def _record_types(sobject: str, schema: Schema, version: str) -> list[dict[str, Any]]:
    known = schema.model.house.record_types.get(sobject, ())
    if not known:
        return []
    by_default = next((each.id for each in known if each.default), MASTER_ID)
    master = KnownType(MASTER_ID, "Master", "Master", active=True, default=False, values={})
    url = f"/services/data/{version}/sobjects/{sobject}/describe/layouts"
    return [
        {
            "active": each.active,
            "available": each.active,
            "defaultRecordTypeMapping": each.id == by_default,
            "developerName": each.name,
            "master": each.id == MASTER_ID,
            "name": each.label,
            "recordTypeId": each.id,
            "urls": {"layout": f"{url}/{each.id}"},
        }
        for each in (*known, master)
    ]


def _field_describe(field: Field, name: str) -> dict[str, Any]:
    number = field.is_number
    return {
        "name": name,
        "label": field.label,
        "type": field.type,
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "length": field.length,
        "byteLength": field.length * 3,
        "precision": field.precision or 18 if number else 0,
        "scale": field.scale,
        "digits": 0,
        "nillable": field.nillable,
        "defaultedOnCreate": field.has_default,
        "createable": field.createable,
        "updateable": field.updateable,
        "calculated": field.calculated,
        "custom": name.endswith("__c"),
        "externalId": field.external_id,
        "idLookup": field.external_id or field.type == "id",
        "unique": field.unique,
        "caseSensitive": False,
        "filterable": True,
        "sortable": True,
        "groupable": not number,
        "aggregatable": True,
        "compoundFieldName": None,
        "relationshipName": field.relationship or None,
        "referenceTo": [field.refers_to] if field.refers_to else [],
        "picklistValues": [
            {"active": True, "defaultValue": value == field.default, "label": value, "validFor": None, "value": value}
            for value in field.values
        ],
        "restrictedPicklist": field.restricted,
        "deprecatedAndHidden": False,
        "permissionable": field.updateable,
        **_default(field),
    }


def _default(field: Field) -> dict[str, Any]:
    """What a describe says of the default of a field that has one; a picklist's is among its values."""
    if field.default is None or field.values:
        return {}
    if field.type == "boolean":
        return {"defaultValue": field.default}
    return {"defaultValueFormula": str(field.default) if field.is_number else f'"{field.default}"'}
