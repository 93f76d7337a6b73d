"""A fake Salesforce: REST API v31.0 to v66.0, OAuth and SOAP login, SOQL, composite, outbound messages.

Known deviations from the vendor:

* Eight standard objects and those of the organisation's folder; one integration user; no sharing rules, record types,
  formulas, validation rules, triggers or flows but the one outbound message.
* SOQL is limited to what the docstring of ``soql`` lists; no polymorphic fields, ``convertCurrency()``, ``ROLLUP``,
  scopes or SOSL. The user's time zone is UTC, labels are values, and ``FORMAT()`` writes as the locale en_US does.
* SystemModstamp and the like have milliseconds (the vendor: whole seconds) and are real time, whatever the pace.
* Currency values are kept exactly as given, while the vendor rounds to the field's scale.
* A receiver gets one notification a message; the vendor sends up to a hundred.
* The first interval of the outbound messages' retries is an assumption; the longest and the day's limit are documented.
* An upsert that updates answers with a body from version 46.0 on; the threshold is not documented.
* No Bulk API, Streaming API or Pub/Sub API; no composite graphs or trees; no authorization_code grant.
"""

from __future__ import annotations

from gameday_fakes.salesforce.handlers import Salesforce

FAKE = Salesforce

__all__ = ["FAKE", "Salesforce"]
