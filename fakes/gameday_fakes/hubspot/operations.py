"""The table of what people can do in the CRM."""

from __future__ import annotations

import msgspec

from gameday_fakes.crm_operations import CRM_OPERATIONS, with_id


class RestoreDeal(msgspec.Struct, frozen=True):
    """Restore a deal that was deleted, with its lines."""


BUSINESS_OPERATIONS = (
    *CRM_OPERATIONS,
    with_id("restore_deal", RestoreDeal, lambda business, key, _: business.restore_deal(key)),
)
"""What people can do in this CRM."""
