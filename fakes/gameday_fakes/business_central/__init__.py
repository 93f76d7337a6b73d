"""Dynamics 365 Business Central, API v2.0, as an ERP: on the OData engine, with Business Central's rules.

Sources: learn.microsoft.com, Dynamics 365 Business Central, "API (v2.0) for Dynamics 365 Business Central" (each
module names its page) and the public repository of that documentation, MicrosoftDocs/dynamics365smb-devitpro-pb.
``[R]`` marks general knowledge that has to be confirmed against a real environment. The examples are our own.

Known deviations and choices:

* One company with the sets of the sales flow: orders, invoices, credit memos with their lines, customers, items,
  currencies, tax groups and areas, payment terms, accounting periods, subscriptions. Others are reported as missing.
* Codes (numbers, external document numbers, currency codes) are kept in upper case, as the type Code of AL; the
  ledger states an external document number as it was written, so that it can be matched to the id of a deal.
* ``shipAndInvoice`` invoices the whole order, which then leaves ``salesOrders``. The ledger keeps it, with its
  invoices. An invoice that was made without an order is an entry of its own.
* A line's ``taxCode`` is a tax group with one rate. Prices come from the item, in other currencies from a price list; a
  price that a request gives is kept. There is no stock, so nothing is out of stock.
* A stale ETag is refused with 409 (``Request_EntityChanged``), a missing one with 400 (``BadRequest_InvalidToken``).
* Closed periods stand for the range of allowed posting dates; ``accountingPeriods`` do not show them.
* A filter with ``or`` on different properties is refused, one with a lambda is ignored, as documented.
* Notifications go to receivers on this machine and its private network only.
* Organisations' files do not change the sets yet.
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.business_central.manifest import MANIFEST

__all__ = ["FAKE", "MANIFEST"]

#: Loaded when it is asked for.
FAKE: type[Any]


def __getattr__(name: str) -> Any:
    return MANIFEST.exported(__name__, name)
