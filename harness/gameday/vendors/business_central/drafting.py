"""Drafts the ERP's side from the metadata document of Business Central's API v2.0.

``GET .../v2.0/<tenant>/<environment>/api/v2.0/$metadata`` answers with the entity types: lengths, enumerations, what
the system computes, and the lines within documents. Source: learn.microsoft.com, "Endpoints for the APIs".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gameday.contracts.drafting.entity_sets import EntitySetDrafting
from gameday.contracts.drafting.vendor import Ask
from gameday_fakes.business_central.manifest import MANIFEST


class BusinessCentralDrafting(EntitySetDrafting):
    """Drafts from a metadata document of version 4. The base URL is that of the API in an environment."""

    manifest = MANIFEST
    money = ("Amount", "Price", "amount", "IncludingTax", "ExcludingTax")

    def asks(self, objects: Sequence[str], version: str) -> Iterable[Ask]:
        return [Ask("/$metadata", "application/xml")]
