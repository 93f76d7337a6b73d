"""A receiver of OpenTelemetry's traces (OTLP over HTTP), as the pager: spans that failed are alerts.

Known deviations: over HTTP only; gRPC is refused and recorded as not supported. Protobuf needs the package
opentelemetry-proto; without it, it is refused with 415 and recorded as not supported. Errors are JSON in any case.
Metrics and logs are accepted and not read. A span that failed is open until one of the same service, name and deal
ends without an error. Source: OpenTelemetry specification, "OTLP Specification 1", section "OTLP/HTTP", and "Trace
Semantic Conventions".
"""

from __future__ import annotations

from gameday_fakes.otlp.handlers import Otlp

FAKE = Otlp
