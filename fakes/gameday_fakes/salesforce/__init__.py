"""A fake Salesforce: REST API v31.0 to v66.0, OAuth, partner SOAP, SOQL, composite, Bulk API, outbound messages.

Known deviations from the vendor:

* Fourteen standard objects and those of the organisation's folder; one integration user; no sharing rules, triggers or
  flows but the one that announces deals; formulas as far as the docstring of ``formula`` and docs/organisations.md say.
* SOQL is limited to what the docstring of ``soql`` lists; no polymorphic fields, ``convertCurrency()``, ``ROLLUP``,
  scopes or SOSL. The user's time zone is UTC, labels are values, and ``FORMAT()`` writes as the locale en_US does.
* SystemModstamp and the like are real time, whatever the pace, with milliseconds (the vendor: whole seconds, as with
  the setting ``stamp_every_s``).
* Currency values are kept exactly as given, while the vendor rounds to the field's scale.
* A receiver gets one notification a message unless ``outbound_batch`` allows more; then those of one change come
  together, while the vendor also collects those that wait.
* The first interval of the outbound messages' retries is an assumption; the longest and the day's limit are documented.
* An upsert that updates answers with a body from version 46.0 on; the threshold is not documented.
* Bulk API 2.0: an upload is limited by the size of a request (16 MiB); no multipart creation of a job, no parallel
  results, no ``hardDelete``; how long a job takes is a setting; texts of refusals that no public source shows are ours.
* A plan (``explain``) is always a scan of the whole object.
* Bulk API 1.0: jobs of CSV and JSON, not of XML; queries are not split by id.
* At ``/services/oauth2/authorize`` the integration user agrees at once; there is no page to log in at.
* Streaming: platform events and change events over CometD's long polling and the Pub/Sub API; no PushTopics, no generic
  streaming, no custom channels, no enriched or compressed change events. Parts of names and addresses are fields of
  their own.
* Pub/Sub API: it needs the packages grpcio, protobuf and fastavro; no ``ManagedSubscribe``. An event whose payload is
  not Avro of its schema is refused, while the vendor publishes it. Streams without requests are not closed.
* SOAP: the partner API's calls for records, the bin, queries, descriptions and sessions; no leads; only accounts are
  merged. A deal that is deleted for good stays among the deleted ones, because the ledger states it.
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.salesforce.manifest import MANIFEST

__all__ = ["FAKE", "MANIFEST"]

#: Loaded when it is asked for.
FAKE: type[Any]


def __getattr__(name: str) -> Any:
    return MANIFEST.exported(__name__, name)
