"""The company and the addresses of the account. No handlers here."""

from __future__ import annotations

from gameday_fakes.business_central.manifest import MANIFEST

CREDENTIALS = MANIFEST.credentials
COMPANY_NAME = "Gameday International"

#: Where the API is below the host ("Endpoints for the APIs for Dynamics 365 Business Central"); the tenant may be left
#: out.
API = f"/v2.0/{CREDENTIALS['tenant']}/{CREDENTIALS['environment']}/api/v2.0"
