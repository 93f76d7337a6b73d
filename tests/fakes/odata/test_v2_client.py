"""The unmodified ``pyodata`` against the engine in version 2, over a real socket."""

from __future__ import annotations

import asyncio
import datetime
import threading
from collections.abc import Iterator
from typing import Any

import pyodata
import pytest
import requests
from pyodata.exceptions import HttpError

from fakes.odata.sample import SampleV2, customer_id
from gameday_fakes.clock import Clock
from gameday_fakes.events import EventLog
from gameday_fakes.server import listen


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a running sample."""
    import socket

    ready, stopped = threading.Event(), asyncio.Event()
    found: dict[str, Any] = {}

    async def serve() -> None:
        with socket.create_server(("127.0.0.1", 0)) as sock:
            found.update(loop=asyncio.get_running_loop(), port=sock.getsockname()[1])
            fake = SampleV2(clock := Clock(), EventLog(clock))
            listener = await listen(fake, sock)
            ready.set()
            await stopped.wait()
            await listener.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    yield f"http://127.0.0.1:{found['port']}/sales"
    found["loop"].call_soon_threadsafe(stopped.set)
    thread.join()


@pytest.fixture
def client(address: str) -> Iterator[Any]:
    """pyodata with a session that has its CSRF token."""
    with requests.Session() as session:
        reply = session.get(f"{address}/", headers={"x-csrf-token": "Fetch"})
        session.headers["x-csrf-token"] = reply.headers["x-csrf-token"]
        yield pyodata.Client(address, session)


def test_it_reads_the_metadata(client: Any) -> None:
    names = {each.name for each in client.schema.entity_sets}
    assert names == {"Orders", "Items", "Customers"}
    order = client.schema.entity_type("Order")
    assert [each.name for each in order.nav_proprties] == ["Items", "Buyer"]


def test_it_reads_records_with_filters_and_what_is_expanded(client: Any) -> None:
    orders = client.entity_sets.Orders
    found = orders.get_entities().filter("Total gt 5M and startswith(Number,'O00')").order_by("Number").top(2).execute()
    assert [each.Number for each in found] == ["O003", "O004"]
    order = orders.get_entity("O002").expand("Items").execute()
    assert [item.Line for item in order.Items] == [10, 20]
    assert order.Total == "5"
    assert order.Placed == datetime.datetime(2026, 1, 3, tzinfo=datetime.UTC)
    assert orders.get_entities().count().filter("Urgent eq true").execute() == 3
    lines = orders.get_entity("O002").nav("Items").get_entities().execute()
    assert [each.Line for each in lines] == [10, 20]


def test_it_creates_changes_and_deletes(client: Any) -> None:
    orders = client.entity_sets.Orders
    created = (
        orders.create_entity()
        .set(Number="P1", Total="12.50", Customer=customer_id(0), Items=[{"Line": 10, "Quantity": "2"}])
        .execute()
    )
    assert (created.Number, created.Total) == ("P1", "12.50")
    orders.update_entity("P1", method="PATCH").set(Reference="deal-1").execute()
    orders.update_entity("P1").set(Urgent=True).execute()
    assert orders.get_entity("P1").execute().Reference == "deal-1"
    orders.delete_entity("P1").execute()
    with pytest.raises(HttpError) as refused:
        orders.get_entity("P1").execute()
    assert refused.value.response.status_code == 404


def test_it_calls_functions(client: Any) -> None:
    assert client.functions.CountOf.parameter("Status", "Open").execute() == {"CountOf": 4}
    client.functions.Close.parameter("Number", "O005").execute()
    assert client.entity_sets.Orders.get_entity("O005").execute().Status == "Closed"


def test_it_sends_batches_with_change_sets(client: Any) -> None:
    orders = client.entity_sets.Orders
    batch, changes = client.create_batch("batch"), client.create_changeset("changes")
    changes.add_request(orders.create_entity().set(Number="B1", Total="1"))
    changes.add_request(orders.update_entity("O001").set(Reference="batch"))
    batch.add_request(orders.get_entity("O000"))
    batch.add_request(changes)
    first, (created, _) = batch.execute()
    assert (first.Number, created.Number) == ("O000", "B1")
    assert orders.get_entity("O001").execute().Reference == "batch"


def test_a_change_set_that_fails_changes_nothing(client: Any) -> None:
    orders = client.entity_sets.Orders
    batch, changes = client.create_batch("batch"), client.create_changeset("changes")
    changes.add_request(orders.update_entity("O006").set(Reference="batch"))
    changes.add_request(orders.create_entity().set(Number="O006"))
    batch.add_request(changes)
    with pytest.raises(HttpError):
        batch.execute()
    assert orders.get_entity("O006").execute().Reference == "deal-6"


def test_a_change_without_its_csrf_token_is_refused(address: str) -> None:
    with requests.Session() as session:
        orders = pyodata.Client(address, session).entity_sets.Orders
        with pytest.raises(HttpError) as refused:
            orders.delete_entity("O007").execute()
        assert refused.value.response.status_code == 403
        assert refused.value.response.headers["x-csrf-token"] == "Required"
