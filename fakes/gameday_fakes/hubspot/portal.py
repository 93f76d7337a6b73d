"""The account: its number, that of the user who works in it, and the credentials by which an app reaches it."""

from __future__ import annotations

from gameday_fakes.hubspot.manifest import MANIFEST

HUBSPOT = MANIFEST.credentials
PORTAL_ID = 62515
USER_ID = 9586504
