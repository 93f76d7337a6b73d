"""SAP S/4HANA's OData services of version 2 for sales as an ERP: on the OData engine, with S/4HANA's rules.

Sources: SAP Business Accelerator Hub, the services "Sales Order (A2X)", "Billing Document - Read, Cancel", "Business
Partner (A2X)" and "Product Master (A2X)"; SAP Help Portal, SAP Gateway Foundation and Sales; the knowledge base
articles and community pages that the modules name. ``[R]`` marks general knowledge that has to be confirmed against a
real system. The metadata documents and the examples are our own.

Known deviations and choices:

* One client with one sales area, and the entity sets of the flow with their usual properties. Schedule lines, texts,
  billing plans, item partners, credit memos and deliveries are reported as missing; orders are of the type OR.
* A billing run bills whole orders, as people ask for it on the control plane or after a time that is configured. A
  billing document in a closed period is created and not posted; the ledger has invoices that are posted.
* ``GetPDF`` gives the text of an empty document, because the engine has no complex types.
* What only the system writes is ignored in a body. Whether the vendor refuses it is [R].
* Condition types are those of SAP's delivered procedures: prices PPR0, PR00, PMP0; percentages DRN1, K007, K004 of an
  item, DRH1, HA00 of a header. An item without a price makes its order incomplete.
* Leading zeros of numbers are accepted in keys and bodies, not in filters.
* Only orders and customers have ETags of their own; whether items have is [R].
* Organisations' files do not change the sets yet.
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.s4hana.manifest import MANIFEST

__all__ = ["FAKE", "MANIFEST"]

#: Loaded when it is asked for.
FAKE: type[Any]


def __getattr__(name: str) -> Any:
    return MANIFEST.exported(__name__, name)
