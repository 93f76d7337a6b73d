"""The parts of an Open Data Contract Standard (ODCS 3) file that the harness reads."""

from __future__ import annotations

from typing import Any

import msgspec


class Property(msgspec.Struct, frozen=True, rename="camel"):
    """A property beside the standard's own, or a promise of the service level."""

    property: str
    value: Any
    unit: str = ""
    custom_properties: list[Property] = []


class Member(msgspec.Struct, frozen=True):
    """A person or team and its role."""

    username: str
    role: str = ""


class Team(msgspec.Struct, frozen=True):
    """The owners."""

    members: list[Member] = []


class Enumerated(msgspec.Struct, frozen=True):
    """One allowed value."""

    value: Any


class SchemaProperty(msgspec.Struct, frozen=True, rename="camel"):
    """An object of the schema, or a field in one."""

    name: str = ""
    logical_type: str = ""
    physical_name: str = ""
    required: bool = False
    classification: str = ""
    logical_type_options: dict[str, Any] = {}
    custom_properties: list[Property] = []
    enum: list[Enumerated] = []
    properties: list[SchemaProperty] = []
    items: SchemaProperty | None = None


class Server(msgspec.Struct, frozen=True):
    """Where the data of one side is: the name that the contract gives it."""

    server: str = ""


class ContractFile(msgspec.Struct, frozen=True, rename="camel"):
    """The parts of one file that the harness reads."""

    version: str
    api_version: str
    schema: list[SchemaProperty] = []
    servers: list[Server] = []
    team: Team | list[Member] = []
    sla_properties: list[Property] = []
    custom_properties: list[Property] = []
