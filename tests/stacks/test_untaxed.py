"""Orders that the ERP saves without tax, or another: they are put right with few requests, and people hear of it."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gameday_fakes.stacks.durable.customers import Tiers
from gameday_fakes.stacks.durable.definition import load
from gameday_fakes.stacks.durable.erp import LedgerOrder
from gameday_fakes.stacks.durable.findings import Findings
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.sqlite_store import SqliteStore
from gameday_fakes.stacks.environment import Pace
from support.simulated import Simulation

FEATURE = """
Feature: The tax engine is down for minutes

  Scenario: Orders without tax: writing them anew again and again does not help
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the workload "closed won"
      | count | per minute | taxed | amended | voided |
      | 4     | 12         | 1     | 0       | 0      |
    When after 6 seconds the ERP suffers "tax engine down" for 5 minutes
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And the alert names the affected deals
    And the stack sent at most 50 requests per deal
"""


class _Day:
    """A day with three deals whose orders have no tax. The reconciler passes once a minute."""

    def __init__(self) -> None:
        self.time_s = 1_000.0
        self.store = SqliteStore(Path(":memory:"), now_s=lambda: self.time_s)
        self.alerted: list[str] = []
        #: The deals whose customer's tier is known when people are alerted.
        self.ranked = set[str]()
        self.taxes = dict.fromkeys("123", Decimal(0))
        self.records = [
            {"id": deal, "account": "7", "won": True, "version": "1", "amount": "80.00", "currency": "EUR"}
            for deal in "123"
        ]
        for deal in "123":
            self.store.enqueue(deal, delivered=True)
            self.store.set_deal(deal, version="1", payload="{}", digest="d", account="7", tax="8.00")
        crm: Any = SimpleNamespace(
            **{"bare_events": False, "keeps_former_ids": False, "listed": lambda: None, "changed": self._changed},
            **{"recalculated": self._nobody, "read_deals": self._read, "tier": self._tier},
        )
        erp: Any = SimpleNamespace(ledger=self._ledger)
        incidents: Any = SimpleNamespace(join=self._join, file=lambda *_: None)
        definition = load("salesforce", "s4hana")
        findings = Findings(definition, self.store, Tiers(crm), incidents, incidents)
        given = (definition, Pace(1), self.store, Inbox(self.store), crm, erp, incidents)
        self._reconciler = Reconciler(*given, findings)

    async def passes(self) -> str:
        """Make the next pass, once what was written anew is there. Returns what it has written anew."""
        self.time_s += 60
        for deal in "123":
            self.store.set_deal(deal, state="done")
        await self._reconciler.run_once()
        return "".join(row["id"] for row in self.store.rows("SELECT id FROM deals WHERE state = 'queued' ORDER BY id"))

    async def _changed(self, since: str, *_: Any) -> list[Any]:
        # The deals change once; rows may become visible late, but not for ever.
        return self.records if self.time_s < 1_100 else []

    async def _read(self, deals: list[str]) -> dict[str, Any]:
        return {each["id"]: {**each, "lines": []} for each in self.records if each["id"] in deals}

    async def _ledger(self, deals: list[str]) -> dict[str, list[LedgerOrder]]:
        return {
            deal: [LedgerOrder(deal, deal, Decimal(80), ended=False, currency="EUR", tax=self.taxes[deal])]
            for deal in deals
        }

    async def _tier(self, account: str) -> str:
        return f"Tier of {account}"

    def _join(self, _: Any, deal: str, __: str) -> None:
        self.alerted.append(deal)
        row = self.store.deal(deal)
        assert row is not None
        if json.loads(row["payload"]) == {"customer_tier": "Tier of 7"}:
            self.ranked.add(deal)

    @staticmethod
    async def _nobody(*_: Any) -> dict[str, str]:
        return {}


def test_while_the_tax_engine_does_not_answer_one_order_at_a_time_is_written_anew() -> None:
    async def act() -> list[str]:
        day = _Day()
        found = [await day.passes() for _ in range(8)]
        # People hear of all three once what is otherwise repaired would be.
        assert sorted(set(day.alerted)) == ["1", "2", "3"]
        assert day.ranked == {*day.alerted}
        # The one that is tried has its tax, so the tax engine answers: the others are written anew by the same pass.
        day.taxes["1"] = Decimal(8)
        found.append(await day.passes())
        day.taxes = dict.fromkeys("123", Decimal(8))
        return [*found, await day.passes(), await day.passes()]

    assert asyncio.run(act()) == ["123", "", "1", "", "", "", "2", "", "23", "", ""]


def test_nobody_hears_of_an_order_whose_tax_is_right_once_it_is_written_anew() -> None:
    async def act() -> list[str]:
        day = _Day()
        assert await day.passes() == "123"
        day.taxes = dict.fromkeys("123", Decimal(8))
        assert await day.passes() == ""
        return day.alerted

    assert asyncio.run(act()) == []


@pytest.mark.slow
@pytest.mark.parametrize("erp", ["netsuite", "s4hana"])
def test_a_tax_engine_that_is_down_for_minutes_costs_few_requests(
    erp: str, tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    found = simulation.written(FEATURE, tmp_path, control=True, crm="hubspot", erp=erp)
    assert {verdict.name: verdict.summary for verdict in found.verdicts if verdict.result.word != "passed"} == {}
