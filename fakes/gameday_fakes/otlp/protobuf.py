"""OTLP's binary form, read as the JSON that means the same. It needs the package opentelemetry-proto."""

from __future__ import annotations

import importlib
from typing import Any

from gameday_fakes.http import BadBody

CONTENT_TYPE = "application/x-protobuf"
#: What a receiver answers where all was accepted: each message of this kind with nothing set has no bytes.
NOTHING_TO_SAY = b""


def installed() -> bool:
    """Whether the package is there."""
    try:
        _messages()
    except ModuleNotFoundError:
        return False
    return True


def as_json(body: bytes) -> dict[str, Any]:
    """A request for traces as plain data, in the names of OTLP's JSON. Raises BadBody if it is none."""
    messages, forms = _messages()
    request = messages.ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
        plain: dict[str, Any] = forms.MessageToDict(request)
    except (importlib.import_module("google.protobuf.message").Error, forms.Error, RecursionError) as problem:
        raise BadBody(str(problem)[:200]) from None
    return plain


def _messages() -> tuple[Any, Any]:
    """The messages of traces, and protobuf's own way from a message to JSON. Raises ModuleNotFoundError."""
    return (
        importlib.import_module("opentelemetry.proto.collector.trace.v1.trace_service_pb2"),
        importlib.import_module("google.protobuf.json_format"),
    )
