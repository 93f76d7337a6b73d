"""The table of what people can do in any CRM, each by the method of the same name of the fake's ``business``."""

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
    MergeDuplicate,
    OpenDeal,
    Reprice,
    Seed,
    VoidDeal,
)
from gameday_fakes.catalogue import About


def with_id(
    name: str, params: type[msgspec.Struct], act: Callable[[Any, str, Any], str], about: About = "deal"
) -> BusinessOperation:
    """An operation of a CRM's ``business`` that returns the id of its record."""
    return BusinessOperation(name, params, lambda fake, key, given: {"id": act(fake.business, key, given)}, about)


CRM_OPERATIONS = (
    BusinessOperation("seed", Seed, lambda fake, _, seed: fake.seeded.plant(seed.accounts, seed.products)),
    with_id("close_deal", CloseDeal, lambda business, key, params: business.close_deal(key, params)),
    with_id("open_deal", OpenDeal, lambda business, key, params: business.open_deal(key, params)),
    with_id("lose_deal", LoseDeal, lambda business, key, _: business.void_deal(key)),
    with_id("amend_deal", AmendDeal, lambda business, key, params: business.amend_deal(key, params)),
    with_id("void_deal", VoidDeal, lambda business, key, _: business.void_deal(key)),
    with_id("delete_deal", DeleteDeal, lambda business, key, _: business.delete_deal(key)),
    with_id("reprice", Reprice, lambda business, _, params: business.reprice(params), ""),
    with_id("merge_accounts", MergeAccounts, lambda business, _, params: business.merge_accounts(params), ""),
    with_id("merge_duplicate", MergeDuplicate, lambda business, key, _: business.merge_duplicate(key)),
)
"""What people can do in a CRM."""
