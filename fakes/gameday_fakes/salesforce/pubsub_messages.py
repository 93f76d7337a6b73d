"""The messages of the Pub/Sub API, made from a table: nothing is generated, and no file of the vendor's is needed.

They need the package protobuf. Source: Salesforce, "Pub/Sub API Documentation", "Pub/Sub API Proto File" (version 1).
"""

from __future__ import annotations

import functools
import importlib
import struct
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

PACKAGE = "eventbus.v1"
#: The fields of each message in the order of their numbers: the type, in brackets where the field is repeated.
_MESSAGES: dict[str, dict[str, str]] = {
    "TopicInfo": {
        "topic_name": "string",
        "tenant_guid": "string",
        "can_publish": "bool",
        "can_subscribe": "bool",
        "schema_id": "string",
        "rpc_id": "string",
    },
    "TopicRequest": {"topic_name": "string"},
    "EventHeader": {"key": "string", "value": "bytes"},
    "ProducerEvent": {"id": "string", "schema_id": "string", "payload": "bytes", "headers": "[EventHeader]"},
    "ConsumerEvent": {"event": "ProducerEvent", "replay_id": "bytes"},
    "Error": {"code": "ErrorCode", "msg": "string"},
    "PublishResult": {"replay_id": "bytes", "error": "Error", "correlation_key": "string"},
    "FetchRequest": {
        "topic_name": "string",
        "replay_preset": "ReplayPreset",
        "replay_id": "bytes",
        "num_requested": "int32",
        "auth_refresh": "string",
    },
    "FetchResponse": {
        "events": "[ConsumerEvent]",
        "latest_replay_id": "bytes",
        "rpc_id": "string",
        "pending_num_requested": "int32",
    },
    "CommitReplayRequest": {"commit_request_id": "string", "replay_id": "bytes"},
    "CommitReplayResponse": {
        "commit_request_id": "string",
        "replay_id": "bytes",
        "error": "Error",
        "process_time": "int64",
    },
    "ManagedFetchRequest": {
        "subscription_id": "string",
        "developer_name": "string",
        "num_requested": "int32",
        "auth_refresh": "string",
        "commit_replay_id_request": "CommitReplayRequest",
    },
    "ManagedFetchResponse": {
        "events": "[ConsumerEvent]",
        "latest_replay_id": "bytes",
        "rpc_id": "string",
        "pending_num_requested": "int32",
        "commit_response": "CommitReplayResponse",
    },
    "SchemaRequest": {"schema_id": "string"},
    "SchemaInfo": {"schema_json": "string", "schema_id": "string", "rpc_id": "string"},
    "PublishRequest": {"topic_name": "string", "events": "[ProducerEvent]", "auth_refresh": "string"},
    "PublishResponse": {"results": "[PublishResult]", "schema_id": "string", "rpc_id": "string"},
}
_ENUMS = {"ErrorCode": ("UNKNOWN", "PUBLISH", "COMMIT"), "ReplayPreset": ("LATEST", "EARLIEST", "CUSTOM")}
LATEST, EARLIEST, CUSTOM = range(3)
PUBLISH_ERROR, COMMIT_ERROR = 1, 2


def replay_bytes(number: int) -> bytes:
    """A replay id on the wire: ten bytes, as the vendor's have."""
    return struct.pack(">QH", number, 0)


def installed() -> bool:
    """Whether the packages for messages and for what is in them are there."""
    return find_spec("google") is not None and find_spec("google.protobuf") is not None and bool(find_spec("fastavro"))


@functools.cache
def messages() -> Any:
    """The class of each message, by its name. Raises ModuleNotFoundError."""
    descriptor = importlib.import_module("google.protobuf.descriptor_pb2")
    file = descriptor.FileDescriptorProto(name="eventbus.proto", package=PACKAGE, syntax="proto3")
    for name, values in _ENUMS.items():
        file.enum_type.add(name=name).value.extend(
            descriptor.EnumValueDescriptorProto(name=value, number=number) for number, value in enumerate(values)
        )
    scalar = {kind: getattr(descriptor.FieldDescriptorProto, f"TYPE_{kind.upper()}") for kind in _SCALARS}
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, (field, kind) in enumerate(fields.items(), start=1):
            one = kind.strip("[]")
            added = message.field.add(name=field, number=number, label=3 if kind != one else 1)
            if one in scalar:
                added.type = scalar[one]
            else:
                added.type = descriptor.FieldDescriptorProto.TYPE_ENUM if one in _ENUMS else _OF_MESSAGES
                added.type_name = f".{PACKAGE}.{one}"
    pool = importlib.import_module("google.protobuf.descriptor_pool").DescriptorPool()
    pool.Add(file)
    made = importlib.import_module("google.protobuf.message_factory").GetMessageClass
    return SimpleNamespace(
        **{name: made(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in _MESSAGES},
        Broken=importlib.import_module("google.protobuf.message").DecodeError,
    )


_SCALARS = ("string", "bytes", "bool", "int32", "int64")
#: The number of the type of a field that holds a message.
_OF_MESSAGES = 11
