"""NetSuite SuiteTalk REST web services, ``record/v1`` and ``query/v1``, as an ERP."""

from __future__ import annotations

from gameday_fakes.netsuite.handlers import NetSuite

FAKE = NetSuite
