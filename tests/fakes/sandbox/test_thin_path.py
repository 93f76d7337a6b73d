"""A deal in one sandbox becomes an order in another, as with fakes: made, read and cleaned through the vendors' APIs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from fakes.sandbox.conftest import DEAL, World
from gameday_fakes.intercept import Dropped


def order(deal: str, account: str) -> bytes:
    line = {"item": {"externalId": "SKU-1"}, "quantity": 2, "rate": 5, "amount": 10, "price": {"id": "-1"}}
    return msgspec.json.encode(
        {"entity": {"externalId": account}, "currency": {"id": "1"}, "otherRefNum": deal, "item": {"items": [line]}}
    )


async def sold(world: World) -> tuple[str, str]:
    """A won deal and its account's id."""
    accounts = await world.seed()
    return await world.operate("salesforce", "close_deal", "D-1", **DEAL), accounts["A-1"]


def test_a_deal_and_its_order_stand_in_the_ledgers_as_they_would_with_fakes(world: World, go: Any) -> None:
    async def day() -> None:
        deal, account = await sold(world)
        reply = await world.sync("PUT", f"/services/rest/record/v1/salesOrder/eid:{deal}", order(deal, account))
        assert reply.status == 204
        crm, erp = [await fake.ledger_read() for fake in world.front.fakes.values()]
        mine, theirs = world.crm.ledger(), world.erp.ledger()
        times = {"time_s": 0.0, "changed_s": 0.0}
        keyed = {**mine.entries[0].keys, "key": "D-1"}
        expected = msgspec.structs.replace(mine.entries[0], **times, keys=keyed)
        assert msgspec.structs.replace(crm.entries[0], **times) == expected
        assert msgspec.structs.replace(erp.entries[0], **times) == msgspec.structs.replace(theirs.entries[0], **times)
        assert erp.entries[0].customer == crm.entries[0].customer == account

    go(day())
