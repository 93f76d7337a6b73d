"""Keeps the stacks of a gate away from other machines: without a network, or by a proxy that refuses other names."""

from __future__ import annotations

from typing import Literal

from gameday.base.errors import GamedayError
from gameday.gate.request import Request
from gameday.run.asked_names import AskedNames
from gameday.run.offline import go_offline
from gameday.run.outside import needed_outside, reach_of

NONE = "none but loopback"
PROXY = "a proxy that refuses"


def keep_in(wanted: Literal["auto", "none", "proxy"], request: Request, names: AskedNames | None = None) -> str:
    """Leave all networks but loopback, for good, if that is wanted and possible; returns NONE or PROXY.

    If it is not possible, ``none`` raises GamedayError and ``auto`` returns PROXY. ``names`` gets the hosts that are
    tried then.
    """
    if wanted == "proxy":
        return PROXY
    tables = [table for table in (request.candidate, request.current) if table is not None]
    reason = next(filter(None, (needed_outside(table) for table in tables)), "")
    reach = list(dict.fromkeys(each for table in tables for each in reach_of(table)))
    if not reason and not go_offline(reach, names):
        reason = "the system allows no network namespace"
    if reason and wanted == "none":
        raise GamedayError(f"--network none is not possible: {reason}", hint="use auto or proxy")
    return PROXY if reason else NONE
