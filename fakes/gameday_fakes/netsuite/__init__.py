"""NetSuite SuiteTalk REST web services (``record/v1``, ``query/v1``, ``async/v1``), as an ERP.

Sources: Oracle's NetSuite help (docs.oracle.com; each module names its page), the code of the clients that the tests
use, and public threads. ``[R]`` marks general knowledge that has to be confirmed against a
real account.

Known deviations and choices:

* ``PUT`` and ``PATCH`` change lines by ``line`` and append the others, or replace them with ``?replace=item``.
* Custom fields and records are those of the organisation's folder; a list's values have the ids 1, 2 and so on.
* A credit memo and a payment belong to one invoice, also a credit memo of a return. Tax is a code with a rate on a
  line, not SuiteTax's details. What lines that sell nothing come to is in ``adjustments``; the ledger
  spreads it over the goods.
* Prices: without a price level, or with the base one, rate and amount come from the price list, whatever was sent.
  The custom level (``-1``) keeps rate and amount [R]. An account script that refuses rates off the list, large
  discounts and negative lines is off; the settings turn its rules on.
* Orders are approved when they are created and need no fulfilment, so that they can be invoiced at once. A second
  ``!transform/invoice`` makes a second invoice, as documented. An invoiced order is billed, also if it is so in part.
* A cash sale is always one of an order, an estimate or an opportunity. What an estimate is billed for is in the ledger
  with the order that is made of it too. A fulfilment changes the status of its order and no stock.
* ``pricing`` is a record type here, one record per item and currency; NetSuite has it as a sublist of the item.
* A reference may also be the bare internal id [R]. ``X-NetSuite-PropertyValueValidation`` is ignored: wrong values
  are always refused; unknown fields are dropped, or refused under ``X-NetSuite-PropertyNameValidation: error``.
* SuiteQL knows the tables of these record types, ``transaction``, ``transactionline``, ``item``, ``entity`` and
  ``dual``; ``transactionline`` has lines with items only, and amounts and quantities with the record's sign. Functions
  that it lacks (``BUILTIN.CONSOLIDATE``, regressions), ``ROLLUP`` and ``CUBE`` are refused and recorded. Two columns of
  one name get numbers [R].
* Asynchronous requests are carried out at once. The account's concurrency limit is reported, but holds only under the
  fault ``concurrency_limit``, because nothing here takes long enough to be concurrent.
* The wordings for a closed period, a locked record and maintenance are [R]; clients should go by status and code.
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.netsuite.manifest import MANIFEST

__all__ = ["FAKE", "MANIFEST"]

#: Loaded when it is asked for.
FAKE: type[Any]


def __getattr__(name: str) -> Any:
    return MANIFEST.exported(__name__, name)
