"""The metadata catalogue: record types as JSON schema or as an OpenAPI document, whichever ``Accept`` asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gameday_fakes.http import Reply, Request
from gameday_fakes.netsuite.address_book import ADDRESS, COUNTRY, FLAGS, TEXTS
from gameday_fakes.netsuite.base import NetSuiteBase
from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.field import Field
from gameday_fakes.netsuite.render import ROOT
from gameday_fakes.netsuite.retyped import KINDS
from gameday_fakes.netsuite.standard import LINES

CATALOG = f"{ROOT}/record/v1/metadata-catalog"
SCHEMA = "application/schema+json"
SWAGGER = "application/swagger+json"

_NS_LINK = {
    "type": "object",
    "properties": {
        "rel": {"title": "Relationship", "type": "string", "readOnly": True},
        "href": {"title": "Hypertext Reference", "type": "string", "format": "uri", "readOnly": True},
    },
}
_JSON_TYPES: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "number": {"type": "number", "format": "double"},
    "integer": {"type": "integer", "format": "int64"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "date-time": {"type": "string", "format": "date-time"},
}

_ADDRESS: dict[str, Any] = {
    "type": "object",
    "properties": {name: {**_JSON_TYPES["string"], "nullable": True} for name in (*TEXTS, COUNTRY)},
}
_ENTRY: dict[str, Any] = {
    "type": "object",
    "properties": {"label": _JSON_TYPES["string"], **dict.fromkeys(FLAGS, _JSON_TYPES["boolean"]), ADDRESS: _ADDRESS},
}
_ADDRESSES: dict[str, Any] = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": _ENTRY}, "totalResults": _JSON_TYPES["integer"]},
}
_MEMBER: dict[str, Any] = {
    "type": "object",
    "properties": {"item": {"type": "object"}, "quantity": _JSON_TYPES["number"]},
}
_MEMBERS: dict[str, Any] = {
    **_ADDRESSES,
    "properties": {**_ADDRESSES["properties"], "items": {"type": "array", "items": _MEMBER}},
}


class MetadataHandlers(NetSuiteBase):
    """Describes the record types as they are now, with renamed fields."""

    def metadata_catalog(self, request: Request) -> Reply:
        wanted = request.query.get("select", "") if request.query_string else ""
        names = (
            [self._known_type(name.strip()) for name in wanted.split(",")] if wanted else list(self.model.record_types)
        )
        if SWAGGER in request.header("accept"):
            return Reply.json(200, self._openapi(names), content_type=SWAGGER.encode())
        url = f"{request.base_url}{CATALOG}"
        items = [{"name": name, "links": _links(f"{url}/{name}")} for name in names]
        return Reply.json(200, {"links": [{"rel": "self", "href": url}], "items": items})

    def record_metadata(self, request: Request) -> Reply:
        name = request.params["type"]
        if name.lower() == "nslink":
            return Reply.json(200, _NS_LINK, content_type=SCHEMA.encode())
        name = self._known_type(name)
        accept = request.header("accept")
        if SWAGGER in accept:
            return Reply.json(200, self._openapi([name]), content_type=SWAGGER.encode())
        if SCHEMA in accept:
            return Reply.json(200, self._schema(name, f"{CATALOG}/"), content_type=SCHEMA.encode())
        return Reply.json(200, {"name": name, "links": _links(f"{request.base_url}{CATALOG}/{name}")})

    def _known_type(self, name: str) -> str:
        kind = self.model.by_lower_name.get(name.lower())
        if kind is None:
            raise Refused("unknown_record", f"Record type '{name[:80]}' does not exist.")
        return kind.name

    def _schema(self, name: str, prefix: str) -> dict[str, Any]:
        kind = self.model.record_types[name]
        lines, fields = self._typed(kind.lines, name, LINES), self._typed(kind.fields, name)
        columns = self._properties(lines, self.state.renamed(name, LINES), {}, prefix)
        properties = self._properties(fields, self.state.renamed(name), columns, prefix)
        properties["links"] = {"type": "array", "readOnly": True, "items": {"$ref": f"{prefix}nsLink"}}
        return {
            "$schema": "http://json-schema.org/draft-06/hyper-schema#",
            "type": "object",
            "title": name,
            "properties": properties,
        }

    def _typed(self, fields: Mapping[str, Field], record: str, within: str = "") -> Mapping[str, Field]:
        """The fields with their types of now."""
        types = self.state.retyped(record, within)
        changed = {
            name: msgspec.structs.replace(fields[name], kind=KINDS[new], values=()) for name, new in types.items()
        }
        return {**fields, **changed} if changed else fields

    @staticmethod
    def _properties(
        fields: Mapping[str, Field], renamed: Mapping[str, str], columns: Mapping[str, Any], prefix: str
    ) -> dict[str, Any]:
        """The fields under their current names, without their links; ``columns`` are the fields of lines."""
        return {
            renamed.get(name, name): _property(field, columns, prefix)
            for name, field in fields.items()
            if name != "links" and renamed.get(name, name)
        }

    def _openapi(self, names: list[str]) -> dict[str, Any]:
        prefix = "#/components/schemas/"
        schemas = {name: self._schema(name, prefix) for name in names}
        paths = {
            f"/record/v1/{name}{tail}": {
                method: {"tags": [name], "responses": {"default": {"description": "See the REST API guide."}}}
                for method in methods
            }
            for name in names
            for tail, methods in (("", ("get", "post")), ("/{id}", ("get", "put", "patch", "delete")))
        }
        return {
            "openapi": "3.0.1",
            "info": {"title": "NetSuite REST Record API", "version": "v1"},
            "paths": paths,
            "components": {"schemas": {**schemas, "nsLink": _NS_LINK}},
        }


def _property(field: Field, columns: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    if field.kind == "lines":
        items = {"type": "array", "items": {"type": "object", "properties": columns}}
        return {"type": "object", "properties": {"items": items, "totalResults": _JSON_TYPES["integer"]}}
    if field.kind == "members":
        return _MEMBERS
    if field.kind == "addresses":
        return _ADDRESSES
    if field.kind in ("reference", "select"):
        return {
            "type": "object",
            "properties": {
                "id": {"title": "Internal identifier", "type": "string"},
                "externalId": {"title": "External identifier", "type": "string"},
                "refName": {"title": "Reference Name", "type": "string"},
                "links": {"type": "array", "readOnly": True, "items": {"$ref": f"{prefix}nsLink"}},
            },
        }
    described = {**_JSON_TYPES[field.kind], "nullable": not field.required}
    if field.label:
        described["title"] = field.label
    if field.read_only:
        described["readOnly"] = True
    if field.length:
        described["maxLength"] = field.length
    return described


def _links(url: str) -> list[dict[str, str]]:
    return [
        {"rel": "canonical", "href": url},
        {"rel": "alternate", "href": url, "mediaType": SWAGGER},
        {"rel": "describes", "href": url, "mediaType": SCHEMA},
    ]
