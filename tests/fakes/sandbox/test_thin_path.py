"""A deal in one sandbox becomes an order in another, as with fakes: made, read and removed through their APIs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from fakes.sandbox.conftest import ACCOUNTS, CRM, DEAL, ENVIRONMENT, ERP, ORGANISATION, PRODUCTS, TAG, Staging
from gameday.base.errors import RunError
from gameday.run.sandbox_tenants import clean
from gameday_fakes.declared import ControlError
from gameday_fakes.http import Request
from gameday_fakes.intercept import Dropped
from gameday_fakes.ledger import Entry
from gameday_fakes.sandbox.settings import Naming, SandboxRun, TenantSettings
from gameday_fakes.sandbox.tenant import Tenant
from support.credentials import NETSUITE, SALESFORCE
from support.rows import rows

Go = Callable[[Any], Any]
ORDERS = "/services/rest/record/v1/salesOrder"
CUSTOMERS = "/services/rest/record/v1/customer"


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


async def sold(staging: Staging) -> tuple[str, str]:
    """A won deal, and its account."""
    accounts = await staging.seed()
    return await staging.operate("salesforce", "close_deal", "D-1", **DEAL), accounts["A-1"]


async def booked(staging: Staging) -> tuple[str, str]:
    """A won deal with its order, and its account."""
    deal, account = await sold(staging)
    assert (await staging.sync("PUT", f"{ORDERS}/eid:{deal}", order(deal, account))).status == 204
    return deal, account


def timeless(entry: Entry) -> Entry:
    return msgspec.structs.replace(
        entry,
        time_s=0.0,
        changed_s=0.0,
        invoices=tuple(msgspec.structs.replace(invoice, time_s=0.0) for invoice in entry.invoices),
    )


async def agree(staging: Staging) -> None:
    """Both ledgers are read as the fakes that play the tenants state them, but for times and the workload's keys."""
    crm, erp = [await staging.front.fakes[name].ledger_read() for name in ("salesforce", "netsuite")]
    expected = [
        msgspec.structs.replace(timeless(entry), keys={**entry.keys, "key": "D-1"})
        for entry in staging.crm.ledger().entries
    ]
    assert [timeless(entry) for entry in crm.entries] == expected
    assert [timeless(entry) for entry in erp.entries] == [timeless(entry) for entry in staging.erp.ledger().entries]
    assert crm.changed_by_sync == ()


def test_a_deal_and_its_order_stand_in_the_ledgers_as_they_would_with_fakes(staging: Staging, go: Go) -> None:
    async def day() -> None:
        await booked(staging)
        await agree(staging)

    go(day())


def test_an_amended_deal_and_its_invoice_are_read_again(staging: Staging, go: Go) -> None:
    async def day() -> None:
        deal, account = await booked(staging)
        await agree(staging)
        line = {**DEAL["lines"][0], "quantity": "3", "amount": "15"}  # type: ignore[dict-item]
        await staging.operate("salesforce", "amend_deal", "D-1", lines=[line])
        await staging.sync("PUT", f"{ORDERS}/eid:{deal}?replace=item", order(deal, account, quantity=3))
        (id_,) = staging.erp.store.orders  # type: ignore[attr-defined]
        assert (await staging.sync("POST", f"{ORDERS}/{id_}/!transform/invoice", b"{}")).status == 204
        await agree(staging)
        crm = await staging.front.fakes["salesforce"].ledger_read()
        assert str(crm.entries[0].total) == "15.00"

    go(day())


def test_a_deal_without_lines_has_its_own_amount(staging: Staging, go: Go) -> None:
    async def day() -> None:
        await staging.seed()
        await staging.operate("salesforce", "close_deal", "D-1", **{**DEAL, "lines": [], "amount": "7.50"})
        await agree(staging)
        await staging.operate("salesforce", "amend_deal", "D-1", lines=[], amount="9.25")
        crm = await staging.front.fakes["salesforce"].ledger_read()
        assert str(crm.entries[0].total) == "9.25"

    go(day())


