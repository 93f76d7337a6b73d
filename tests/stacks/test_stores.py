"""What the stack asks of its store holds for SQLite and for PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gameday_fakes.stacks.durable.sqlite_store import SqliteStore
from gameday_fakes.stacks.durable.store import LeaseLostError, Store, StoreUnavailableError
from support.needs import demand
from support.postgres import Server

Act = Callable[[Store], Awaitable[None]]
on_postgres = pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.slow)])
on_both = pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
on_sqlite = pytest.mark.parametrize("on_disk", [True, False])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A PostgreSQL for all tests of this file."""
    demand("postgres")
    server = Server(tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.close()


class Place:
    """Opens stores with the same state, one after the other or side by side."""

    def __init__(self, kind: str, path: Path, request: pytest.FixtureRequest) -> None:
        self.now_s = 100.0
        self._path = path / "sync.sqlite3"
        self.url = request.getfixturevalue("server").new_database() if kind == "postgres" else ""

    def open(self) -> Any:
        if not self.url:
            return SqliteStore(self._path, now_s=lambda: self.now_s)
        from gameday_fakes.stacks.durable.postgres.store import PostgresStore

        store = PostgresStore(self.url, now_s=lambda: self.now_s)
        store.prepare()
        return store

    def act(self, act: Act) -> None:
        """Do something with a store, and close it."""

        async def acting() -> None:
            store = self.open()
            try:
                await act(store)
            finally:
                store.close()

        asyncio.run(acting())


@pytest.fixture
def place(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    return Place(kind, tmp_path, request)


@on_sqlite
def test_a_killed_stack_keeps_what_is_committed_and_loses_the_rest(tmp_path: Path, on_disk: bool) -> None:
    async def act() -> None:
        first = SqliteStore(tmp_path / "sync.sqlite3", on_disk=on_disk)
        first.enqueue("006A", delivered=True)
        await first.committed()
        first.enqueue("006B", delivered=True)
        first.abandon()
        again = SqliteStore(tmp_path / "sync.sqlite3", on_disk=on_disk)
        assert again.due(10, ()) == ["006A"]
        again.close()

    asyncio.run(act())


@on_both
def test_a_second_event_does_not_shorten_a_backoff(place: Place) -> None:
    async def act(store: Store) -> None:
        store.enqueue("006A", delivered=True)
        store.set_deal("006A", due_s=500.0)
        store.enqueue("006A", delivered=True)
        assert store.due(10, ()) == []
        assert store.next_due_s(()) == 500.0

    place.act(act)


@on_both
def test_an_event_during_the_work_gives_the_deal_another_turn(place: Place) -> None:
    async def act(store: Store) -> None:
        store.enqueue("006A", delivered=True)
        store.enqueue("006A", delivered=True)
        store.finish("006A", generation=1)
        assert store.due(10, ()) == ["006A"]
        store.finish("006A", generation=2)
        assert store.due(10, ()) == []

    place.act(act)


@on_both
def test_large_deals_are_taken_before_older_ones_even_after_they_were_amended(place: Place) -> None:
    async def act(store: Store) -> None:
        store.urgent_from = {"EUR": Decimal(1000)}
        amounts = [("999.99", "EUR"), ("1000", "EUR"), ("9999", "USD"), ("?", "EUR"), ("NaN", "EUR"), (None, None)]
        for deal, (amount, currency) in enumerate(amounts):
            store.enqueue(str(deal), delivered=True, payload={"amount": amount, "currency": currency})
            place.now_s += 1
        assert store.due(10, ()) == ["1", "0", "2", "3", "4", "5"]
        store.enqueue("5", delivered=True, payload={"amount": "1000.00", "currency": "EUR"})
        store.enqueue("1", delivered=True, payload={"amount": "5", "currency": "EUR"})
        assert store.due(10, ("1",)) == ["5", "0", "2", "3", "4"]
        # What an event did not say is read later.
        store.prioritize("0", {"amount": Decimal(7), "currency": "EUR"})
        store.prioritize("3", {"amount": Decimal(7000), "currency": "EUR"})
        assert store.due(10, ("1",)) == ["3", "5", "0", "2", "4"]

    place.act(act)


@on_both
def test_a_row_is_read_by_name_by_place_and_as_a_whole(place: Place) -> None:
    async def act(store: Store) -> None:
        store.enqueue("006A", delivered=False, payload={"100%": "?", "name": "Ängström"})
        row = store.row("SELECT id, received_s FROM deals WHERE id LIKE '006%' AND id = ?", "006A")
        assert row is not None
        assert (row["id"], row[1], dict(row)) == ("006A", 100.0, {"id": "006A", "received_s": 100.0})
        assert store.row("SELECT id FROM deals WHERE id = ?", "006B") is None

    place.act(act)


@on_both
def test_lineage_is_in_the_order_of_the_steps(place: Place) -> None:
    async def act(store: Store) -> None:
        store.enqueue("006A", delivered=True)
        for number in range(12):
            store.note("006A", f"step {number}")
        lineage = store.lineage("006A")
        assert lineage is not None
        assert [step["step"] for step in lineage["steps"]] == ["received", *(f"step {n}" for n in range(12))]

    place.act(act)


@on_both
def test_a_fact_is_replaced_and_messages_keep_their_order(place: Place) -> None:
    async def act(store: Store) -> None:
        store.set_fact("cursor", "1")
        store.set_fact("cursor", "2")
        store.post("pager", "a", {"n": 1})
        store.post("pager", "b", {"n": 2})
        assert (store.fact("cursor"), store.fact("other", "none")) == ("2", "none")
        assert [row["key"] for row in store.rows("SELECT key FROM outbox ORDER BY id")] == ["a", "b"]

    place.act(act)


@on_both
def test_texts_that_a_vendor_may_send_are_kept_as_far_as_the_database_can(place: Place) -> None:
    async def act(store: Store) -> None:
        store.enqueue("006A", delivered=True, payload={"name": "a\0b \ud800"})
        if place.url:
            store.set_deal("006A", detail="a\0b \ud800 %s ?")
        row = store.deal("006A")
        assert row is not None
        assert row["payload"] == '{"name": "a\\u0000b \\ud800"}'
        assert row["detail"] == ("a\N{REPLACEMENT CHARACTER}b ? %s ?" if place.url else "")

    place.act(act)


@on_both
def test_what_was_committed_is_there_after_the_process_was_killed(place: Place) -> None:
    async def killed() -> None:
        store = place.open()
        store.enqueue("006A", delivered=True)
        await store.committed()
        store.abandon()

    asyncio.run(killed())

    async def act(store: Store) -> None:
        assert [row["id"] for row in store.unfinished()] == ["006A"]

    place.act(act)


@on_both
def test_a_lock_has_one_holder_at_a_time(place: Place) -> None:
    async def act(store: Store) -> None:
        # Two processes share PostgreSQL; the file of SQLite is one process's own.
        stores = [store, place.open() if place.url else store]
        steps: list[str] = []

        async def hold(number: int) -> None:
            async with stores[number % 2].hold("customer:001A"), stores[number % 2].hold(f"customer:{number}"):
                steps.append("in")
                await asyncio.sleep(0)
                steps.append("out")

        await asyncio.gather(*(hold(number) for number in range(4)))
        assert steps == ["in", "out"] * 4
        if place.url:
            stores[1].close()

    place.act(act)


@on_postgres
def test_a_lock_of_a_process_that_is_gone_or_stopped_ends_and_one_that_is_at_work_does_not(place: Place) -> None:
    async def act(store: Any) -> None:
        other = place.open()
        store.locks.lease_s = 0.3
        store.write("INSERT INTO locks VALUES ('001A', 'gone', clock_timestamp() + interval '0.2 seconds')")
        async with store.hold("001A"), store.hold("001B"):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.9), other.hold("001B"):
                    pass
        other.close()

    place.act(act)


@on_postgres
def test_a_worker_that_lost_its_lease_writes_nothing_more(place: Place) -> None:
    async def act(store: Any) -> None:
        other = place.open()
        store.enqueue("006A", delivered=True)
        assert store.claim("006A") is not None
        assert other.claim("006A") is not None
        with pytest.raises(LeaseLostError, match="006A"):
            store.set_deal("006A", digest="old")
        with pytest.raises(LeaseLostError, match="006A"):
            store.finish("006A", generation=1)
        other.set_deal("006A", digest="new")
        other.finish("006A", generation=1)
        assert (store.deal("006A")["digest"], store.deal("006A")["state"]) == ("new", "done")
        other.close()

    place.act(act)


@on_postgres
def test_a_deal_whose_lease_was_lost_is_written_anew(place: Place) -> None:
    async def act(store: Any) -> None:
        store.enqueue("006A", delivered=True)
        store.claim("006A")
        store.set_deal("006A", digest="d", invoice_digest="d", state="done")
        store.redo("006A")
        row = store.deal("006A")
        assert (row["state"], row["generation"], row["digest"], row["invoice_digest"]) == ("queued", 2, "", "")
        assert jobs(store) == ["deal:006A"]

    place.act(act)


@on_postgres
def test_the_job_of_a_large_deal_is_taken_first(place: Place) -> None:
    async def act(store: Any) -> None:
        store.urgent_from = {"EUR": Decimal(1000)}
        for deal, amount in (("006A", 5), ("006B", 1000)):
            store.enqueue(deal, delivered=True, payload={"amount": amount, "currency": "EUR"})
        rows = store.rows("SELECT lock FROM procrastinate_jobs ORDER BY priority DESC, id")
        assert [row["lock"] for row in rows] == ["deal:006B", "deal:006A"]

    place.act(act)


@on_postgres
def test_a_deal_is_claimed_only_when_it_is_due(place: Place) -> None:
    async def act(store: Any) -> None:
        assert store.claim("006A") is None
        store.enqueue("006A", delivered=True)
        store.set_deal("006A", due_s=500.0)
        assert store.claim("006A") is None
        place.now_s = 500.0
        assert store.claim("006A")["id"] == "006A"
        store.finish("006A", generation=1)
        assert store.claim("006A") is None

    place.act(act)


@on_postgres
def test_a_deal_has_one_job_however_many_events_arrive(place: Place) -> None:
    async def act(store: Any) -> None:
        for _ in range(3):
            store.enqueue("006A", delivered=True)
        store.enqueue("006B", delivered=True)
        for _ in range(2):
            store.take_turn("reconcile")
        assert jobs(store) == ["deal:006A", "deal:006B", "turn:reconcile"]
        assert store.waiting() == 2

    place.act(act)


@on_postgres
def test_a_deal_without_a_job_gets_one_when_it_is_overdue(place: Place) -> None:
    async def act(store: Any) -> None:
        store.enqueue("006A", delivered=True)
        store.enqueue("006B", delivered=True)
        store.write("DELETE FROM procrastinate_jobs WHERE lock = 'deal:006A'")
        assert store.wake_strays(100.0) == 0
        assert store.wake_strays(101.0) == 1
        assert sorted(jobs(store)) == ["deal:006A", "deal:006B"]
        assert store.wake_strays(101.0) == 0

    place.act(act)


@on_postgres
def test_a_database_that_is_away_is_one_line_and_found_again(place: Place, server: Server) -> None:
    async def act(store: Any) -> None:
        store.enqueue("006A", delivered=True)
        await store.committed()
        server.kill()
        with pytest.raises(StoreUnavailableError) as caught:
            store.enqueue("006B", delivered=True)
        assert "PostgreSQL: " in str(caught.value)
        server.start()
        store.enqueue("006C", delivered=True)
        assert [row["id"] for row in store.unfinished()] == ["006A", "006C"]

    place.act(act)


def jobs(store: Store) -> list[str]:
    """The locks of the jobs that wait."""
    return [row["lock"] for row in store.rows("SELECT lock FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")]


@on_both
def test_a_read_that_comes_again_sees_every_write_since(place: Place) -> None:
    """Also one by another table's rows, and one of a list that its reader has changed."""

    async def act(store: Store) -> None:
        def seen() -> tuple[Any, ...]:
            rows = store.rows("SELECT id FROM deals WHERE id IN (SELECT deal FROM members)")
            found = [row[0] for row in rows], store.fact("cursor"), store.due(5, ()), store.next_due_s(())
            rows.clear()
            return found

        assert seen() == seen() == ([], "", [], None)
        store.enqueue("D1", delivered=True)
        assert seen() == seen() == ([], "", ["D1"], place.now_s)
        store.write("INSERT INTO members VALUES ('late', 'D1', 0, '')")
        assert seen() == seen() == (["D1"], "", ["D1"], place.now_s)
        store.set_fact("cursor", "1")
        store.set_deal("D1", due_s=place.now_s + 1)
        assert seen() == seen() == (["D1"], "1", [], place.now_s + 1)
        place.now_s += 1
        store.set_fact("cursor", "2")
        assert seen() == (["D1"], "2", ["D1"], place.now_s)

    place.act(act)


def test_a_fact_that_stays_the_same_is_not_written_again(tmp_path: Path) -> None:
    async def act() -> list[int]:
        store = SqliteStore(tmp_path / "sync.sqlite3")
        try:
            written = []
            for value in ("a", "a", "b", "b", ""):
                store.set_fact("cursor", value)
                written.append(store._db.total_changes)
            return written
        finally:
            store.close()

    first, again, *others = asyncio.run(act())
    assert again == first
    assert others == [first + 1, first + 1, first + 2]
