"""OTLP, as everybody may know it without its fake."""

from __future__ import annotations

from gameday_fakes.manifest import Manifest

MANIFEST = Manifest(
    name="otlp",
    role="pager",
    title="OTLP",
    fake="gameday_fakes.otlp.handlers:Otlp",
)
