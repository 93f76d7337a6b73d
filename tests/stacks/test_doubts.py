"""What the reconciler of the durable stack does with a second order of a deal: its own, or one of somebody else."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from gameday_fakes.stacks.durable.customers import Tiers
from gameday_fakes.stacks.durable.definition import load
from gameday_fakes.stacks.durable.doubts import is_in_doubt, note_doubt, note_unanswered
from gameday_fakes.stacks.durable.erp import LedgerOrder
from gameday_fakes.stacks.durable.findings import Findings
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.sqlite_store import SqliteStore
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.environment import Pace
from support.rows import rows

SLOW = Trouble("slow", "no answer", system="erp")
RECORD = {"id": "42", "account": "7", "won": True, "version": "2", "amount": "80.00", "currency": "EUR", "lines": []}


class _Incidents:
    def __init__(self) -> None:
        self.codes: list[str] = []

    def join(self, reason: Any, *_: Any) -> None:
        self.codes.append(reason.code)

    def file(self, *_: Any) -> None:
        """A ticket."""


@rows(
    ("takes_keys", "trouble", "currency", "repairs", "outcome"),
    [
        (False, SLOW, "EUR", 0, "queued"),
        # An ERP that takes keys makes none of a repeated write, and other troubles are no writes that come later.
        (True, SLOW, "EUR", 0, "duplicate_order"),
        (False, Trouble("refused", "400", system="erp"), "EUR", 0, "duplicate_order"),
        # The sync never wrote the deal in that currency; and what did not help twice is people's to look at.
        (False, SLOW, "USD", 0, "duplicate_order"),
        (False, SLOW, "EUR", 2, "duplicate_order"),
    ],
)
def test_only_a_second_order_that_the_sync_gave_up_is_its_own_to_cancel(
    takes_keys: bool, trouble: Trouble, currency: str, repairs: int, outcome: str
) -> None:
    async def act() -> str:
        store = SqliteStore(Path(":memory:"))
        store.enqueue("42", delivered=True)
        note_doubt(store, "42", trouble)
        store.set_deal("42", state="done", version="2", payload="{}", digest="d", account="7")
        orders = [
            LedgerOrder("1", "42", Decimal(80), ended=False, currency="EUR"),
            LedgerOrder("2", "42", Decimal(70), ended=False, currency=currency),
        ]
        crm: Any = SimpleNamespace(
            **{"bare_events": False, "keeps_former_ids": False, "listed": lambda: None},
            **{
                "changed": _answer([RECORD]),
                "recalculated": _answer({}),
                "read_deals": _answer({"42": RECORD}),
                "tier": _answer("Gold"),
            },
        )
        erp: Any = SimpleNamespace(takes_keys=takes_keys, ledger=_answer({"42": orders}))
        incidents: Any = _Incidents()
        definition = load("salesforce", "s4hana")
        findings = Findings(definition, store, Tiers(crm), incidents, incidents)
        reconciler = Reconciler(definition, Pace(60), store, Inbox(store), crm, erp, incidents, findings)
        for _ in range(repairs + 1):
            await reconciler.run_once()
            found = store.deal("42")
            assert found is not None
            store.set_deal("42", state="done")
        return incidents.codes[-1] if incidents.codes else str(found["state"])

    assert asyncio.run(act()) == outcome


def test_a_deal_whose_order_was_on_its_way_when_the_process_was_killed_is_in_doubt() -> None:
    async def act() -> list[bool]:
        store = SqliteStore(Path(":memory:"))
        for deal, unanswered in (("sent", 1), ("waiting", 0)):
            store.enqueue(deal, delivered=True)
            store.set_deal(deal, unanswered=unanswered)
            row = store.deal(deal)
            assert row is not None
            note_unanswered(store, row)
        return [is_in_doubt(store, deal) for deal in ("sent", "waiting")]

    assert asyncio.run(act()) == [True, False]


def _answer(reply: Any) -> Any:
    async def answer(*_: Any) -> Any:
        return reply

    return answer
