"""A deal in one sandbox becomes an order in another, as with fakes: made, read and removed through their APIs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from fakes.sandbox.conftest import ACCOUNTS, CRM, DEAL, ENVIRONMENT, ERP, TAG, World
from gameday.base.errors import RunError
from gameday.run.sandbox_tenants import clean
from gameday_fakes.credentials import NETSUITE, SALESFORCE
from gameday_fakes.declared import ControlError
from gameday_fakes.http import Request
from gameday_fakes.intercept import Dropped
from gameday_fakes.ledger import Entry
from gameday_fakes.sandbox.settings import TenantSettings

Go = Callable[[Any], Any]
ORDERS = "/services/rest/record/v1/salesOrder"


def order(deal: str, account: str, quantity: int = 2) -> bytes:
    line = {"item": {"externalId": "SKU-1"}, "quantity": quantity, "rate": 5, "amount": 5 * quantity}
    return msgspec.json.encode(
        {
            "entity": {"externalId": account},
            "currency": {"id": "1"},
            "otherRefNum": deal,
            "item": {"items": [{**line, "price": {"id": "-1"}}]},
        }
    )


async def sold(world: World) -> tuple[str, str]:
    """A won deal, and its account."""
    accounts = await world.seed()
    return await world.operate("salesforce", "close_deal", "D-1", **DEAL), accounts["A-1"]


async def booked(world: World) -> tuple[str, str]:
    """A won deal with its order, and its account."""
    deal, account = await sold(world)
    assert (await world.sync("PUT", f"{ORDERS}/eid:{deal}", order(deal, account))).status == 204
    return deal, account


def timeless(entry: Entry) -> Entry:
    return msgspec.structs.replace(
        entry,
        time_s=0.0,
        changed_s=0.0,
        invoices=tuple(msgspec.structs.replace(invoice, time_s=0.0) for invoice in entry.invoices),
    )


async def agree(world: World) -> None:
    """Both ledgers are read as the fakes that play the tenants state them, but for times and the workload's keys."""
    crm, erp = [await world.front.fakes[name].ledger_read() for name in ("salesforce", "netsuite")]
    expected = [
        msgspec.structs.replace(timeless(entry), keys={**entry.keys, "key": "D-1"})
        for entry in world.crm.ledger().entries
    ]
    assert [timeless(entry) for entry in crm.entries] == expected
    assert [timeless(entry) for entry in erp.entries] == [timeless(entry) for entry in world.erp.ledger().entries]
    assert crm.changed_by_sync == ()


def test_a_deal_and_its_order_stand_in_the_ledgers_as_they_would_with_fakes(world: World, go: Go) -> None:
    async def day() -> None:
        await booked(world)
        await agree(world)

    go(day())


def test_an_amended_deal_and_its_invoice_are_read_again(world: World, go: Go) -> None:
    async def day() -> None:
        deal, account = await booked(world)
        await agree(world)
        line = {**DEAL["lines"][0], "quantity": "3", "amount": "15"}  # type: ignore[dict-item]
        await world.operate("salesforce", "amend_deal", "D-1", lines=[line])
        await world.sync("PUT", f"{ORDERS}/eid:{deal}?replace=item", order(deal, account, quantity=3))
        (id_,) = world.erp.store.orders  # type: ignore[attr-defined]
        assert (await world.sync("POST", f"{ORDERS}/{id_}/!transform/invoice", b"{}")).status == 204
        await agree(world)
        crm = await world.front.fakes["salesforce"].ledger_read()
        assert str(crm.entries[0].total) == "15.00"

    go(day())


@pytest.mark.parametrize("act", ["void_deal", "delete_deal"])
def test_a_deal_that_is_taken_back_is_void(world: World, go: Go, act: str) -> None:
    async def day() -> None:
        await booked(world)
        await world.operate("salesforce", act, "D-1")
        crm = await world.front.fakes["salesforce"].ledger_read()
        assert [entry.state for entry in crm.entries] == ["void"]

    go(day())


def test_what_the_sync_changes_in_the_crm_is_told_apart_from_what_people_change(world: World, go: Go) -> None:
    async def day() -> None:
        deal, _ = await sold(world)
        await world.front.fakes["salesforce"].ledger_read()
        with world.crm.store.change():  # type: ignore[attr-defined]
            record = world.crm.store.find("Opportunity", deal)  # type: ignore[attr-defined]
            world.crm.store.update(record, {"CloseDate": "2026-07-01"})  # type: ignore[attr-defined]
        assert (await world.front.fakes["salesforce"].ledger_read()).changed_by_sync == (deal,)

    go(day())


def test_a_reply_that_is_lost_after_the_commit_happens_to_a_real_order(world: World, go: Go) -> None:
    async def day() -> None:
        deal, account = await sold(world)
        front = world.front.fakes["netsuite"]
        await front.ready_for_faults()
        front.inject("f", {"kind": "http", "operation": "order.write", "action": "drop", "when": "after", "times": 1})
        with pytest.raises(Dropped):
            await world.sync("PUT", f"{ORDERS}/eid:{deal}", order(deal, account))
        assert len(world.erp.store.orders) == 1  # type: ignore[attr-defined]
        events = {event.f: event for event in world.front.events.after(0)}
        assert events["hit"].value["order"] == deal
        assert (events["order_write"].outcome, events["order_write"].value["deal"]) == ("info", deal)
        assert (await world.sync("PUT", f"{ORDERS}/eid:{deal}", order(deal, account))).status == 204
        assert len(world.erp.store.orders) == 1  # type: ignore[attr-defined]

    go(day())