@pytest.mark.parametrize("act", ["void_deal", "delete_deal"])
def test_a_deal_that_is_taken_back_is_void(staging: Staging, go: Go, act: str) -> None:
    async def day() -> None:
        await booked(staging)
        await staging.operate("salesforce", act, "D-1")
        crm = await staging.front.fakes["salesforce"].ledger_read()
        assert [entry.state for entry in crm.entries] == ["void"]

    go(day())


def test_what_the_sync_changes_in_the_crm_is_not_taken_for_what_people_change(staging: Staging, go: Go) -> None:
    async def day() -> None:
        deal, _ = await sold(staging)
        await staging.front.fakes["salesforce"].ledger_read()
        with staging.crm.store.change():  # type: ignore[attr-defined]
            record = staging.crm.store.find("Opportunity", deal)  # type: ignore[attr-defined]
            staging.crm.store.update(record, {"CloseDate": "2026-07-01"})  # type: ignore[attr-defined]
        assert (await staging.front.fakes["salesforce"].ledger_read()).changed_by_sync == (deal,)

    go(day())


@pytest.mark.parametrize("code", ["STD", "OTHER"])
def test_an_organisation_may_lack_the_fields_of_a_tax_that_the_erp_knows_by_the_product(
    monkeypatch: pytest.MonkeyPatch, go: Go, code: str
) -> None:
    staging = Staging(str(ORGANISATION))
    monkeypatch.setattr(Tenant, "open_at", lambda tenant, host: staging.open_at(tenant, host))  # noqa: PLW0108
    staging.run()
    lines = [{**DEAL["lines"][0], "tax_code": "STD", "tax": "1"}]  # type: ignore[dict-item]

    async def day() -> None:
        products = [{**PRODUCTS[0], "tax_code": code}]
        await staging.front.fakes["salesforce"].operated("seed", "", {"accounts": ACCOUNTS, "products": products})
        await staging.operate("salesforce", "close_deal", "D-1", **{**DEAL, "lines": lines})

    if code == "STD":
        go(day())
    else:
        with pytest.raises(ControlError, match="has no field 'Tax_Code__c'"):
            go(day())


def test_a_reply_that_is_lost_after_the_commit_happens_to_a_real_order(staging: Staging, go: Go) -> None:
    async def day() -> None:
        deal, account = await sold(staging)
        front = staging.front.fakes["netsuite"]
        await front.ready_for_faults()
        front.inject("f", {"kind": "http", "operation": "order.write", "action": "drop", "when": "after", "times": 1})
        with pytest.raises(Dropped):
            await staging.sync("PUT", f"{ORDERS}/eid:{deal}", order(deal, account))
        assert len(staging.erp.store.orders) == 1  # type: ignore[attr-defined]
        events = {event.f: event for event in staging.front.events.after(0)}
        assert events["hit"].value["order"] == deal
        assert (events["order_write"].outcome, events["order_write"].value["deal"]) == ("info", deal)
        assert (await staging.sync("PUT", f"{ORDERS}/eid:{deal}", order(deal, account))).status == 204
        assert len(staging.erp.store.orders) == 1  # type: ignore[attr-defined]

    go(day())


def test_a_reply_that_the_tenant_itself_does_not_give_is_none_for_the_stack_either(staging: Staging, go: Go) -> None:
    async def day() -> None:
        deal, account = await sold(staging)
        await staging.sync("GET", f"{ORDERS}/1")
        rule = {"kind": "http", "operation": "order.write", "action": "drop", "when": "after", "times": 1}
        staging.erp.inject("theirs", rule)
        with pytest.raises(Dropped):
            await staging.sync("PUT", f"{ORDERS}/eid:{deal}", order(deal, account))
        (write,) = [event for event in staging.front.events.after(0) if event.f == "order_write"]
        assert (write.outcome, write.value["deal"], write.value["error"]) == ("info", deal, "no reply")

    go(day())


def test_a_refusal_before_the_tenant_has_the_vendors_own_body_and_no_call(staging: Staging, go: Go) -> None:
    async def day() -> None:
        deal, account = await sold(staging)
        front, before = staging.front.fakes["netsuite"], len(staging.writes())
        front.inject("f", {"kind": "http", "operation": "order.write", "action": "reply", "error": "rate_limited"})
        reply = await staging.sync("PUT", f"{ORDERS}/eid:{deal}", order(deal, account))
        assert (reply.status, reply.body) == (429, staging.erp.error("rate_limited").body)
        assert len(staging.writes()) == before

    go(day())


