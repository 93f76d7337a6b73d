"""Drafts the ERP's side from the metadata documents of S/4HANA's services.

``GET /sap/opu/odata/sap/API_SALES_ORDER_SRV/$metadata`` (SAP Business Accelerator Hub, "Sales Order (A2X)") answers
with the entity types of the service: keys, lengths, what cannot be written, and the records within records.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gameday.base.errors import unknown
from gameday.contracts.drafting.entity_sets import EntitySetDrafting
from gameday.contracts.drafting.vendor import Ask
from gameday_fakes.s4hana.account import ROOT
from gameday_fakes.s4hana.manifest import MANIFEST
from gameday_fakes.s4hana.schema import SERVICES


class S4HanaDrafting(EntitySetDrafting):
    """Drafts from metadata documents of version 2."""

    manifest = MANIFEST
    #: Pricing elements are within items, which are within orders.
    deepest = 2
    money = ("Amount", "RateValue")
    own = "YY1_"
    note_of_dates = "In JSON it is /Date(milliseconds)/: midnight in UTC"

    def asks(self, objects: Sequence[str], version: str) -> Iterable[Ask]:
        wanted = objects or MANIFEST.objects[:1]
        return [Ask(f"{ROOT}/{name}/$metadata", "application/xml") for name in dict.fromkeys(map(_service, wanted))]


def _service(name: str) -> str:
    """The service that has an entity set. Raises GamedayError."""
    for service, schema in SERVICES.items():
        if name in schema.sets:
            return service
    known = [each for schema in SERVICES.values() for each in schema.sets]
    raise unknown("entity set", name, known, hint="save the $metadata of its service, and give the file")
