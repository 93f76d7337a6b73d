"""The record types and fields of the bundled organisation; those that a fake serves are in its model (``model``)."""

from __future__ import annotations

from gameday_fakes.netsuite.field import Field, Kind, RecordType
from gameday_fakes.netsuite.model import Model
from gameday_fakes.netsuite.standard import LINE_FIELDS, LINES, TRANSACTIONS
from gameday_fakes.organisation import bundled

__all__ = ["BUNDLED", "LINES", "LINE_FIELDS", "RECORD_TYPES", "TRANSACTIONS", "Field", "Kind", "RecordType"]

BUNDLED = Model(bundled())
RECORD_TYPES = BUNDLED.record_types
