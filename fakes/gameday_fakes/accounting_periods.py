"""Accounting periods that people open and close in an ERP, whose store names the closed ones."""

from __future__ import annotations

import datetime
from typing import Any

from gameday_fakes.business_operations import BusinessOperation, ClosePeriod, OpenPeriod
from gameday_fakes.declared import ControlError


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


PERIOD_OPERATIONS = (
    BusinessOperation("open_period", OpenPeriod, _open_period),
    BusinessOperation("close_period", ClosePeriod, _close_period),
)
"""What people do with the periods of an ERP."""