def test_a_refusal_before_the_tenant_has_the_vendors_own_body_and_no_call(world: World, go: Go) -> None:
    async def day() -> None:
        deal, account = await sold(world)
        front, before = world.front.fakes["netsuite"], len(world.writes())
        front.inject("f", {"kind": "http", "operation": "order.write", "action": "reply", "error": "rate_limited"})
        reply = await world.sync("PUT", f"{ORDERS}/eid:{deal}", order(deal, account))
        assert (reply.status, reply.body) == (429, world.erp.error("rate_limited").body)
        assert len(world.writes()) == before

    go(day())


def test_links_of_a_reply_lead_back_to_the_proxy_that_was_asked(world: World, go: Go) -> None:
    async def day() -> None:
        deal, account = await booked(world)
        reply = await world.sync("GET", f"{ORDERS}/eid:{deal}")
        assert ERP.encode() not in reply.body
        assert b"http://127.0.0.1:8102/services/rest/record/v1/salesOrder/" in reply.body
        written = await world.sync("PUT", f"{ORDERS}/eid:{deal}", order(deal, account))
        assert dict(written.headers)[b"location"].startswith(b"http://127.0.0.1:8102/")

    go(day())


def test_a_wrong_signature_is_not_made_a_right_one(world: World, go: Go) -> None:
    async def day() -> None:
        request = Request(
            "GET",
            f"{ORDERS}/1",
            headers={b"host": b"127.0.0.1:8102", b"authorization": b'OAuth realm="1234567_SB1", oauth_nonce="x"'},
        )
        assert (await world.front.fakes["netsuite"].respond(request)).status == 401

    go(day())


def test_a_call_to_another_host_of_the_vendor_reaches_no_tenant(world: World, go: Go) -> None:
    async def day() -> None:
        reply = await world.sync("GET", f"{ORDERS}/1", host="7654321.suitetalk.api.netsuite.com")
        assert reply.status == 501

    go(day())
    assert world.calls == []


def test_no_record_of_a_run_holds_a_credential(world: World, go: Go) -> None:
    async def day() -> None:
        await booked(world)
        form = f"grant_type=client_credentials&client_id=x&client_secret={SALESFORCE['client_secret']}".encode()
        request = Request("POST", "/services/oauth2/token", headers={b"host": b"127.0.0.1"}, body=form)
        assert (await world.front.fakes["salesforce"].respond(request)).status == 400

    go(day())
    recorded = msgspec.json.encode(world.front.events.after(0)).decode()
    for secret in (*SALESFORCE.values(), *(value for name, value in NETSUITE.items() if name != "account")):
        assert secret not in recorded


def test_clean_removes_what_the_run_made_and_nothing_else(world: World, go: Go) -> None:
    foreign = world.crm.operate("seed", "", {"accounts": [{"key": "B-1"}]})["accounts"]["B-1"]
    world.erp.operate("seed", "", {"accounts": [{"key": "B-1", "id": foreign}]})
    theirs = world.crm.operate("close_deal", "theirs", {**DEAL, "account": "B-1"})["id"]

    async def made() -> None:
        deal, _ = await booked(world)
        await world.sync("PUT", f"{ORDERS}/eid:{theirs}", order(theirs, foreign))
        id_ = next(each.id for each in world.erp.store.orders.values() if each.deal == deal)  # type: ignore[attr-defined]
        await world.sync("POST", f"{ORDERS}/{id_}/!transform/invoice", b"{}")
        # The stack has booked an order of the run's deal for a customer of somebody else.
        await world.sync("POST", ORDERS, order(deal, foreign))

    go(made())
    tenants = {
        "salesforce": TenantSettings(CRM, (world.organisation,)),
        "netsuite": TenantSettings(ERP, ("1234567_SB1",)),
    }
    removed = clean(TAG, tenants, ENVIRONMENT)
    assert removed == {
        "netsuite": {"invoice": 1, "salesOrder": 2, "customer": len(ACCOUNTS)},
        "salesforce": {"Opportunity": 1, "Account": len(ACCOUNTS)},
    }
    assert [each.deal for each in world.erp.store.orders.values()] == [theirs]  # type: ignore[attr-defined]
    assert list(world.crm.store.tables["Opportunity"]) == [theirs]  # type: ignore[attr-defined]
    assert clean(TAG, tenants, ENVIRONMENT) == {
        "netsuite": {"customer": 0},
        "salesforce": {"Opportunity": 0, "Account": 0},
    }


@pytest.mark.parametrize(
    "tag", ["", "%", "gd-", "gd-0123456789ab%", "gd-0123456789AB", "x gd-0123456789ab", "gd-0123456789ab\n"]
)
def test_what_is_no_tag_cleans_nothing(world: World, tag: str) -> None:
    tenants = {"salesforce": TenantSettings(CRM, (world.organisation,))}
    with pytest.raises(RunError, match="not the tag of a run"):
        clean(tag, tenants, ENVIRONMENT)
    assert world.calls == []


def test_half_of_a_tenants_calls_are_kept_free(world: World, go: Go) -> None:
    world.crm.configure({"daily_api_requests": 10})
    with pytest.raises(ControlError, match="has used 6 of its 10 calls a day; gameday keeps half free"):
        go(world.seed())


def test_products_that_a_tenant_lacks_are_named_before_anything_is_made(world: World, go: Go) -> None:
    async def day() -> None:
        await world.front.fakes["salesforce"].operated(
            "seed", "", {"accounts": ACCOUNTS, "products": [{"sku": "NO-SUCH"}]}
        )

    with pytest.raises(ControlError, match="has no price book entry for NO-SUCH"):
        go(day())
    assert world.writes() == []
