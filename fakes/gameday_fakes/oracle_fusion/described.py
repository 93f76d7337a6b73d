"""What a resource says of itself: ``GET .../<resource>/describe``, with its attributes, actions and children.

Source: docs.oracle.com, "Access Metadata" ("retrieve metadata about REST API resources from their /describe endpoints")
and "Working with the Resource Catalog"; the members of an attribute as in Oracle's ADF guide "Consuming ADF RESTful
Web Services", section "Describing a Resource". Which members an application adds to an attribute is [R].
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gameday_fakes.odata.model import EntitySet, Property, Schema

#: What stands for a resource's description at the place of a key.
DESCRIBE = "describe"
MEDIA = b"application/vnd.oracle.adf.description+json"
_TYPES = {
    "Edm.String": "string",
    "Edm.Decimal": "number",
    "Edm.Int64": "integer",
    "Edm.Boolean": "boolean",
    "Edm.Date": "date",
    "Edm.DateTimeOffset": "datetime",
}


def described(of: EntitySet, schema: Schema, url: str) -> dict[str, Any]:
    """The description of a resource with its children; ``url`` is its address."""
    return {"Resources": {of.name: {**_resource(of, schema), "links": [_link("self", f"{url}/{DESCRIBE}")]}}}


def _resource(of: EntitySet, schema: Schema) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "discrColumnType": False,
        "title": of.type,
        "attributes": [_attribute(name, each, of) for name, each in of.seen()],
        "collection": {"actions": _actions([("get", "GET", True), ("create", "POST", of.creatable)])},
        "item": {
            "actions": _actions(
                [("get", "GET", True), ("update", "PATCH", of.updatable), ("delete", "DELETE", of.deletable)]
            )
        },
    }
    children = {name: _resource(schema.sets[each.to], schema) for name, each in of.navigations.items()}
    return {**shown, "children": children} if children else shown


def _attribute(name: str, each: Property, of: EntitySet) -> dict[str, Any]:
    writable = not each.read_only and (of.creatable or of.updatable)
    shown: dict[str, Any] = {
        "name": name,
        "type": _TYPES[each.type],
        "updatable": writable and not each.create_only,
        "mandatory": each.required,
        "queryable": True,
        "allowChanges": "never" if not writable else "onlyNew" if each.create_only else "always",
    }
    if each.length:
        shown["maxLength"] = str(each.length)
    if each.precision is not None:
        shown["precision"] = each.precision
    if each.scale is not None:
        shown["scale"] = each.scale
    return shown


def _actions(known: list[tuple[str, str, bool]]) -> list[Mapping[str, str]]:
    return [{"name": name, "method": method} for name, method, there in known if there]


def _link(rel: str, href: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "name": rel, "kind": "describe"}
