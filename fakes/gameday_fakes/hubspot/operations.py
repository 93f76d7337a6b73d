"""The table of what people can do in the CRM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from gameday_fakes.business_operations import (
    AmendDeal,
    BusinessOperation,
    CloseDeal,
    DeleteDeal,
    LoseDeal,
    MergeAccounts,
    OpenDeal,
    Reprice,
    Seed,
    VoidDeal,
)
from gameday_fakes.hubspot.business import Business


class RestoreDeal(msgspec.Struct, frozen=True):
    """Restore a deal that was deleted, with its lines."""


def _operation(name: str, params: type[msgspec.Struct], act: Callable[[Business, str, Any], str]) -> BusinessOperation:
    """An operation that returns the id of its record."""
    return BusinessOperation(name, params, lambda fake, key, given: {"id": act(fake.business, key, given)})


BUSINESS_OPERATIONS = (
    BusinessOperation("seed", Seed, lambda fake, _, seed: fake.seeded.plant(seed.accounts, seed.products)),
    _operation("close_deal", CloseDeal, Business.close_deal),
    _operation("open_deal", OpenDeal, Business.open_deal),
    _operation("lose_deal", LoseDeal, lambda business, key, _: business.void_deal(key)),
    _operation("amend_deal", AmendDeal, Business.amend_deal),
    _operation("void_deal", VoidDeal, lambda business, key, _: business.void_deal(key)),
    _operation("delete_deal", DeleteDeal, lambda business, key, _: business.delete_deal(key)),
    _operation("restore_deal", RestoreDeal, lambda business, key, _: business.restore_deal(key)),
    _operation("reprice", Reprice, lambda business, _, params: business.reprice(params)),
    _operation("merge_accounts", MergeAccounts, lambda business, _, params: business.merge_accounts(params)),
)
"""What people can do in this CRM."""
