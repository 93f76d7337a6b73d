"""Oracle Fusion Cloud Applications as an ERP: Order Management ("Order Hub") and Receivables by their REST resources.

Sources: docs.oracle.com, "REST API for Oracle Fusion Cloud SCM" (Sales Orders for Order Hub, Items, Price Lists), "REST
API for Oracle Fusion Cloud Financials" (Receivables Invoices), "REST API for CX Sales" (Hub Organizations, and what all
have in common: "Set the REST Framework Version", "Perform Batch Actions", "Verify Resource Updates Using the ETag
Value"). ``[R]`` marks general knowledge that has to be confirmed against a real pod. The examples are our own.

Known deviations and choices:

* The resources of the sales flow only: orders with lines, charges, charge components, holds and totals; invoices with
  lines and tax lines; organizations, items, price lists. Others are reported as missing.
* An organization has one customer account, of the same number, and one site. A real one gets them from other services.
* The order is priced from one price list a currency, unless its lines have charges of their own and ``FreezePriceFlag``
  is true. Tax follows from the line's tax classification, else from its item's.
* A change of a submitted order makes a revision. It is a draft until it is submitted; the version before stays in force
  until then and is a reference order afterwards. All versions have one order number, and the ledger has one entry.
* Orders are invoiced at once or never: there is no shipment, and ``AutoInvoice`` runs only where it is configured.
* An access token is opaque, not a JSON Web Token that could be read.
* Media types of requests are not checked. Framework versions 5 and 7 to 9 are as the one before.
* Organisations' files do not change the resources yet.
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.oracle_fusion.manifest import MANIFEST

__all__ = ["FAKE", "MANIFEST"]

#: Loaded when it is asked for.
FAKE: type[Any]


def __getattr__(name: str) -> Any:
    return MANIFEST.exported(__name__, name)
