"""Where durable sends each trouble is where the bundled registry of flows says that its kind of error goes."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from gameday.analysis.cause import BACKLOG, GENERAL
from gameday.analysis.causes import causes_in
from gameday.contracts.flows import bundled_flows, read_flows
from gameday.contracts.odcs import load_contract
from gameday.model.handling import OTHER
from gameday_fakes.stacks.durable.crm import Crm
from gameday_fakes.stacks.durable.customers import Tiers
from gameday_fakes.stacks.durable.definition import load
from gameday_fakes.stacks.durable.trouble import Trouble

FLOW = "closed-won-to-sales-order"


def test_every_reason_of_durable_goes_to_the_owner_that_the_registry_names() -> None:
    definition, owners = load("salesforce", "netsuite"), load_contract(FLOW).owners
    [flow] = [each for each in read_flows(bundled_flows()).flows if each.flow == FLOW]
    paths = {path.error: path for path in flow.exceptions}
    for reason in definition.reasons.values():
        kinds = causes_in(reason.text) - {BACKLOG, GENERAL} or {OTHER}
        named = [paths.get(kind, paths[OTHER]) for kind in sorted(kinds)]
        assert definition.owner_of(reason) in {owners[path.to] for path in named}, reason.code
        # What somebody has to approve is held until then, and nothing else is.
        assert (reason.route in ("finance", "approval")) == any(path.path == "approve" for path in named), reason.code


def test_a_customers_tier_is_asked_for_once_and_again_where_the_crm_did_not_answer() -> None:
    class OneAnswer:
        asked = 0

        async def tier(self, _: str) -> str:
            self.asked += 1
            if self.asked == 1:
                raise Trouble("unavailable", "503", system="crm")
            return "Key"

    crm: Any = OneAnswer()
    tiers = Tiers(cast("Crm", crm))
    assert [asyncio.run(tiers.of("A-1")) for _ in range(4)] == ["", "Key", "Key", "Key"]
    assert crm.asked == 2
