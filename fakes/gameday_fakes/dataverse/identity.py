"""Who and where: the organisation, its business unit, the people and the application user. No handlers here."""

from __future__ import annotations

from gameday_fakes.dataverse.manifest import MANIFEST

CREDENTIALS = MANIFEST.credentials
VERSION = "9.2.26011.00150"
ORGANIZATION_NAME = "gameday"
ORGANIZATION_ID = "7ba5d0c1-6a6e-4dd5-9f0a-67616d656410"
BUSINESS_UNIT_ID = "7ba5d0c1-6a6e-4dd5-9f0a-67616d656411"
#: The application user, as which a sync works, and the one as which people do.
USER_ID = "7ba5d0c1-6a6e-4dd5-9f0a-67616d656412"
SELLER_ID = "7ba5d0c1-6a6e-4dd5-9f0a-67616d656413"
