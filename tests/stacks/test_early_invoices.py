"""An ERP may have invoiced an order before the sync heard of it: then the invoice may say what a deal was before."""

from __future__ import annotations

import asyncio
import contextlib
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gameday_fakes.stacks.durable.orders import GuardedInvoices, Settlement
from gameday_fakes.stacks.durable.sqlite_store import SqliteStore
from gameday_fakes.stacks.durable.trouble import Trouble
from support.rows import rows
from support.simulated import Simulation

FEATURE = """
Feature: The ERP bills within seconds

  Scenario: Invoices of a former state: deals change when they are invoiced, and before the sync has heard of it
    Given deals flow from the CRM to the ERP under the contract "closed-won-to-sales-order"
    And the ERP has the settings
      | autoinvoice after s |
      | 20                  |
    And the workload "closed won"
      | count | per minute | taxed | {change} | {change} after s |
      | 16    | 20         | 90%   | 0.5      | 60               |
    Then every deal is in the ERP exactly once within 10 minutes of the fix
    And every deal is invoiced exactly once
"""


class _Erp:
    """Invoices each order by itself, but the first time only when the deal is settled again."""

    bills = False

    def __init__(self) -> None:
        self.order, self.invoices, self.deleted = "1", {"early": Decimal(80)}, list[str]()

    async def currency_id(self, symbol: str) -> str:
        return symbol

    async def write(self, *_: Any) -> str:
        return self.order

    async def invoices_of(self, order: str) -> dict[str, Decimal]:
        return dict(self.invoices)

    async def delete_invoice(self, invoice: str) -> None:
        del self.invoices[invoice]
        self.deleted.append(invoice)

    async def transform(self, order: str, key: str = "") -> str:
        self.invoices["next"] = Decimal(80)
        raise Trouble("unbilled", "waits", system="erp")


@rows(
    ("written", "order", "deleted"),
    [
        # The content was another, so whatever was invoiced is outdated; but of another order it is not.
        ("before", "1", ["early"]),
        ("before", "2", []),
        # Nothing is known to have been written, as after a lost reply: what is invoiced is right.
        ("", "1", []),
    ],
)
def test_an_invoice_that_the_sync_never_heard_of_is_outdated_once_the_order_is_another(
    written: str, order: str, deleted: list[str]
) -> None:
    async def act() -> list[str]:
        store, erp = SqliteStore(Path(":memory:")), _Erp()
        erp.order = order
        of_erp: Any = erp
        mapping: Any = SimpleNamespace(order=lambda *_, **__: {"tax": 0})
        settlement = Settlement(store, of_erp, mapping, of_erp, GuardedInvoices(of_erp))
        store.enqueue("006A", delivered=True)
        store.set_deal("006A", order_id="1", digest=written, account="A")
        deal: Any = SimpleNamespace(id="006A", currency="EUR", account="A", version="", tax=0, amount=Decimal(80))
        for _ in range(2):
            row: Any = store.deal("006A")
            try:
                await settlement.settle(deal, row)
            except Trouble:
                continue
        invoiced: Any = store.deal("006A")
        # What is made of it from now on is kept, however often the deal is settled.
        assert invoiced["invoice_id"] == ("next" if deleted else "early")
        return erp.deleted

    assert asyncio.run(act()) == deleted


class _Killed(Exception):
    """The stack has been killed, before it had the reply."""


class _ErpUntilKilled(_Erp):
    """Invoices an order when it is asked to; the second time the stack is killed meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.invoices = {}
        self.asked = 0

    async def credit(self, invoice: str, deal: Any) -> bool:
        return False

    async def transform(self, order: str, key: str = "") -> str:
        self.asked += 1
        self.invoices[f"invoice {self.asked}"] = Decimal(80)
        if self.asked == 2:
            raise _Killed
        return f"invoice {self.asked}"


@rows(
    ("states", "kept"),
    [
        # It was made for what the deal is no more.
        ("ABC", "invoice 3"),
        # The deal is still what it was made for.
        ("ABB", "invoice 2"),
        # The one that it replaced is gone, so the state before has no invoice either.
        ("ABA", "invoice 3"),
    ],
)
def test_an_invoice_that_a_killed_sync_asked_for_is_kept_if_the_deal_is_still_what_it_was(
    states: str, kept: str
) -> None:
    async def act() -> list[str]:
        store, erp = SqliteStore(Path(":memory:")), _ErpUntilKilled()
        of_erp: Any = erp
        store.enqueue("006A", delivered=True)
        for state in states:
            mapping: Any = SimpleNamespace(order=lambda *_, state=state, **__: {"memo": state})
            settlement = Settlement(store, of_erp, mapping, of_erp, GuardedInvoices(of_erp))
            deal: Any = SimpleNamespace(id="006A", currency="EUR", account="A", version="", tax=0, amount=Decimal(80))
            row: Any = store.deal("006A")
            with contextlib.suppress(_Killed):
                await settlement.settle(deal, row)
        invoiced: Any = store.deal("006A")
        assert [invoiced["invoice_id"]] == [*erp.invoices]
        return list(erp.invoices)

    assert asyncio.run(act()) == [kept]


@pytest.mark.slow
@pytest.mark.parametrize("change", ["exempted", "merged"])
def test_what_autoinvoice_bills_of_a_former_state_is_made_anew(
    change: str, tmp_path: Path, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    found = simulation.written(FEATURE.format(change=change), tmp_path, erp="oracle-fusion")
    assert {verdict.name: verdict.result.word for verdict in found.verdicts if verdict.result.word != "passed"} == {}
