"""E-mail, as everybody may know it without its fake."""

from __future__ import annotations

from gameday_fakes.manifest import Manifest

MANIFEST = Manifest(
    name="email",
    role="pager",
    title="E-mail",
    fake="gameday_fakes.email.handlers:Email",
    credentials={"user": "sync@example.com", "password": "gameday-email-password"},
)
