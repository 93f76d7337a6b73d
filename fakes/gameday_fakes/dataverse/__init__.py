"""Dataverse with Dynamics 365 Sales as a CRM: its Web API, on the OData engine, with its webhooks and limits.

Sources: learn.microsoft.com, Power Apps, "Use the Microsoft Dataverse Web API" and the pages that the modules name;
they are public in MicrosoftDocs/powerapps-docs. ``[R]`` marks general knowledge that has to be confirmed against a real
environment. The examples are our own.

Known deviations and choices:

* The tables of the sales flow: opportunities, quotes and orders with their lines, accounts, contacts, products, price
  lists, units, currencies, users, and what webhooks are registered with. Others are reported as missing.
* FetchXML, ``$apply``, query functions (``Microsoft.Dynamics.CRM.In``), parameter aliases, file columns, search,
  background operations and changes of the schema are absent; of the schema, tables and columns can be read.
* The organisation has columns of its own: ``new_erporderid``, ``new_erpcustomerid``, ``new_subsidiary``,
  ``new_paymentterms``, and of lines ``new_taxcode`` and ``new_netamount``, the agreed net amount.
* The ledger names a deal by its GUID without hyphens, since ERPs' references to a deal are often shorter than 36
  characters; and a customer by its account number.
* One application user, who may do all; plug-ins of the organisation's own are not there, faults play them.
* A hidden column is gone from records and metadata. Column security shows null instead, which looks like an empty one.
* Webhooks go to receivers on this machine and its private network only, from asynchronous steps after the operation;
  whoever is not reached gets the event no more, but for one repetition after 502, 503 and 504.
* The limits of requests count for the one user on one server. Execution time and concurrency are limited by faults.
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.dataverse.manifest import MANIFEST

__all__ = ["FAKE", "MANIFEST"]

#: Loaded when it is asked for.
FAKE: type[Any]


def __getattr__(name: str) -> Any:
    return MANIFEST.exported(__name__, name)
