"""The input of the records benchmark: a contract of 25 fields, its records, and both in the formats of other tools."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from gameday.model.contract import Field
from gameday.records.examples import make_records
from gameday.records.tree import Node, read_shape

TEMPLATES = 2000
ID = {"minLength": 15, "maxLength": 18, "pattern": "^[A-Za-z0-9]+$"}
DEAL = (
    ("id", "Id", "string", ID),
    ("name", "Name", "string", {"minLength": 1, "maxLength": 120}),
    ("account", "AccountId", "string", ID),
    ("stage", "StageName", "string", {"enum": ["Closed Won", "Closed Lost"]}),
    ("won", "IsWon", "boolean", {}),
    ("amount", "Amount", "number", {"minimum": 0}),
    ("currency", "CurrencyIsoCode", "string", {"pattern": "^[A-Z]{3}$"}),
    ("closeDate", "CloseDate", "date", {"format": "yyyy-MM-dd"}),
    ("changedAt", "SystemModstamp", "timestamp", {}),
    ("owner", "OwnerId", "string", ID),
    ("probability", "Probability", "integer", {"minimum": 0, "maximum": 100}),
    ("type", "Type", "string", {"enum": ["New", "Renewal", "Upsell"]}),
    ("subsidiary", "Subsidiary__c", "string", {"minLength": 2, "maxLength": 40}),
    ("discount", "Discount__c", "number", {"minimum": 0}),
)
LINE = (
    ("id", "Id", "string", {"minLength": 12, "maxLength": 18}),
    ("deal", "OpportunityId", "string", ID),
    ("sku", "PricebookEntry.ProductCode", "string", {"minLength": 1, "maxLength": 255}),
    ("quantity", "Quantity", "number", {"exclusiveMinimum": 0}),
    ("unitPrice", "UnitPrice", "number", {"minimum": 0}),
    ("total", "TotalPrice", "number", {"minimum": 0}),
    ("serviceDate", "ServiceDate", "date", {"format": "yyyy-MM-dd"}),
    ("description", "Description", "string", {"maxLength": 255}),
    ("unit", "Unit__c", "string", {"enum": ["each", "hour", "kg"]}),
    ("tax", "Tax__c", "number", {"minimum": 0}),
    ("region", "Region__c", "string", {"minLength": 2, "maxLength": 20}),
)
FIELDS = tuple(
    Field(f"{logical}.{name}", kind, True, f"{element}.{physical}", "internal", dict(limits))
    for logical, element, table in (("opportunity", "Opportunity", DEAL), ("line", "OpportunityLineItem", LINE))
    for name, physical, kind, limits in table
)


def records(count: int, seed: int, bad_share: float) -> Iterator[bytes]:
    """Generate ``count`` records of three lines on average, a share of them with one of five mistakes.

    They repeat a few thousand generated records, each time with another id.
    """
    templates = [_template(data) for data in make_records(FIELDS, TEMPLATES, seed=seed)]
    chance = random.Random(seed)
    for number, parts in zip(range(count), itertools.cycle(templates), strict=False):
        data = f"006{number:015d}".encode().join(parts)
        yield _spoil(data, chance.randrange(5)) if chance.random() < bad_share else data


def _template(data: bytes) -> list[bytes]:
    key = data.partition(b'"Id":"')[2].partition(b'"')[0]
    return data.split(key)


def _spoil(data: bytes, mistake: int) -> bytes:
    old, new = (
        (b'"Amount":', b'"AmountNet":'),
        (b'"StageName":"Closed', b'"StageName":"Almost'),
        (b'"CurrencyIsoCode":"', b'"CurrencyIsoCode":"x'),
        (b'"CloseDate":"2024-', b'"CloseDate":"2024.'),
        (b'"Quantity":', b'"Quantity":-'),
    )[mistake]
    return data.replace(old, new, 1)


def json_schema() -> dict[str, Any]:
    """The contract as a JSON schema."""
    return _schema(read_shape(FIELDS).top)


_TYPES = {"string": "string", "date": "string", "timestamp": "string", "number": "number", "integer": "integer"}
_DATED = {"date": {"format": "date"}, "timestamp": {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"}}


def _schema(node: Node) -> dict[str, Any]:
    if not node.children:
        limits = {name: value for name, value in node.constraints.items() if name != "format"}
        dated = {"date": {"format": "date"}, "timestamp": {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"}}.get(
            node.kind, {}
        )
        return {"type": _TYPES.get(node.kind, node.kind), **limits, **dated}
    schema = {
        "type": "object",
        "required": [name for name, child in node.children.items() if child.required],
        "properties": {name: _schema(child) for name, child in node.children.items()},
    }
    return {"type": "array", "items": schema} if node.is_list else schema


def write_odcs(path: Path, data: Path) -> None:
    """Write the contract as an ODCS file whose server is the file of records, for datacontract-cli."""
    import yaml

    top = read_shape(FIELDS).top
    document = {
        "apiVersion": "v3.0.2",
        "kind": "DataContract",
        "id": "deals",
        "name": "deals",
        "version": "1.0.0",
        "status": "active",
        "servers": [{"server": "local", "type": "local", "path": str(data), "format": "json", "delimiter": "new_line"}],
        "schema": [
            {
                "name": "deals",
                "physicalType": "table",
                "logicalType": "object",
                "properties": [_property(child) for child in top.children.values()],
            }
        ],
    }
    path.write_text(yaml.safe_dump(document, sort_keys=False))


def _property(node: Node) -> dict[str, Any]:
    document: dict[str, Any] = {"name": node.name, "logicalType": node.kind, "required": node.required}
    if node.is_list:
        inner = [_property(child) for child in node.children.values()]
        document["items"] = {"name": "item", "logicalType": "object", "properties": inner}
    elif node.children:
        document["properties"] = [_property(child) for child in node.children.values()]
    limits = {name: value for name, value in node.constraints.items() if name not in ("enum", "format")}
    if limits:
        document["logicalTypeOptions"] = limits
    return document


def pydantic_model() -> Any:
    """The contract as a pydantic model: strict, amounts as exact decimals."""
    return _model(read_shape(FIELDS).top)


_PYDANTIC_NAMES = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "pattern": "pattern",
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
}


def _model(node: Node) -> Any:
    import pydantic

    fields: dict[str, Any] = {}
    for number, (name, child) in enumerate(node.children.items()):
        kind = _model(child) if child.children else _pydantic_type(child)
        kind = list[kind] if child.is_list else kind
        limits = {
            _PYDANTIC_NAMES[limit]: value for limit, value in child.constraints.items() if limit in _PYDANTIC_NAMES
        }
        fields[f"f{number}"] = (kind, pydantic.Field(alias=name, **limits))
    config = pydantic.ConfigDict(strict=True)
    return pydantic.create_model(node.name or "Record", __config__=config, **fields)


def _pydantic_type(node: Node) -> Any:
    if "enum" in node.constraints:
        return Literal[tuple(node.constraints["enum"])]
    return {"number": Decimal, "integer": int, "boolean": bool, "date": date, "timestamp": datetime}.get(node.kind, str)