def test_links_of_a_reply_lead_back_to_the_proxy_that_was_asked(staging: Staging, go: Go) -> None:
    async def day() -> None:
        deal, account = await booked(staging)
        reply = await staging.sync("GET", f"{ORDERS}/eid:{deal}")
        assert ERP.encode() not in reply.body
        assert b"http://127.0.0.1:8102/services/rest/record/v1/salesOrder/" in reply.body
        written = await staging.sync("PUT", f"{ORDERS}/eid:{deal}", order(deal, account))
        assert dict(written.headers)[b"location"].startswith(b"http://127.0.0.1:8102/")

    go(day())


def test_a_wrong_signature_is_not_made_a_right_one(staging: Staging, go: Go) -> None:
    async def day() -> None:
        request = Request(
            "GET",
            f"{ORDERS}/1",
            headers={b"host": b"127.0.0.1:8102", b"authorization": b'OAuth realm="1234567_SB1", oauth_nonce="x"'},
        )
        assert (await staging.front.fakes["netsuite"].respond(request)).status == 401

    go(day())


def test_a_call_to_another_host_of_the_vendor_reaches_no_tenant(staging: Staging, go: Go) -> None:
    async def day() -> None:
        reply = await staging.sync("GET", f"{ORDERS}/1", host="7654321.suitetalk.api.netsuite.com")
        assert reply.status == 501

    go(day())
    assert staging.calls == []


def test_no_record_of_a_run_holds_a_credential(staging: Staging, go: Go) -> None:
    async def day() -> None:
        await booked(staging)
        form = f"grant_type=client_credentials&client_id=x&client_secret={SALESFORCE['client_secret']}".encode()
        request = Request("POST", "/services/oauth2/token", headers={b"host": b"127.0.0.1"}, body=form)
        assert (await staging.front.fakes["salesforce"].respond(request)).status == 400

    go(day())
    recorded = msgspec.json.encode(staging.front.events.after(0)).decode()
    for secret in (*SALESFORCE.values(), *(value for name, value in NETSUITE.items() if name != "account")):
        assert secret not in recorded


def test_clean_removes_what_the_run_made_and_nothing_else(staging: Staging, go: Go) -> None:
    foreign = staging.crm.operate("seed", "", {"accounts": [{"key": "B-1"}]})["accounts"]["B-1"]
    staging.erp.operate("seed", "", {"accounts": [{"key": "B-1", "id": foreign}]})
    theirs = staging.crm.operate("close_deal", "theirs", {**DEAL, "account": "B-1"})["id"]

    async def made() -> None:
        deal, _ = await booked(staging)
        await staging.sync("PUT", f"{ORDERS}/eid:{theirs}", order(theirs, foreign))
        id_ = next(each.id for each in staging.erp.store.orders.values() if each.deal == deal)  # type: ignore[attr-defined]
        await staging.sync("POST", f"{ORDERS}/{id_}/!transform/invoice", b"{}")
        # The stack has booked an order of the run's deal for a customer of somebody else.
        await staging.sync("POST", ORDERS, order(deal, foreign))

    go(made())
    tenants = {
        "salesforce": TenantSettings(CRM, (staging.organisation,)),
        "netsuite": TenantSettings(ERP, ("1234567_SB1",)),
    }
    removed = clean(TAG, tenants, ENVIRONMENT)
    assert removed == {
        "netsuite": {"invoice": 1, "salesOrder": 2, "customer": len(ACCOUNTS)},
        "salesforce": {"Opportunity": 1, "Account": len(ACCOUNTS)},
    }
    assert [each.deal for each in staging.erp.store.orders.values()] == [theirs]  # type: ignore[attr-defined]
    assert list(staging.crm.store.tables["Opportunity"]) == [theirs]  # type: ignore[attr-defined]
    assert clean(TAG, tenants, ENVIRONMENT) == {
        "netsuite": {"customer": 0},
        "salesforce": {"Opportunity": 0, "Account": 0},
    }


