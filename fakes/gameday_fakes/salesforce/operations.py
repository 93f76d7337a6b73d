"""The table of what people can do in the CRM."""

from __future__ import annotations

import msgspec

from gameday_fakes.crm_operations import CRM_OPERATIONS, with_id


class ExemptAccount(msgspec.Struct, frozen=True):
    """Exempt a deal's customer from tax: formulas change all its deals, and neither event nor timestamp tells of it."""


BUSINESS_OPERATIONS = (
    *CRM_OPERATIONS,
    with_id("exempt_account", ExemptAccount, lambda business, key, _: business.exempt_account(key)),
)
"""What people can do in this CRM."""
