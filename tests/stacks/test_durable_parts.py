"""How the parts of the durable stack meet awkward moments: events during a reading, customers that are new."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from gameday_fakes.stacks.durable.compose import Composition
from gameday_fakes.stacks.durable.contract import Contract, Line
from gameday_fakes.stacks.durable.crm import Account
from gameday_fakes.stacks.durable.customers import KeyedCustomers, Tiers
from gameday_fakes.stacks.durable.definition import load
from gameday_fakes.stacks.durable.doubts import deals_in_doubt, note_doubt
from gameday_fakes.stacks.durable.engine import Engine
from gameday_fakes.stacks.durable.erp import LedgerOrder
from gameday_fakes.stacks.durable.erps import (
    business_central_orders,
    netsuite_errors,
    oracle_fusion_orders,
    s4hana_orders,
)
from gameday_fakes.stacks.durable.erps.netsuite import Mapping, net_and_tax
from gameday_fakes.stacks.durable.erps.netsuite_credits import returned
from gameday_fakes.stacks.durable.failures import DeadLetters, Failures
from gameday_fakes.stacks.durable.findings import Finding, Findings
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.incidents import Incidents
from gameday_fakes.stacks.durable.listener import Listener
from gameday_fakes.stacks.durable.orders import CANCELLED, GuardedInvoices, KeyedOrders, Settlement
from gameday_fakes.stacks.durable.pricing import PriceCheck
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.sqlite_store import SqliteStore
from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.environment import Pace
from support.rows import rows

DEFINITION = load("salesforce", "netsuite")
LATER = "2026-01-01T00:00:02.000+0000"


class _Anything:
    """Takes every call, and is false."""

    closed_by = None

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None

    def admits(self, wanted: int) -> int:
        return wanted


class _Nothing:
    async def check(self, _: Any) -> None:
        return


class _Reader:
    """The first reading is under way when the deal is amended."""

    def __init__(self, inbox: Inbox) -> None:
        self.readings = 0
        self._inbox = inbox

    async def read(self, deals: list[str]) -> dict[str, Any]:
        if not self.readings:
            self._inbox.add("006A")
        self.readings += 1
        return {key: {"id": "006A"} for key in deals}


class _Contract:
    async def check(self, record: Any) -> Any:
        deal = _Anything()
        deal.__dict__.update(version="", won=True, id=record["id"])
        return deal


class _Settlement:
    def __init__(self) -> None:
        self.settled = asyncio.Semaphore(0)

    async def is_ordered(self, deal: Any, row: Any) -> bool:
        return False

    async def settle(self, deal: Any, row: Any) -> None:
        self.settled.release()


def test_an_event_that_arrives_while_the_deal_is_read_gives_it_another_turn(tmp_path: Path) -> None:
    async def act() -> int:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        inbox = Inbox(store)
        reader, settlement, anything = _Reader(inbox), _Settlement(), _Anything()
        gates: Any = {"crm": anything, "erp": anything}
        parts: list[Any] = [_Contract(), _Nothing(), settlement, anything, anything]
        engine = Engine(DEFINITION, Pace(60), store, inbox, gates, reader, *parts)
        inbox.add("006A")
        work = asyncio.create_task(engine.run())
        async with asyncio.timeout(5):
            await settlement.settled.acquire()
            await settlement.settled.acquire()
        work.cancel()
        return reader.readings

    assert asyncio.run(act()) == 2


def test_a_deleted_deal_is_worked_on_although_the_erp_does_not_answer(tmp_path: Path) -> None:
    async def act() -> list[str]:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        inbox = Inbox(store)
        store.enqueue("006A", delivered=True)
        store.set_deal("006A", state="done", digest="d", version="2026-01-01T00:00:01.000+0000")

        class Crm:
            async def changed(self, since: str, overlap_s: float) -> list[dict[str, Any]]:
                return [{"id": "006A", "deleted": True, "won": True, "version": LATER}]

            async def recalculated(self, since: str, overlap_s: float) -> dict[str, str]:
                return {}

            def listed(self) -> None:
                return

        crm: Any = Crm()
        # Without an ERP, comparing the ledgers would fail.
        reconciler = reconciler_of(store, crm, inbox=inbox)
        await reconciler.run_once()
        return store.due(10, ())

    assert asyncio.run(act()) == ["006A"]


@rows(("account", "outdated"), [("B", "7"), ("A", "")])
def test_a_merged_deal_that_is_written_anew_for_another_reason_has_its_invoice_made_again(
    account: str, outdated: str, tmp_path: Path
) -> None:
    class Orders:
        async def write(self, *_: Any) -> str:
            return "2"

    class Invoices:
        async def ensure(self, _: Any, __: str, outdated: str) -> str:
            made.append(outdated)
            return "8"

    made: list[str] = []

    async def act() -> None:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        erp: Any = SimpleNamespace(currency_id=_nothing)
        mapping: Any = SimpleNamespace(order=lambda *_, **__: {"order": 2})
        parts: list[Any] = [Orders(), Invoices()]
        store.enqueue("006A", delivered=True)
        # Its order could not be read, so it is to be written anew, and nothing is known of its invoice.
        store.set_deal("006A", order_id="2", invoice_id="7", digest="", invoice_digest="", account="A")
        deal: Any = SimpleNamespace(id="006A", currency="EUR", account=account, version="", tax=0, amount=1)
        row: Any = store.deal("006A")
        await Settlement(store, erp, mapping, *parts).settle(deal, row)

    asyncio.run(act())
    assert made == [outdated]


@pytest.mark.parametrize(
    ("lasted_s", "closed", "delay_s"), [(0, False, 15), (40, False, 40), (400, False, 120), (400, True, 15)]
)
def test_what_a_system_refuses_again_and_again_while_it_works_otherwise_is_tried_more_seldom(
    lasted_s: float, closed: bool, delay_s: float, tmp_path: Path
) -> None:
    async def act() -> float:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        store.now_s = lambda: 1000.0  # type: ignore[method-assign]
        gates: Any = {"crm": SimpleNamespace(failed=lambda *_: None, closed_by="rate_limited" if closed else None)}
        others: list[Any] = [gates, _Anything(), _Anything(), random.Random(1)]
        failures = Failures(DEFINITION, store, Pace(1), *others)
        store.enqueue("006A", delivered=True)
        store.set_deal("006A", trouble_s=1000.0 - lasted_s)
        row: Any = store.deal("006A")
        failures.failed(row, Trouble("rate_limited", "429", system="crm"), None)
        after: Any = store.deal("006A")
        return float(after["due_s"]) - 1000

    # Its jitter is a fifth.
    assert asyncio.run(act()) == pytest.approx(delay_s, rel=0.21)


def test_what_the_erp_takes_its_time_for_begins_anew_with_each_write_of_an_order(tmp_path: Path) -> None:
    class Orders:
        async def write(self, *_: Any) -> str:
            return "2"

    class Invoices:
        async def ensure(self, *_: Any) -> str:
            raise Trouble("unbilled", "the billing run has not billed order 2 yet", system="erp")

    async def act() -> list[int]:
        store, joined = SqliteStore(tmp_path / "sync.sqlite3"), []
        erp: Any = SimpleNamespace(currency_id=_nothing)
        mapping: Any = SimpleNamespace(order=lambda *_, **__: {"order": 2})
        parts: list[Any] = [Orders(), Invoices()]
        settlement = Settlement(store, erp, mapping, *parts)
        incidents: Any = SimpleNamespace(join=lambda *given: joined.append(given), leave=lambda *_: None)
        gates: Any = {"erp": _Anything()}
        others: list[Any] = [gates, incidents, _Anything(), random.Random(1)]
        failures = Failures(load("salesforce", "s4hana"), store, Pace(1), *others)
        store.enqueue("006A", delivered=True)
        deal: Any = SimpleNamespace(id="006A", currency="EUR", account="A", version="", tax=0, amount=1)
        found = []
        # The order is written; then it has been there all that time.
        for _ in range(2):
            store.set_deal("006A", trouble_s=store.now_s() - 100)
            row: Any = store.deal("006A")
            with pytest.raises(Trouble) as failed:
                await settlement.settle(deal, row)
            failures.failed(row, failed.value, None)
            found.append(len(joined))
        return found

    assert asyncio.run(act()) == [0, 1]


@rows(("reason", "released"), [("unbilled", ["1"]), ("invalid_reference", [])])
def test_a_dead_letter_whose_order_is_taken_releases_the_others_before_it_is_billed(
    reason: str, released: list[str], tmp_path: Path
) -> None:
    """Billing takes longer than until the next dead letter is tried, so none would ever speak for all."""

    class Failing:
        async def is_ordered(self, *_: Any) -> bool:
            return True

        async def settle(self, *_: Any) -> None:
            raise Trouble(reason, "why", system="erp")

    async def act() -> list[str]:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        inbox, anything = Inbox(store), _Anything()
        definition = load("salesforce", "s4hana")
        for deal in ("0", "1"):
            store.enqueue(deal, delivered=True)
            store.set_deal(deal, state="parked", reason="invalid_reference", due_s=float(deal))
        letters = DeadLetters(definition, store, inbox)
        letters.redrive()
        gates: Any = {"crm": anything, "erp": anything}
        parts: list[Any] = [_Contract(), _Nothing(), Failing(), anything, letters]
        nobody: Any = None
        engine = Engine(definition, Pace(60), store, inbox, gates, nobody, *parts)
        row: Any = store.deal("0")
        await engine._work("0", {"id": "0"}, row["generation"], probing=False)
        return [deal for deal in store.due(10, ()) if deal != "0"]

    assert asyncio.run(act()) == released


async def _nothing(*_: Any) -> None:
    return


def test_a_deal_is_read_again_by_two_passes_for_each_change_of_its_customer(tmp_path: Path) -> None:
    async def act() -> list[list[str]]:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        inbox = Inbox(store)
        for deal, version in (("006A", "5"), ("006B", "9")):
            store.enqueue(deal, delivered=True)
            store.set_deal(deal, state="done", version=version)
        versions = {"006A": "5", "006B": "5", "006C": "5"}
        crm: Any = SimpleNamespace(listed=_no_list, changed=_answer([]), recalculated=_answer(versions))
        reconciler = reconciler_of(store, crm, inbox=inbox)
        again = []
        for version in ("5", "5", "5", "6", "6"):
            versions["006A"] = version
            await reconciler.run_once()
            again.append(store.due(10, ()))
            store.set_deal("006A", state="done")
        return again

    # Not the one that was written after its customer changed, nor one that nobody has sold. Of one tick of the CRM's
    # clock, nothing says which came first, nor whether the customer changes again.
    assert asyncio.run(act()) == [["006A"], ["006A"], [], ["006A"], ["006A"]]


def test_a_deal_that_was_deleted_while_nobody_followed_it_is_read_again(tmp_path: Path) -> None:
    async def act() -> list[str]:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        for deal, state, digest in (("1", "done", "d"), ("2", "done", "d"), ("3", "done", CANCELLED)):
            store.enqueue(deal, delivered=True)
            store.set_deal(deal, state=state, digest=digest)
        crm: Any = SimpleNamespace(listed=lambda: {"1"}, changed=_answer([]), recalculated=_answer({}))
        await reconciler_of(store, crm).run_once()
        return store.due(10, ())

    assert asyncio.run(act()) == ["2"]


def written(line: dict[str, Any]) -> dict[str, Any]:
    """A line of an order, from a line of the CRM."""
    record = {"sku": "SKU-1", "quantity": "1", "unit_price": "100", "amount": "80.00", **line}
    contract: Any = Contract(DEFINITION.source, None)  # type: ignore[arg-type] - describes nothing here
    return Mapping(DEFINITION.sink).line(contract.line_of(record))


def test_the_tax_code_of_a_line_is_written_with_it_and_a_line_without_one_clears_it() -> None:
    assert written({"tax_code": "VAT19", "tax": "15.20"})["taxCode"] == {"externalId": "VAT19"}
    assert written({"tax_code": None, "tax": None})["taxCode"] is None


@rows(("sold", "is_right"), [("-10", True), ("-10.40", True), ("-12", False), ("10", False)])
def test_a_price_below_0_is_compared_with_the_list_as_any_other(sold: str, is_right: bool) -> None:
    class Listed:
        async def prices(self) -> dict[tuple[str, str], Decimal]:
            return {("CREDIT", "EUR"): Decimal(-10)}

    prices: Any = Listed()
    deal: Any = SimpleNamespace(currency="EUR", lines=[SimpleNamespace(sku="CREDIT", unit_price=Decimal(sold))])
    checking = PriceCheck(prices, DEFINITION.sink, Pace()).check(deal)
    if is_right:
        asyncio.run(checking)
    else:
        with pytest.raises(Trouble, match="outside the tolerance"):
            asyncio.run(checking)


def test_the_total_of_a_transaction_is_split_into_net_and_tax() -> None:
    assert net_and_tax({"foreigntotal": "88.00", "taxtotal": "8.00"}) == (Decimal(80), Decimal(8))


@rows(
    ("tax", "account", "repairs", "state"),
    [
        ("8.00", "001A", 0, "done"),
        ("10.00", "001A", 0, "queued"),
        ("8.00", "001B", 0, "queued"),
        # It was merged before, or its tax was missing: what was repaired then did not fail.
        ("8.00", "001B", 1, "queued"),
        ("8.00", "001B", 5, "queued"),
    ],
)
def test_an_order_with_another_tax_or_account_than_its_deal_is_written_and_invoiced_again(
    tax: str, account: str, repairs: int, state: str, tmp_path: Path
) -> None:
    async def act() -> str:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        store.enqueue("006A", delivered=True)
        written = {"digest": "d", "invoice_digest": "d", "tax": "8.00", "account": "001A", "repairs": repairs}
        store.set_deal("006A", state="done", version=LATER, **written)
        record = {
            **{"id": "006A", "account": account, "won": True, "version": LATER},
            **{"amount": "80.00", "currency": "EUR"},
        }
        crm = crm_with(record)
        order = LedgerOrder("1", "006A", Decimal(80), ended=False, currency="EUR", tax=Decimal(tax))
        erp: Any = SimpleNamespace(ledger=_answer({"006A": [order]}))
        reconciler = reconciler_of(store, crm, erp)
        await reconciler.run_once()
        row = store.deal("006A")
        assert row is not None
        assert (row["invoice_digest"] == "d") is (state == "done")
        assert row["repairs"] == (state == "queued")
        return str(row["state"])

    assert asyncio.run(act()) == state


@rows(("bare", "version", "state"), [(True, "", "queued"), (False, "", "done"), (True, LATER, "done")])
def test_a_deal_that_changed_without_an_event_about_its_lines_is_read_again(
    bare: bool, version: str, state: str, tmp_path: Path
) -> None:
    async def act() -> tuple[str, str]:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        store.enqueue("42", delivered=True)
        store.set_deal("42", state="done", version=version, digest="d", account="7")
        record = {"id": "42", "account": "7", "won": True, "version": LATER, "amount": "80.00", "currency": "EUR"}
        crm = crm_with(record, bare_events=bare)
        order = LedgerOrder("1", "42", Decimal(80), ended=False, currency="EUR")
        erp: Any = SimpleNamespace(ledger=_answer({"42": [order]}))
        await reconciler_of(store, crm, erp).run_once()
        row = store.deal("42")
        assert row is not None
        return str(row["state"]), str(row["digest"])

    # Its order is not written anew before it has been read.
    assert asyncio.run(act()) == (state, "d")


@rows(
    ("later", "state"),
    [({}, "done"), ({"deleted": True}, "queued"), ({"amount": "90.00"}, "queued"), ({"account": "8"}, "queued")],
)
def test_a_deal_that_changes_twice_within_one_tick_of_the_crm_is_compared_again(
    later: dict[str, Any], state: str, tmp_path: Path
) -> None:
    async def act() -> list[str]:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        store.enqueue("42", delivered=True)
        store.set_deal("42", state="done", version=LATER, digest="d", account="7")
        record = {"id": "42", "account": "7", "won": True, "version": LATER, "amount": "80.00", "currency": "EUR"}
        crm = crm_with(record)
        order = LedgerOrder("1", "42", Decimal(80), ended=False, currency="EUR")
        erp: Any = SimpleNamespace(ledger=_answer({"42": [order]}))
        reconciler = reconciler_of(store, crm, erp)
        states = []
        for change in ({}, later):
            record.update(change)
            await reconciler.run_once()
            states += [str(row["state"]) for row in store.rows("SELECT state FROM deals")]
        return states

    assert asyncio.run(act()) == ["done", state]


@rows(("version", "tax", "state"), [("1", "8.00", "done"), ("1", "0", "queued"), (LATER, "0", "done")])
def test_a_deal_of_whose_lines_only_the_tax_changed_without_an_event_is_read_again(
    version: str, tax: str, state: str, tmp_path: Path
) -> None:
    async def act() -> str:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        store.enqueue("42", delivered=True)
        store.set_deal("42", state="done", version=version, digest="d", tax="8.00", account="7")
        record = {"id": "42", "account": "7", "won": True, "version": LATER, "amount": "80.00", "currency": "EUR"}
        lines = [{"amount": "40.00", "tax": tax}, {"amount": "40.00", "tax": None}]
        crm = crm_with(record, read_deals=_answer({"42": {**record, "lines": lines}}))
        order = LedgerOrder("1", "42", Decimal(80), ended=False, currency="EUR", tax=Decimal("8.00"))
        erp: Any = SimpleNamespace(ledger=_answer({"42": [order]}))
        await reconciler_of(store, crm, erp).run_once()
        [row] = store.rows("SELECT state FROM deals")
        return str(row["state"])

    # What has not changed since it was written is not read again.
    assert asyncio.run(act()) == state


@rows(("amended", "repaired"), [(True, 4), (False, DEFINITION.reconcile.repairs)])
def test_a_deal_that_goes_on_being_amended_without_an_event_is_repaired_each_time(
    amended: bool, repaired: int, tmp_path: Path
) -> None:
    async def act() -> tuple[int, int]:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        store.enqueue("42", delivered=True)
        store.set_deal("42", state="done", version="1", payload="{}", digest="d", account="7")
        record = {"id": "42", "account": "7", "won": True, "version": LATER, "amount": "80.00", "currency": "EUR"}
        crm = crm_with(record)
        order = LedgerOrder("1", "42", Decimal(70), ended=False, currency="EUR")
        erp: Any = SimpleNamespace(ledger=_answer({"42": [order]}))
        filed: list[str] = []
        people: Any = SimpleNamespace(join=lambda *_: None, file=lambda deal, *_: filed.append(deal))
        reconciler = reconciler_of(store, crm, erp, people)
        written_anew = 0
        for number in range(4):
            record["amount"] = f"{80 + number}.00" if amended else "80.00"
            await reconciler.run_once()
            [row] = store.rows("SELECT state FROM deals")
            written_anew += row["state"] == "queued"
            store.set_deal("42", state="done")
        return written_anew, len(filed)

    # What is wrong again and again, though nobody changes it, is people's to look at.
    assert asyncio.run(act()) == (repaired, 0 if amended else 1)


@rows(
    ("trouble", "late", "state"),
    [
        (Trouble("slow", "no answer", system="erp"), (70, "7"), "queued"),
        (Trouble("slow", "no answer", system="erp"), (80, "6"), "queued"),
        # An ERP that writes its ids in capitals, and one of which it is not known whose order it is.
        (Trouble("slow", "no answer", system="erp"), (80, "7A"), "done"),
        (Trouble("slow", "no answer", system="erp"), (80, ""), "done"),
        (Trouble("slow", "no answer", system="crm"), (70, "7"), "done"),
        (Trouble("refused", "400", system="erp"), (70, "7"), "done"),
    ],
)
def test_what_the_erp_did_not_answer_in_time_is_compared_again_though_it_was_right(
    trouble: Trouble, late: tuple[int, str], state: str, tmp_path: Path
) -> None:
    async def act() -> list[str]:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        store.enqueue("42", delivered=True)
        note_doubt(store, "42", trouble)
        customer = "7a" if late[1] == "7A" else "7"
        store.set_deal("42", state="done", version=LATER, payload="{}", digest="d", account="7", customer=customer)
        record = {"id": "42", "account": "7", "won": True, "version": LATER, "amount": "80.00", "currency": "EUR"}
        crm = crm_with(record, read_deals=_answer({"42": {**record, "lines": []}}))
        orders: list[LedgerOrder] = []
        erp: Any = SimpleNamespace(ledger=_answer({"42": orders}))
        reconciler = reconciler_of(store, crm, erp)
        states = []
        # The former order is written over the newer one when the ERP gets round to it.
        for total, sold_to in ((80, customer), late):
            orders[:] = [LedgerOrder("1", "42", Decimal(total), ended=False, currency="EUR", customer=sold_to)]
            await reconciler.run_once()
            states += [str(row["state"]) for row in store.rows("SELECT state FROM deals")]
        store.set_deal("42", state="done")
        later_s = store.now_s() + Pace(60).real_s(DEFINITION.reconcile.in_doubt_s) + 1
        store.now_s = lambda: later_s  # type: ignore[method-assign]
        assert await deals_in_doubt(store, crm, DEFINITION, Pace(60)) == []
        return states

    assert asyncio.run(act()) == ["done", state]


def test_a_customer_that_people_gave_an_order_in_the_erp_is_left_as_it_is(tmp_path: Path) -> None:
    async def act() -> str:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        store.enqueue("42", delivered=True)
        store.set_deal("42", state="done", version=LATER, digest="d", account="7", customer="7")
        record = {"id": "42", "account": "7", "won": True, "version": LATER, "amount": "80.00", "currency": "EUR"}
        order = LedgerOrder("1", "42", Decimal(80), ended=False, currency="EUR", customer="6")
        erp: Any = SimpleNamespace(ledger=_answer({"42": [order]}))
        reconciler = reconciler_of(store, crm_with(record), erp)
        await reconciler.run_once()
        row = store.deal("42")
        return str(row["state"]) if row is not None else ""

    assert asyncio.run(act()) == "done"


def test_large_deals_go_first_where_events_do_not_say_how_large_a_deal_is(tmp_path: Path) -> None:
    async def act(*, bare: bool) -> list[str]:
        store = SqliteStore(tmp_path / f"{bare}.sqlite3")
        store.urgent_from = {"EUR": Decimal(1000)}
        heads = [{"id": deal, "amount": amount, "currency": "EUR"} for deal, amount in (("1", "5"), ("2", "5000"))]
        for head in heads:
            store.enqueue(str(head["id"]), delivered=True)
        crm: Any = SimpleNamespace(listed=_no_list, changed=_answer(heads), bare_events=bare, keeps_former_ids=False)
        await reconciler_of(store, crm).triage()
        return store.due(10, ())

    assert [asyncio.run(act(bare=bare)) for bare in (True, False)] == [["2", "1"], ["1", "2"]]


SOLD = (
    Line("SAW-1", Decimal(5), Decimal(10), Decimal("49.99"), "VAT7"),
    Line("SAW-2", Decimal(2), Decimal(3), Decimal(6)),
)


def billed(number: int, line: Line) -> dict[str, Any]:
    """The line of an invoice."""
    tax = {"taxCode": {"refName": line.tax_code}} if line.tax_code else {}
    numbers = {"quantity": line.quantity, "rate": line.unit_price, "amount": line.amount}
    return {"line": number, "item": {"refName": line.sku}, **numbers, **tax}


@rows(
    ("kept", "taken"),
    [
        ((replace(SOLD[0], quantity=Decimal(3), amount=Decimal("29.99")), SOLD[1]), [(1, 2, "20.00")]),
        ((SOLD[0],), [(2, 2, "6")]),
        ((SOLD[1],), [(1, 5, "49.99")]),
        (SOLD, []),
        ((replace(SOLD[0], quantity=Decimal(6), amount=Decimal("59.99")), SOLD[1]), []),
        ((replace(SOLD[0], amount=Decimal("39.99")), SOLD[1]), []),
        ((replace(SOLD[0], quantity=Decimal(3), unit_price=Decimal(9)), SOLD[1]), []),
        ((replace(SOLD[0], quantity=Decimal(3), tax_code=""), SOLD[1]), []),
        ((*SOLD, SOLD[1]), []),
    ],
)
def test_what_was_sent_back_is_credited_and_any_other_change_is_invoiced_anew(
    kept: tuple[Line, ...], taken: list[tuple[int, int, str]]
) -> None:
    found = returned(kept, [billed(number, line) for number, line in enumerate(SOLD, 1)])
    assert [(each["orderLine"], each["quantity"], str(each["amount"])) for each in found] == taken


def _no_list() -> None:
    return


@rows("repaired", [True, False])
def test_what_is_found_names_the_customers_tier_whether_it_is_repaired_or_left_to_people(
    repaired: bool, tmp_path: Path
) -> None:
    async def act() -> str:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        store.enqueue("42", delivered=True)
        store.set_deal("42", payload='{"id": "42"}')
        record = {"id": "42", "account": "7", "won": True, "version": LATER, "amount": "80.00", "currency": "EUR"}
        people: Any = SimpleNamespace(join=lambda *_: None, file=lambda *_: None)
        findings = Findings(DEFINITION, store, Tiers(crm_with(record, tier=_answer("Gold"))), people, people)
        row: Any = store.deal("42")
        findings.add(Finding("mismatch", row, "70.00, not 80.00", record, repaired))
        await findings.report()
        after: Any = store.deal("42")
        return str(json.loads(after["payload"])["customer_tier"])

    assert asyncio.run(act()) == "Gold"


def test_an_alert_says_more_once_a_deal_that_waited_unread_is_refused_itself(tmp_path: Path) -> None:
    async def act() -> list[list[tuple[str, Any]]]:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        now_s = 1000.0
        store.now_s = lambda: now_s  # type: ignore[method-assign]
        said: list[list[tuple[str, Any]]] = []
        pager: Any = SimpleNamespace(
            trigger=lambda *_, orders, **__: said.append(
                [(o["reason"].rpartition(": ")[2], o["payload"]) for o in orders]
            )
        )
        incidents = Incidents(DEFINITION, store, Pace(1), {}, pager, "deals")
        reason = DEFINITION.reasons["schema_changed"]
        store.enqueue("42", delivered=True)
        incidents.join(reason, "42", "waits")
        for detail, payload in (("waits", "{}"), ("400", '{"amount": "80.00"}'), ("400", '{"amount": "80.00"}')):
            incidents.join(reason, "42", detail)
            store.set_deal("42", payload=payload)
            now_s += 60
            incidents.tick()
        return said

    assert asyncio.run(act()) == [[("waits", {})], [("400", {"amount": "80.00"})]]


def test_while_both_systems_are_closed_the_owner_of_each_is_alerted(tmp_path: Path) -> None:
    async def act() -> set[str]:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        now_s = 1000.0
        store.now_s = lambda: now_s  # type: ignore[method-assign]
        alerted: list[str] = []
        pager: Any = SimpleNamespace(trigger=lambda _, reason, **__: alerted.append(reason.code))
        closed: Any = {
            "crm": SimpleNamespace(closed_by=DEFINITION.reasons["schema_changed"]),
            "erp": SimpleNamespace(closed_by=DEFINITION.reasons["login_refused"]),
        }
        incidents = Incidents(DEFINITION, store, Pace(1), closed, pager, "deals")
        store.enqueue("42", delivered=True)
        for _ in range(20):
            now_s += 5
            incidents.tick()
        return set(alerted)

    assert asyncio.run(act()) == {"schema_changed", "login_refused"}


def reconciler_of(
    store: SqliteStore, crm: Any, erp: Any = None, people: Any = None, *, inbox: Inbox | None = None
) -> Reconciler:
    """A reconciler of these parts; ``people`` hear of what it finds."""
    findings = Findings(DEFINITION, store, None, people, people)
    return Reconciler(DEFINITION, Pace(60), store, inbox or Inbox(store), crm, erp, people, findings)


def crm_with(record: dict[str, Any], **more: Any) -> Any:
    """A CRM of which one deal has changed, and that cannot read its lines unless ``more`` can."""
    usual = {"recalculated": _answer({}), "read_deals": _answer({}), "bare_events": False, "keeps_former_ids": False}
    usual["tier"] = _answer("")
    return SimpleNamespace(listed=_no_list, changed=_answer([record]), **{**usual, **more})


def _answer(answer: Any) -> Any:
    async def answered(*_: Any, **__: Any) -> Any:
        return answer

    return answered


class _Erp:
    """An ERP without customers."""

    def __init__(self, *known: str) -> None:
        self.customers = set(known)
        self.asked = self.added = 0

    async def has_customer(self, key: str) -> bool:
        self.asked += 1
        await asyncio.sleep(0)
        return key in self.customers

    async def put_customer(self, account: Account) -> None:
        assert (account.name, account.currency) == ("Ängström & Co", "EUR")
        self.customers.add(account.id)
        self.added += 1


class _Accounts:
    def __init__(self, *former: str) -> None:
        self.former = former

    async def account(self, account: str) -> Account:
        return Account(account, "Ängström & Co", "EUR", former=self.former)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "customers.sqlite3")
    yield store
    store.close()


@pytest.mark.parametrize("known", [(), ("001A",)])
def test_two_deals_of_one_customer_make_it_once_and_ask_no_more(store: SqliteStore, known: tuple[str, ...]) -> None:
    async def act() -> _Erp:
        erp: Any = _Erp(*known)
        crm: Any = _Accounts()
        customers = KeyedCustomers(crm, erp, store)
        await asyncio.gather(customers.ensure("001A"), customers.ensure("001A"))
        asked = erp.asked
        assert await customers.ensure("001A") == "001A"
        assert erp.asked == asked
        found: _Erp = erp
        return found

    found = asyncio.run(act())
    assert (found.customers, found.added) == ({"001A"}, 1 - len(known))


class _Keyless(_Erp):
    """Adds under no key, as S/4HANA: its client looks first, and the reply takes its time."""

    async def put_customer(self, account: Account) -> None:
        there = account.id in self.customers
        await asyncio.sleep(0)
        if not there:
            await super().put_customer(account)


@pytest.mark.parametrize("accounts", [("1000", "1000", "1000"), ("1000", "1001", "1002")])
def test_workers_that_share_a_store_add_one_customer(store: SqliteStore, accounts: tuple[str, ...]) -> None:
    async def act() -> int:
        erp: Any = _Keyless()

        class Merged(_Accounts):
            async def account(self, account: str) -> Account:
                others = tuple(each for each in dict.fromkeys(accounts) if each != account)
                return Account(account, "Ängström & Co", "EUR", former=others)

        crm: Any = Merged()
        workers = [KeyedCustomers(crm, erp, store) for _ in accounts]
        pairs = zip(workers, accounts, strict=True)
        assert set(await asyncio.gather(*(worker.ensure(account) for worker, account in pairs))) == {"1000"}
        found: int = erp.added
        return found

    assert asyncio.run(act()) == 1


def test_an_account_that_a_merge_gave_another_id_stays_the_customer_that_it_was(store: SqliteStore) -> None:
    async def act() -> tuple[str, set[str]]:
        erp: Any = _Erp("1001")
        crm: Any = _Accounts("1000", "1001")
        return await KeyedCustomers(crm, erp, store).ensure("1002"), erp.customers

    assert asyncio.run(act()) == ("1001", {"1001"})


def test_a_new_customer_of_a_merged_account_gets_the_oldest_of_its_ids(store: SqliteStore) -> None:
    async def act() -> tuple[str, set[str]]:
        erp: Any = _Erp()
        crm: Any = _Accounts("1000", "999")
        return await KeyedCustomers(crm, erp, store).ensure("1002"), erp.customers

    assert asyncio.run(act()) == ("999", {"999"})


def test_what_is_not_committed_is_lost_when_the_stack_is_killed(tmp_path: Path) -> None:
    async def killed() -> None:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        store.enqueue("committed", delivered=True)
        await store.committed()
        store.enqueue("not committed", delivered=True)
        store.abandon()

    asyncio.run(killed())
    again = SqliteStore(tmp_path / "sync.sqlite3")
    assert [row["id"] for row in again.unfinished()] == ["committed"]
    again.close()


@pytest.mark.parametrize(("listed", "digest"), [(True, "d"), (False, "d"), (False, ""), (False, CANCELLED)])
def test_what_no_list_shows_of_a_void_deal_or_that_is_made_meanwhile_is_taken_back(
    listed: bool, digest: str, tmp_path: Path
) -> None:
    cancelled: list[str] = []
    deleted: list[str] = []

    class Erp:
        async def ledger(self, deals: list[str]) -> dict[str, list[LedgerOrder]]:
            order = LedgerOrder("17", deals[0], Decimal(5), ended="17" in cancelled, currency="EUR")
            return {deals[0]: [order]} if listed else {}

        def __init__(self) -> None:
            self.shown: dict[str, Decimal] = {}

        async def invoices_of(self, _: str) -> dict[str, Decimal]:
            return self.shown

        async def delete_invoice(self, invoice: str) -> None:
            deleted.append(invoice)

        async def cancel_order(self, order: str) -> None:
            cancelled.append(order)
            # The ERP's own billing run was quicker.
            self.shown = {"18": Decimal(5), "19": Decimal(5)}

    async def act() -> None:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        store.enqueue("006A", delivered=True)
        store.set_deal("006A", order_id="17", invoice_id="18", digest=digest)
        erp: Any = Erp()
        deal: Any = SimpleNamespace(id="006A", version="2")
        await Settlement(store, erp, Mapping(DEFINITION.sink), KeyedOrders(erp), GuardedInvoices(erp)).void(deal)
        store.close()

    asyncio.run(act())
    assert (cancelled, deleted) == (([], []) if digest == CANCELLED else (["17"], ["18", "19"]))


def test_a_void_deal_whose_order_is_listed_as_open_is_not_done_whatever_the_erp_answered(tmp_path: Path) -> None:
    async def act() -> str:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        store.enqueue("006A", delivered=True)
        store.set_deal("006A", order_id="17", digest="d")
        order = LedgerOrder("17", "006A", Decimal(5), ended=False, currency="EUR")
        answers = {"ledger": {"006A": [order]}, "invoices_of": {}, "cancel_order": None}
        erp: Any = SimpleNamespace(**{name: _answer(answer) for name, answer in answers.items()})
        deal: Any = SimpleNamespace(id="006A", version="2")
        with pytest.raises(Trouble, match="lists it as open"):
            await Settlement(store, erp, Mapping(DEFINITION.sink), KeyedOrders(erp), GuardedInvoices(erp)).void(deal)
        row = store.deal("006A")
        return str(row["digest"]) if row is not None else ""

    assert asyncio.run(act()) == "d"


def test_the_organization_of_the_credentials_counts_and_not_that_of_the_first_login(tmp_path: Path) -> None:
    def composed(**credentials: str) -> Composition:
        environment: Any = SimpleNamespace(
            crm="salesforce",
            erp="netsuite",
            pace=Pace(60),
            flow="a flow",
            state_dir=tmp_path,
            credentials={"crm": credentials},
        )
        return Composition(environment)

    async def act() -> list[bool]:
        named = composed(organization="00D1")
        found = [named.is_expected(each) for each in ("00D2", "00D1")]
        first = composed()
        found += [first.is_expected(each) for each in ("00D3", "00D4")]
        named.store.close()
        first.store.close()
        return found

    assert asyncio.run(act()) == [False, True, True, False]


def test_a_field_that_an_erp_demands_is_a_violation_of_the_contract_whatever_it_is_called() -> None:
    replies = {
        business_central_orders.trouble_of: {
            "error": {"code": "BadRequest", "message": "Posting Date must have a value in Sales Header."}
        },
        s4hana_orders.trouble_of: {"error": {"code": "00/055", "message": {"value": "Enter a value for BillingBlock"}}},
        oracle_fusion_orders.trouble_of: {
            "o:errorDetails": [{"o:errorCode": "27014", "detail": "The attribute AccountingPeriod is required."}]
        },
    }
    found = {trouble_of(httpx.Response(400, json=body)).reason for trouble_of, body in replies.items()}
    assert found == {"contract_violation"}


def test_a_field_that_an_erp_does_not_know_is_a_changed_schema_and_no_unknown_record() -> None:
    def odata(text: str) -> dict[str, Any]:
        return {"error": {"code": "BadRequest", "message": text}}

    of_type = "on type 'Microsoft.NAV.salesOrder'"
    by_client: dict[Callable[[httpx.Response], Trouble], tuple[dict[str, Any], ...]] = {
        business_central_orders.trouble_of: (
            odata(f"The property 'quantity' does not exist {of_type}."),
            odata(f"Could not find a property named 'orderId' {of_type}."),
        ),
        s4hana_orders.trouble_of: (
            {"error": {"code": "005056", "message": {"value": "Property SoldToParty is invalid"}}},
            {"error": {"code": "005056", "message": {"value": "Could not find a property named 'X' on type 'T'."}}},
        ),
        oracle_fusion_orders.trouble_of: (
            {"o:errorDetails": [{"detail": "The attribute OrderedQuantity isn't one of Order Lines."}]},
            {"o:errorDetails": [{"detail": "URL request parameter q cannot be used in this context: X."}]},
        ),
    }
    found = {
        trouble_of(httpx.Response(400, json=each)).reason for trouble_of, all_ in by_client.items() for each in all_
    }
    assert found == {"schema_changed"}
    record = business_central_orders.trouble_of(httpx.Response(400, json=odata("The Item does not exist.")))
    assert record.reason == "invalid_reference"


@rows(
    ("status", "code", "missing"),
    [(404, "NONEXISTENT_ID", True), (404, "NOT_FOUND", False), (400, "NONEXISTENT_ID", False), (200, "", False)],
)
def test_a_record_whose_type_is_not_known_for_a_moment_is_not_gone(status: int, code: str, missing: bool) -> None:
    body = {"o:errorDetails": [{"o:errorCode": code, "detail": "It does not exist."}]}
    assert netsuite_errors.is_missing(httpx.Response(status, json=body)) == missing


@rows(("state", "digest", "again"), [("done", "d", True), ("queued", "d", True), ("done", CANCELLED, False)])
def test_what_is_cancelled_in_the_erp_is_heard_also_of_a_deal_that_waits_for_something_else(
    state: str, digest: str, again: bool, tmp_path: Path
) -> None:
    async def ended_since(_: str) -> tuple[list[str], str]:
        return ["O-1", "O-of-others"], "2026-01-01T00:00:00Z"

    async def scene() -> tuple[bool, str]:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        store.enqueue("D-1", delivered=True)
        store.set_deal("D-1", order_id="O-1", state=state, digest=digest, invoice_digest=digest)
        before = store.deal("D-1")
        environment = SimpleNamespace(
            pace=Pace(1), host="127.0.0.1", port=1, flow="f", credentials={"erp": {"client_secret": "s"}}
        )
        rules = SimpleNamespace(check_every_s=60, renew_every_s=60)
        changes = SimpleNamespace(ended_since=ended_since)
        await Listener(rules, changes, store, Inbox(store), environment).look()  # type: ignore[arg-type]
        row = store.deal("D-1")
        assert before is not None and row is not None
        return row["generation"] > before["generation"], row["digest"]

    assert asyncio.run(scene()) == (again, "" if again else digest)