@pytest.mark.parametrize(
    "tag", ["", "%", "gd-", "gd-0123456789ab%", "gd-0123456789AB", "x gd-0123456789ab", "gd-0123456789ab\n"]
)
def test_what_is_no_tag_cleans_nothing(staging: Staging, tag: str) -> None:
    tenants = {"salesforce": TenantSettings(CRM, (staging.organisation,))}
    with pytest.raises(RunError, match="not the tag of a run"):
        clean(tag, tenants, ENVIRONMENT)
    assert staging.calls == []


def test_half_of_a_tenants_calls_are_kept_free(staging: Staging, go: Go) -> None:
    staging.crm.configure({"daily_api_requests": 10})
    with pytest.raises(ControlError, match="has used 6 of its 10 calls a day; gameday keeps half free"):
        go(staging.seed())


def test_products_that_a_tenant_lacks_are_named_before_anything_is_made(staging: Staging, go: Go) -> None:
    async def day() -> None:
        await staging.front.fakes["salesforce"].operated(
            "seed", "", {"accounts": ACCOUNTS, "products": [{"sku": "NO-SUCH"}]}
        )

    with pytest.raises(ControlError, match="has no price book entry for NO-SUCH"):
        go(day())
    assert staging.writes() == []


FURTHER = {
    "salesforce": [
        "TotalOpportunityQuantity",
        "ForecastCategoryName",
        "Account.Name",
        "line.Description",
        "customer.BillingCity",
    ],
    "netsuite": ["custbody_correlation_id", "memo", "terms", "line.description", "invoice.memo", "customer.city"],
}


@pytest.fixture
def named_staging(staging: Staging) -> Staging:
    """A run whose contract names custom fields of orders and customers."""
    staging.run(NAMING)
    return staging


def test_an_order_that_names_its_deal_in_a_custom_field_is_found_by_it(staging: Staging, go: Go) -> None:
    """Also one for a customer whom the stack itself has made, so that nothing else leads to it."""
    foreign = staging.crm.operate("seed", "", {"accounts": [{"key": "B-1"}]})["accounts"]["B-1"]
    staging.erp.operate("seed", "", {"accounts": [{"key": "B-1", "id": foreign}]})

    async def day() -> None:
        front = staging.front.fakes["netsuite"]
        front.configure({"deal_field": "custbody_correlation_id"})
        deal, _ = await sold(staging)
        body = msgspec.json.decode(order("", foreign)) | {"custbody_correlation_id": deal}
        del body["otherRefNum"]
        assert (await staging.sync("POST", ORDERS, msgspec.json.encode(body))).status == 204
        (entry,) = (await front.ledger_read()).entries
        assert entry.keys["custbody_correlation_id"] == deal
        (write,) = [event for event in staging.front.events.after(0) if event.f == "order_write"]
        assert write.value["deal"] == deal

    go(day())


NAMING = Naming("custbody_correlation_id", "SF-{deal}", "custentity_crm_account_id")


async def booked_by_itself(staging: Staging) -> tuple[str, str]:
    """An order and a customer that the stack itself has made, named in custom fields only: their paths."""
    deal, account = await sold(staging)
    body = {"entityId": "Acme of the sync", "companyName": "Acme", "currency": {"id": "1"}}
    made = await staging.sync("POST", CUSTOMERS, msgspec.json.encode({**body, NAMING.customer: account}))
    customer = dict(made.headers)[b"location"].decode().rpartition("/")[2]
    body = msgspec.json.decode(order("", account)) | {NAMING.order: f"SF-{deal}", "entity": {"id": customer}}
    del body["otherRefNum"]
    made = await staging.sync("POST", ORDERS, msgspec.json.encode(body))
    return f"{CUSTOMERS}/{customer}", f"{ORDERS}/{dict(made.headers)[b'location'].decode().rpartition('/')[2]}"


