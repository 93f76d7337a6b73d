"""Schemas of no vendor become one side of a contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from gameday.base.errors import GamedayError
from gameday.commands.contract_init import init
from gameday.contracts.drafting.avro import elements_of as avro
from gameday.contracts.drafting.dbt import elements_of as dbt
from gameday.contracts.drafting.draft import Property
from gameday.contracts.drafting.json_schemas import elements_of as json_schema
from gameday.contracts.drafting.schemas import READERS, draft_schemas
from gameday.contracts.odcs import load_contract
from support.commands import AS_BELOW_GAMEDAY
from support.rows import rows

DEAL: dict[str, Any] = {
    "title": "Deal",
    "type": "object",
    "required": ["id", "amount", "stage"],
    "properties": {
        "id": {"type": "string", "minLength": 15, "maxLength": 18},
        "amount": {"type": "number", "minimum": 0},
        "closed": {"type": "string", "format": "date"},
        "changed": {"type": ["string", "null"], "format": "date-time"},
        "stage": {"$ref": "#/$defs/stage"},
        "account": {"allOf": [{"$ref": "#/$defs/account"}, {"required": ["name"]}]},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
        "anything": {},
        "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    },
    "$defs": {
        "stage": {"enum": ["won", "lost"]},
        "account": {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}},
        "line": {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}}},
    },
}
AVRO: dict[str, Any] = {
    "type": "record",
    "name": "Deal",
    "namespace": "com.example",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}},
        {"name": "closed", "type": ["null", {"type": "int", "logicalType": "date"}], "default": None},
        {"name": "changed", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "stage", "type": {"type": "enum", "name": "Stage", "symbols": ["won", "lost"]}},
        {
            "name": "account",
            "type": {"type": "record", "name": "Account", "fields": [{"name": "id", "type": "string"}]},
        },
        {
            "name": "lines",
            "type": {
                "type": "array",
                "items": {"type": "record", "name": "Line", "fields": [{"name": "sku", "type": "string"}]},
            },
        },
        {"name": "before", "type": ["null", "Stage"]},
        {"name": "either", "type": ["string", "long"]},
    ],
}
DBT: dict[str, Any] = {
    "nodes": {
        "model.shop.deals": {
            "resource_type": "model",
            "name": "deals",
            "columns": {
                "id": {"name": "id", "data_type": "VARCHAR(18)", "constraints": [{"type": "primary_key"}]},
                "amount": {"name": "amount", "data_type": "numeric(12,2)"},
                "stage": {"name": "stage", "data_type": "text"},
                "changed": {"name": "changed", "data_type": "timestamp_ntz"},
            },
        },
        "test.shop.not_null_deals_amount": {
            "resource_type": "test",
            "attached_node": "model.shop.deals",
            "column_name": "amount",
            "test_metadata": {"name": "not_null", "kwargs": {"column_name": "amount"}},
        },
        "test.shop.accepted": {
            "resource_type": "test",
            "attached_node": "model.shop.deals",
            "column_name": "stage",
            "test_metadata": {"name": "accepted_values", "kwargs": {"values": ["won", "lost"]}},
        },
    }
}
OPENAPI: dict[str, Any] = {
    "openapi": "3.1.0",
    "components": {
        "schemas": {
            "Deal": {
                "type": "object",
                "properties": {"id": {"type": "string"}, "stage": {"$ref": "#/components/schemas/Stage"}},
            },
            "Stage": {"type": "string", "enum": ["won"]},
        }
    },
}
ASYNCAPI_2: dict[str, Any] = {
    "asyncapi": "2.6.0",
    "$defs": DEAL["$defs"],
    "channels": {"deals": {"subscribe": {"message": {"name": "DealWon", "payload": DEAL}}}},
}
ASYNCAPI_3: dict[str, Any] = {
    "asyncapi": "3.0.0",
    "channels": {"deals": {"messages": {"won": {"$ref": "#/components/messages/DealWon"}}}},
    "components": {
        "messages": {"DealWon": {"payload": {"schemaFormat": "x", "schema": {"$ref": "#/components/schemas/Deal"}}}},
        "schemas": {"Deal": {"type": "object", "properties": {"id": {"type": "string"}}}},
    },
}


def fields(reader: Callable[..., Any], document: Any, *wanted: str) -> dict[str, Property]:
    [element] = reader(document, "deal.json", wanted)
    return {each.physical_name: each for each in element.properties}


def kinds(found: dict[str, Property]) -> dict[str, str]:
    return {name: each.logical_type for name, each in found.items()}


def test_a_json_schema_becomes_fields() -> None:
    found = fields(json_schema, DEAL)
    assert kinds(found) == {
        "id": "string",
        "amount": "number",
        "closed": "date",
        "changed": "timestamp",
        "stage": "string",
        "account.id": "string",
        "account.name": "string",
        "lines": "array",
        "anything": "",
        "maybe": "integer",
    }
    assert {name for name, each in found.items() if each.required} == {"id", "amount", "stage", "account.name"}
    assert (found["id"].options, found["stage"].enum) == ({"minLength": 15, "maxLength": 18}, ("won", "lost"))
    assert [each.physical_name for each in found["lines"].properties] == ["sku"]


def test_an_openapi_object_follows_its_references() -> None:
    assert fields(json_schema, OPENAPI)["stage"].enum == ("won",)


@rows("name", ["won", "DealWon", "Deal"])
def test_the_messages_of_an_asyncapi_document_are_objects(name: str) -> None:
    assert set(fields(json_schema, ASYNCAPI_3, name)) == {"id"}


def test_an_older_asyncapi_document_has_its_messages_in_the_channels() -> None:
    assert "closed" in fields(json_schema, ASYNCAPI_2)


def test_an_avro_record_becomes_fields() -> None:
    found = fields(avro, AVRO)
    assert kinds(found) == {
        "id": "string",
        "amount": "number",
        "closed": "date",
        "changed": "timestamp",
        "stage": "string",
        "account.id": "string",
        "lines": "array",
        "before": "string",
        "either": "",
    }
    assert [name for name, each in found.items() if not each.required] == ["closed", "before", "either"]
    assert (found["stage"].enum, found["before"].enum) == (("won", "lost"), ("won", "lost"))
    assert [each.physical_name for each in found["lines"].properties] == ["sku"]


def test_a_dbt_model_has_the_facts_of_its_tests_and_constraints() -> None:
    found = fields(dbt, DBT)
    assert kinds(found) == {"id": "string", "amount": "number", "stage": "string", "changed": "timestamp"}
    assert [name for name, each in found.items() if each.required] == ["id", "amount"]
    assert (found["id"].primary_key, found["stage"].enum) == (True, ("won", "lost"))


@rows(
    ("kind", "document"),
    [("json-schema", DEAL), ("openapi", OPENAPI), ("asyncapi", ASYNCAPI_2), ("avro", AVRO), ("dbt", DBT)],
)
def test_each_kind_is_drafted_as_a_contract_that_can_be_read(kind: str, document: Any, tmp_path: Path) -> None:
    source = tmp_path / "schema.json"
    source.write_text(json.dumps(document), "utf-8")
    command = [str(source), "--from", kind, "--flow", "mine", "--out", str(tmp_path / "contracts"), "--side", "crm"]
    if kind == "openapi":
        command += ["--object", "Deal"]
    done = CliRunner().invoke(init, command, catch_exceptions=False, **AS_BELOW_GAMEDAY)
    assert done.exit_code == 0, done.output
    names = {
        field.physical_name.rpartition(".")[2] for field in load_contract("mine", [tmp_path / "contracts"]).crm_fields
    }
    assert {"id", "stage"} <= names


def test_a_schema_in_yaml_is_read_and_objects_come_in_the_order_asked_for(tmp_path: Path) -> None:
    files = []
    for name in ("Line", "Deal"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump({"title": name, "properties": {"id": {"type": "string"}}}), "utf-8")
        files.append(path)
    draft = draft_schemas("json-schema", files, ("Deal", "Line"), "erp", "netsuite")
    assert [element.physical_name for element in draft.elements] == ["Deal", "Line"]


@rows(
    ("arguments", "said"),
    [
        (["--from", "avro"], "avro is of no vendor"),
        (
            ["--from", "json-schema", "--side", "crm", "--object", "Dael"],
            "no file has the object|unknown object 'Dael'",
        ),
        (["--from", "dbt", "--side", "crm"], "has no model with columns"),
        (["--from", "avro", "--side", "crm"], "has no Avro record"),
    ],
)
def test_a_mistake_is_one_clear_line(arguments: list[str], said: str, tmp_path: Path) -> None:
    source = tmp_path / "deal.json"
    source.write_text(json.dumps(DEAL), "utf-8")
    done = CliRunner().invoke(
        init, [str(source), "--flow", "mine", "--out", str(tmp_path / "out"), *arguments], **AS_BELOW_GAMEDAY
    )
    assert isinstance(done.exception, GamedayError)
    with pytest.raises(GamedayError, match=said):
        raise done.exception


def test_schemas_that_refer_to_themselves_end() -> None:
    tree = {"properties": {"id": {"type": "string"}, "child": {"$ref": "#"}, "loop": {"$ref": "#/properties/loop"}}}
    assert "child.child.id" in fields(json_schema, tree)
    node = {
        "type": "record",
        "name": "Node",
        "fields": [{"name": "id", "type": "int"}, {"name": "next", "type": ["null", "Node"]}],
    }
    assert "next.next.id" in fields(avro, node)


_KEYS = (
    *("type", "properties", "$ref", "allOf", "anyOf", "enum", "items", "required", "fields", "name", "nodes"),
    *("columns", "components", "schemas", "openapi", "asyncapi", "channels", "messages", "payload", "a"),
    *("symbols", "sources", "constraints", "test_metadata", "kwargs", "publish", "message", "resource_type", "$defs"),
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(_KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(document=_JSON, kind=st.sampled_from(sorted(READERS)))
@example(document={"openapi": None, "components": True}, kind="asyncapi")
@example(document={"asyncapi": None, "channels": {"a": {"publish": 1, "messages": 2}}}, kind="asyncapi")
@example(document=[{"fields": 1}], kind="avro")
@example(document={"type": "array", "items": {"type": "record", "name": "A", "fields": []}}, kind="avro")
@example(document={"nodes": {"a": {"resource_type": "model", "name": "m", "columns": 1}}}, kind="dbt")
@example(document={"nodes": {"a": {"resource_type": "test", "test_metadata": 1}}}, kind="dbt")
def test_whatever_is_in_a_file_is_read_or_one_clear_line(document: Any, kind: str) -> None:
    try:
        READERS[kind](document, "some.json", ())
    except GamedayError as problem:
        assert "\n" not in str(problem)
