"""Alertmanager, as everybody may know it without its fake."""

from __future__ import annotations

from gameday_fakes.manifest import Manifest

MANIFEST = Manifest(
    name="alertmanager",
    role="pager",
    title="Alertmanager",
    fake="gameday_fakes.alertmanager.handlers:Alertmanager",
)
