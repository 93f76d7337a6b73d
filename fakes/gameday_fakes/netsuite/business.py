"""What people do in the ERP: seed it, change a price, open and close accounting periods."""

from __future__ import annotations

import datetime
from typing import Any

from gameday_fakes.business_operations import BusinessOperation, ClosePeriod, OpenPeriod, Reprice, Seed
from gameday_fakes.fake import ControlError
from gameday_fakes.netsuite.seed import currency_id, plant


def _seed(fake: Any, _: str, params: Seed) -> dict[str, Any]:
    plant(fake.store, params.accounts, params.products)
    return {"id": ""}


def _reprice(fake: Any, _: str, params: Reprice) -> dict[str, Any]:
    item = fake.store.by_external_id["inventoryItem"].get(params.sku)
    if item is None:
        raise ControlError(f"unknown sku {params.sku!r}")
    fake.store.set_price(item, currency_id(fake.store, params.currency), params.price)
    return {"id": item}


def _close_period(fake: Any, _: str, params: ClosePeriod) -> dict[str, Any]:
    fake.store.closed_periods.add(_checked(params.period))
    return {"id": params.period}


def _open_period(fake: Any, _: str, params: OpenPeriod) -> dict[str, Any]:
    if _checked(params.period):
        fake.store.closed_periods.discard(params.period)
    else:
        fake.store.closed_periods.clear()
    return {"id": params.period}


def _checked(period: str) -> str:
    """A period YYYY-MM, or empty for all. Raises ControlError."""
    try:
        if period:
            datetime.date.fromisoformat(f"{period}-01")
    except ValueError:
        raise ControlError(f"bad period {period!r}; expected: YYYY-MM, or empty for all") from None
    return period


BUSINESS_OPERATIONS = (
    BusinessOperation("seed", Seed, _seed),
    BusinessOperation("reprice", Reprice, _reprice),
    BusinessOperation("open_period", OpenPeriod, _open_period),
    BusinessOperation("close_period", ClosePeriod, _close_period),
)
"""What people can do in this ERP."""
