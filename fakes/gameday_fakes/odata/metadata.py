"""``$metadata``: CSDL as XML for both versions, and as JSON for version 4; and the service document.

Sources: "OData Common Schema Definition Language (CSDL) XML Representation Version 4.01" and "... JSON Representation
Version 4.01" (docs.oasis-open.org/odata); "OData Version 2.0: Conceptual Schema Definition File Format".
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from gameday_fakes.odata.model import EntitySet, Navigation, Operation, Property, Schema

_EDMX = {"4.0": "http://docs.oasis-open.org/odata/ns/edmx", "2.0": "http://schemas.microsoft.com/ado/2007/06/edmx"}
_EDM = {"4.0": "http://docs.oasis-open.org/odata/ns/edm", "2.0": "http://schemas.microsoft.com/ado/2008/09/edm"}
#: "SAP Annotations for OData Version 2.0": the way in which version 2 says what cannot be written.
_SAP = "http://www.sap.com/Protocols/SAPData"
_DATA_SERVICES = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"

#: "OData Vocabularies Version 4.0", Core: clients leave such a property out of what they write. Keys have no such
#: annotation, because clients cannot be without them.
_COMPUTED = "Org.OData.Core.V1.Computed"

_Element = ElementTree.Element


def csdl_xml(schema: Schema) -> bytes:
    """The metadata document as XML."""
    edmx = ElementTree.Element("edmx:Edmx", {"Version": "1.0" if schema.is_v2 else "4.0"})
    edmx.set("xmlns:edmx", _EDMX[schema.version])
    services = ElementTree.SubElement(edmx, "edmx:DataServices")
    if schema.is_v2:
        services.set("xmlns:m", _DATA_SERVICES)
        services.set("xmlns:sap", _SAP)
        services.set("m:DataServiceVersion", "2.0")
    inside = ElementTree.SubElement(services, "Schema", {"Namespace": schema.namespace, "xmlns": _EDM[schema.version]})
    for enum in schema.enums.values() if not schema.is_v2 else ():
        element = ElementTree.SubElement(inside, "EnumType", {"Name": enum.name})
        for place, member in enumerate(enum.members):
            ElementTree.SubElement(element, "Member", {"Name": member, "Value": str(place)})
    for of in schema.sets.values():
        _entity_type(inside, of, schema)
    if schema.is_v2:
        _container_v2(inside, schema)
    else:
        for operation in schema.operations:
            _operation(inside, operation, schema)
        _container(inside, schema)
    text: str = ElementTree.tostring(edmx, encoding="unicode")
    return f"<?xml version='1.0' encoding='utf-8'?>\n{text}".encode()


def _entity_type(inside: _Element, of: EntitySet, schema: Schema) -> None:
    element = ElementTree.SubElement(inside, "EntityType", {"Name": of.type})
    key = ElementTree.SubElement(element, "Key")
    for name in of.key:
        ElementTree.SubElement(key, "PropertyRef", {"Name": name})
    for name, each in of.seen():
        found = ElementTree.SubElement(element, "Property", _property(name, each, of, schema))
        if each.read_only and each.name not in of.key and not schema.is_v2:
            ElementTree.SubElement(found, "Annotation", {"Term": _COMPUTED, "Bool": "true"})
    for navigation in of.navigations.values():
        if schema.is_v2:
            name = association(of, navigation)
            roles = {"Relationship": f"{schema.namespace}.{name}", "FromRole": f"From_{name}", "ToRole": f"To_{name}"}
            ElementTree.SubElement(element, "NavigationProperty", {"Name": navigation.name, **roles})
        else:
            _navigation(element, navigation, schema)


def _property(name: str, each: Property, of: EntitySet, schema: Schema) -> dict[str, str]:
    is_enum = schema.enum_of(each) is not None
    type_ = "Edm.String" if is_enum and schema.is_v2 else schema.qualified(each.type)
    found = {"Name": name, "Type": type_}
    if not each.nullable or each.name in of.key:
        found["Nullable"] = "false"
    if each.length:
        found["MaxLength"] = str(each.length)
    if each.precision is not None:
        found["Precision"] = str(each.precision)
    if each.scale is not None:
        found["Scale"] = str(each.scale)
    elif each.type == "Edm.Decimal" and not schema.is_v2:
        found["Scale"] = "Variable"
    if schema.is_v2:
        found |= _closed(creatable=not each.read_only, updatable=not (each.read_only or each.create_only))
    return found


def _closed(**ways: bool) -> dict[str, str]:
    """The annotations for the ways in which something cannot be written."""
    return {f"sap:{way}": "false" for way, is_open in ways.items() if not is_open}


def _navigation(element: _Element, navigation: Navigation, schema: Schema) -> None:
    to = schema.qualified(schema.sets[navigation.to].type)
    given = {"Name": navigation.name, "Type": f"Collection({to})" if navigation.many else to}
    if navigation.partner:
        given["Partner"] = navigation.partner
    if navigation.contained:
        given["ContainsTarget"] = "true"
    found = ElementTree.SubElement(element, "NavigationProperty", given)
    if not navigation.many:
        for own, theirs in zip(navigation.own, navigation.theirs, strict=True):
            ElementTree.SubElement(found, "ReferentialConstraint", {"Property": own, "ReferencedProperty": theirs})


def _operation(inside: _Element, operation: Operation, schema: Schema) -> None:
    bound = {"IsBound": "true"} if operation.on else {}
    tag = "Action" if operation.method == "POST" else "Function"
    element = ElementTree.SubElement(inside, tag, {"Name": operation.name, **bound})
    if operation.on:
        type_ = schema.qualified(schema.sets[operation.on].type)
        ElementTree.SubElement(element, "Parameter", {"Name": "bindingParameter", "Type": type_})
    for each in operation.parameters:
        ElementTree.SubElement(element, "Parameter", {"Name": each.name, "Type": schema.qualified(each.type)})
    if operation.returns:
        ElementTree.SubElement(element, "ReturnType", {"Type": _returned(operation, schema)})


def _returned(operation: Operation, schema: Schema) -> str:
    of = schema.sets.get(operation.returns)
    return schema.qualified(of.type if of else operation.returns)


def _container(inside: _Element, schema: Schema) -> None:
    container = ElementTree.SubElement(inside, "EntityContainer", {"Name": schema.container})
    for of in schema.sets.values():
        type_ = schema.qualified(of.type)
        element = ElementTree.SubElement(container, "EntitySet", {"Name": of.name, "EntityType": type_})
        for each in of.navigations.values():
            binding = {"Path": each.name, "Target": each.to}
            ElementTree.SubElement(element, "NavigationPropertyBinding", binding)
    for operation in schema.operations:
        if not operation.on:
            tag, word = ("ActionImport", "Action") if operation.method == "POST" else ("FunctionImport", "Function")
            given = {"Name": operation.name, word: schema.qualified(operation.name)}
            ElementTree.SubElement(container, tag, given)


def association(of: EntitySet, navigation: Navigation) -> str:
    """The name of the association of version 2 that a navigation follows."""
    return f"{of.type}_{navigation.name}"


def _container_v2(inside: _Element, schema: Schema) -> None:
    pairs = [(of, each) for of in schema.sets.values() for each in of.navigations.values()]
    for of, navigation in pairs:
        name = association(of, navigation)
        to = schema.sets[navigation.to]
        element = ElementTree.SubElement(inside, "Association", {"Name": name})
        ends = (("From", of, "1" if navigation.many else "*"), ("To", to, "*" if navigation.many else "0..1"))
        for role, end, multiplicity in ends:
            given = {"Type": schema.qualified(end.type), "Multiplicity": multiplicity, "Role": f"{role}_{name}"}
            ElementTree.SubElement(element, "End", given)
    container = ElementTree.SubElement(inside, "EntityContainer", {"Name": schema.container})
    container.set("m:IsDefaultEntityContainer", "true")
    for of in schema.sets.values():
        given = {"Name": of.name, "EntityType": schema.qualified(of.type)}
        given |= _closed(creatable=of.creatable, updatable=of.updatable, deletable=of.deletable)
        ElementTree.SubElement(container, "EntitySet", given)
    for of, navigation in pairs:
        name = association(of, navigation)
        given = {"Name": f"{name}Set", "Association": schema.qualified(name)}
        element = ElementTree.SubElement(container, "AssociationSet", given)
        for role, name_of_set in (("From", of.name), ("To", navigation.to)):
            ElementTree.SubElement(element, "End", {"EntitySet": name_of_set, "Role": f"{role}_{name}"})
    for operation in schema.operations:
        given = {"Name": operation.name, "m:HttpMethod": operation.method}
        if operation.returns:
            given["ReturnType"] = _returned(operation, schema)
            if operation.returns in schema.sets:
                given["EntitySet"] = operation.returns
        element = ElementTree.SubElement(container, "FunctionImport", given)
        for each in operation.parameters:
            ElementTree.SubElement(element, "Parameter", {"Name": each.name, "Type": each.type, "Mode": "In"})


def service_document(schema: Schema, root: str) -> dict[str, Any]:
    """The service document: the entity sets by name."""
    if schema.is_v2:
        return {"d": {"EntitySets": [*schema.sets]}}
    value = [{"name": name, "kind": "EntitySet", "url": name} for name in schema.sets]
    return {"@odata.context": f"{root}$metadata", "value": value}


def csdl_json(schema: Schema) -> dict[str, Any]:
    """The metadata document of version 4 as JSON."""
    inside: dict[str, Any] = {}
    for enum in schema.enums.values():
        inside[enum.name] = {"$Kind": "EnumType", **{name: place for place, name in enumerate(enum.members)}}
    for of in schema.sets.values():
        inside[of.type] = {
            "$Kind": "EntityType",
            "$Key": [*of.key],
            **{name: _property_json(each, of, schema) for name, each in of.seen()},
            **{name: _navigation_json(each, schema) for name, each in of.navigations.items()},
        }
    for operation in schema.operations:
        inside.setdefault(operation.name, []).append(_operation_json(operation, schema))
    container: dict[str, Any] = {"$Kind": "EntityContainer"}
    for of in schema.sets.values():
        bindings = {each.name: each.to for each in of.navigations.values()}
        container[of.name] = {"$Collection": True, "$Type": schema.qualified(of.type)}
        if bindings:
            container[of.name]["$NavigationPropertyBinding"] = bindings
    inside[schema.container] = container
    return {"$Version": "4.0", "$EntityContainer": schema.qualified(schema.container), schema.namespace: inside}


def _property_json(each: Property, of: EntitySet, schema: Schema) -> dict[str, Any]:
    # A text that must be there is what CSDL in JSON takes for granted.
    found: dict[str, Any] = {} if each.type == "Edm.String" else {"$Type": schema.qualified(each.type)}
    if each.nullable and each.name not in of.key:
        found["$Nullable"] = True
    if each.length:
        found["$MaxLength"] = each.length
    if each.precision is not None:
        found["$Precision"] = each.precision
    if each.scale is not None:
        found["$Scale"] = each.scale
    if each.read_only and each.name not in of.key:
        found[f"@{_COMPUTED}"] = True
    return found


def _navigation_json(each: Navigation, schema: Schema) -> dict[str, Any]:
    found: dict[str, Any] = {"$Kind": "NavigationProperty", "$Type": schema.qualified(schema.sets[each.to].type)}
    if each.many:
        found["$Collection"] = True
    else:
        found["$ReferentialConstraint"] = dict(zip(each.own, each.theirs, strict=True))
    if each.partner:
        found["$Partner"] = each.partner
    if each.contained:
        found["$ContainsTarget"] = True
    return found


def _operation_json(operation: Operation, schema: Schema) -> dict[str, Any]:
    parameters = [{"$Name": each.name, "$Type": schema.qualified(each.type)} for each in operation.parameters]
    found: dict[str, Any] = {"$Kind": "Action" if operation.method == "POST" else "Function"}
    if operation.on:
        bound = {"$Name": "bindingParameter", "$Type": schema.qualified(schema.sets[operation.on].type)}
        found["$IsBound"] = True
        parameters.insert(0, bound)
    if parameters:
        found["$Parameter"] = parameters
    if operation.returns:
        found["$ReturnType"] = {"$Type": _returned(operation, schema)}
    return found