def test_what_the_stack_names_in_custom_fields_only_is_in_the_ledger_and_removed(
    named_staging: Staging, go: Go
) -> None:
    staging = named_staging

    async def day() -> None:
        customer, placed = await booked_by_itself(staging)
        ledger = await staging.front.fakes["netsuite"].ledger_read()
        (entry,) = ledger.entries
        assert entry.id == placed.rpartition("/")[2]
        # One that gameday has made for the account, and the stack's own, both as the contract has it.
        assert [fields[NAMING.customer] for fields in ledger.customers.values()] == [entry_account(staging)] * 2
        assert ledger.new_customers == (customer.rpartition("/")[2],)

    go(day())
    tenants = {
        "salesforce": TenantSettings(CRM, (staging.organisation,)),
        "netsuite": TenantSettings(ERP, ("1234567_SB1",)),
    }
    removed = clean(TAG, tenants, ENVIRONMENT, naming=NAMING)
    assert removed["netsuite"] == {"salesOrder": 1, "customer": 2}
    assert not staging.erp.store.orders  # type: ignore[attr-defined]
    assert not staging.erp.store.records["customer"]  # type: ignore[attr-defined]


def entry_account(staging: Staging) -> str:
    (account,) = staging.crm.store.tables["Account"]  # type: ignore[attr-defined]
    return str(account)


@rows("naming", [{"order_pattern": "1"}, {"order": "id IS NOT NULL OR id"}, {"customer_pattern": ""}])
def test_a_folder_cannot_have_more_removed_than_names_the_run(naming: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"tag": TAG, "tenants": {}, "naming": naming}, SandboxRun)


async def stated(staging: Staging) -> tuple[str, str]:
    """A deal with its order, whose further fields both the ledgers and the tenants' own are asked for."""
    for name, fields in FURTHER.items():
        staging.front.fakes[name].configure({"ledger_fields": fields})
        staging.tenants.fakes[name].configure({"ledger_fields": fields})
    accounts = await staging.seed()
    of_deal = dict(DEAL)
    of_deal["lines"] = [{**DEAL["lines"][0], "fields": {"Description": "two"}}]  # type: ignore[dict-item]
    return await staging.operate("salesforce", "close_deal", "D-1", **of_deal), accounts["A-1"]


def test_further_fields_are_stated_as_fakes_state_them(staging: Staging, go: Go) -> None:
    async def day() -> None:
        deal, account = await stated(staging)
        body = msgspec.json.decode(order(deal, account))
        body |= {"custbody_correlation_id": "C-7", "memo": "as agreed", "terms": {"refName": "Net 30"}}
        body["item"]["items"][0]["description"] = "two"
        reply = await staging.sync("PUT", f"{ORDERS}/eid:{deal}", msgspec.json.encode(body))
        id_ = dict(reply.headers)[b"location"].decode().rpartition("/")[2]
        assert (await staging.sync("POST", f"{ORDERS}/{id_}/!transform/invoice", b"{}")).status == 204
        for name in FURTHER:
            read, own = await staging.front.fakes[name].ledger_read(), staging.tenants.fakes[name].ledger()
            (entry,), (expected,) = read.entries, own.entries
            assert entry.fields
            assert entry.fields.items() <= expected.fields.items()
            assert [line.fields for line in entry.lines] == [line.fields for line in expected.lines]
            assert [invoice.fields for invoice in entry.invoices] == [invoice.fields for invoice in expected.invoices]
            assert {each for each in own.states if each.startswith("fields.")} <= {*read.states}
        assert entry.fields == {"custbody_correlation_id": "C-7", "memo": "as agreed", "terms": "Net 30"}

    go(day())


@pytest.mark.parametrize(
    ("fake", "field", "message"),
    [
        ("salesforce", "No_Such__c", "No such column 'No_Such__c'"),
        ("netsuite", "custbody_no_such", "salesOrder of 1234567-sb1.* has no field custbody_no_such"),
    ],
)
def test_a_further_field_that_a_tenant_lacks_ends_the_run(
    staging: Staging, go: Go, fake: str, field: str, message: str
) -> None:
    async def day() -> None:
        staging.front.fakes[fake].configure({"ledger_fields": [field]})
        await booked(staging)
        await staging.front.fakes[fake].ledger_read()

    with pytest.raises(ControlError, match=message):
        go(day())
