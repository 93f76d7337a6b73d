"""The abort budget: how many deals may be affected before the game day is stopped."""

from __future__ import annotations

import math
import re

import msgspec

from gameday.base.errors import GamedayError
from gameday.model.contract import Contract
from gameday.model.scenario import Scenario

TAG = "abort-after-affected"
_TAG = re.compile(rf"{TAG}:(.*)")


class Budget(msgspec.Struct, frozen=True):
    """How many affected deals stop the game day (None: only operators stop it). ``source`` says who set it."""

    limit: int | None = None
    source: str = ""

    def used_up(self, affected: int) -> bool:
        """Whether so many affected deals use up the budget."""
        return self.limit is not None and affected >= self.limit


def budget_of(scenario: Scenario, contract: Contract, option: int | None) -> Budget:
    """The budget of the option, else of the tag ``@abort-after-affected:N``, else of the contract's error rate.

    Raises GamedayError for a tag that holds no number.
    """
    if option is not None:
        return Budget(option, "--abort-after-affected")
    for tag in scenario.tags:
        found = _TAG.fullmatch(tag)
        if found is not None:
            if not re.fullmatch("[1-9][0-9]{0,8}", found[1]):
                raise GamedayError(f"bad tag @{tag} of scenario {scenario.name!r}", hint=f"write @{TAG}:10")
            return Budget(int(found[1]), f"@{TAG}")
    if contract.sla.error_rate > 0:
        allowed = math.floor(contract.sla.error_rate * scenario.workload.count)
        return Budget(allowed + 1, f"the contract's error rate of {contract.sla.error_rate:.2%}")
    return Budget()
