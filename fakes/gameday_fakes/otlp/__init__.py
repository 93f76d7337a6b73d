"""A receiver of OpenTelemetry's traces (OTLP over HTTP and gRPC), as the pager: spans that failed are alerts.

Known deviations: gRPC needs the packages grpcio and opentelemetry-proto; protobuf over HTTP needs the latter.
Without them both are refused and recorded as not supported. Over HTTP errors are JSON in any case. Metrics and logs
are accepted and not read. A span that failed is open until one of the same service, name and deal ends without an
error. Source: OpenTelemetry specification, "OTLP Specification 1", section "OTLP/HTTP", and "Trace Semantic
Conventions".
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.otlp.manifest import MANIFEST

__all__ = ["FAKE", "MANIFEST"]

#: Loaded when it is asked for.
FAKE: type[Any]


def __getattr__(name: str) -> Any:
    return MANIFEST.exported(__name__, name)
