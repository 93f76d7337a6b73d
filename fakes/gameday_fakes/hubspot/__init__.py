"""A fake HubSpot as a CRM: objects, associations, search, properties, pipelines, owners, OAuth and webhooks.

Known deviations from the vendor:

* Five objects: deals, companies, contacts, line items and products, with the properties that a sync meets; no tickets,
  quotes, custom objects, engagements, lists, imports or exports.
* One private app, one public app and one account; an administrator agrees at once at ``/oauth/authorize``.
* Versions by date (``/crm/objects/2026-03``) answer as the numbered ones do; their differences are not known.
* Writes of lines through the API leave the deal's amount as it is: which setting of an account makes it follow them is
  not visible through the API.
* A search finds a change after ``index_lag_s``, always the same; the vendor promises nothing. Words are compared as
  they are, without the vendor's analysis of texts.
* Webhooks: one app; the waits between attempts double from one minute on, while the vendor spreads them;
  ``Retry-After`` is not read. A receiver's certificate is not verified.
* Merging keeps the values of the primary record where both have one, for every property; nothing is rolled up anew.
* Texts of refusals that no public source shows are ours.
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.hubspot.manifest import MANIFEST

__all__ = ["FAKE", "MANIFEST"]

#: Loaded when it is asked for.
FAKE: type[Any]


def __getattr__(name: str) -> Any:
    return MANIFEST.exported(__name__, name)
