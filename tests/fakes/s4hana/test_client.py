"""The unmodified ``pyodata``, which reads the metadata and speaks version 2, against the fake over a real socket."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pyodata
import pytest
import requests
from pyodata.exceptions import HttpError
from pyodata.v2.service import GetEntitySetFilter

from fakes.s4hana.conftest import ACME, ROOT, USER
from gameday_fakes.s4hana.account import SALES_AREA


@pytest.fixture
def session(erp: Any) -> Iterator[requests.Session]:
    """A session of its own that has logged in and fetched its token."""
    with requests.Session() as found:
        found.auth = USER
        reply = found.get(f"{erp.url}{ROOT}/API_SALES_ORDER_SRV/", headers={"x-csrf-token": "Fetch"})
        found.headers["x-csrf-token"] = reply.headers["x-csrf-token"]
        yield found
    assert erp.events("unsupported") == []


@pytest.fixture
def client(erp: Any, session: requests.Session) -> Any:
    """The client of the orders' service."""
    return pyodata.Client(f"{erp.url}{ROOT}/API_SALES_ORDER_SRV", session)


def order(deal: str, **changed: Any) -> dict[str, Any]:
    """The fields of an order of two saws at their own price."""
    price = {"ConditionType": "PPR0", "ConditionRateValue": "80.50"}
    item = {"Material": "SAW-1", "RequestedQuantity": "2", "to_PricingElement": [price]}
    return {
        "SalesOrderType": "OR",
        **SALES_AREA,
        "SoldToParty": ACME,
        "PurchaseOrderByCustomer": deal,
        "SalesOrderDate": datetime.datetime(2026, 3, 15, tzinfo=datetime.UTC),
        "to_Item": [item],
        **changed,
    }


def create(client: Any, deal: str, **changed: Any) -> Any:
    """A new order."""
    return client.entity_sets.A_SalesOrder.create_entity().set(**order(deal, **changed)).execute()


def test_it_reads_the_metadata_of_each_service(erp: Any, session: requests.Session) -> None:
    names = {"API_SALES_ORDER_SRV": 5, "API_BILLING_DOCUMENT_SRV": 2, "API_BUSINESS_PARTNER": 5, "API_PRODUCT_SRV": 3}
    for service, count in names.items():
        client = pyodata.Client(f"{erp.url}{ROOT}/{service}", session)
        assert len(client.schema.entity_sets) == count
    billing = pyodata.Client(f"{erp.url}{ROOT}/API_BILLING_DOCUMENT_SRV", session)
    assert {each.name for each in billing.schema.function_imports} == {"Cancel", "GetPDF"}


def test_it_creates_and_reads_an_order_with_its_parts(client: Any, erp: Any) -> None:
    created = create(client, "006A")
    assert created.TotalNetAmount == "161.00"
    read = client.entity_sets.A_SalesOrder.get_entity(created.SalesOrder).expand("to_Item,to_Partner").execute()
    assert [each.NetAmount for each in read.to_Item] == ["161.00"]
    assert len(read.to_Partner) == 4
    assert read.SalesOrderDate == datetime.datetime(2026, 3, 15, tzinfo=datetime.UTC)
    (entry,) = erp.ledger()
    assert (entry["keys"]["PurchaseOrderByCustomer"], entry["date"], entry["total"]) == ("006A", "2026-03-15", "161.00")


def test_it_finds_orders_and_pages(client: Any) -> None:
    for deal in ("1", "2", "3"):
        create(client, deal)
    orders = client.entity_sets.A_SalesOrder
    request = orders.get_entities().select("SalesOrder,PurchaseOrderByCustomer")
    found = request.filter(request.PurchaseOrderByCustomer == "2").execute()
    assert [each.PurchaseOrderByCustomer for each in found] == ["2"]
    page = orders.get_entities().order_by("SalesOrder desc").top(2).count(inline=True).execute()
    assert ([each.PurchaseOrderByCustomer for each in page], page.total_count) == (["3", "2"], 3)
    request = orders.get_entities()
    both = GetEntitySetFilter.or_(request.PurchaseOrderByCustomer == "1", request.PurchaseOrderByCustomer == "3")
    assert len(request.filter(both).execute()) == 2


def test_a_change_with_a_stale_etag_is_refused(client: Any, session: requests.Session) -> None:
    created = create(client, "006A")
    orders = client.entity_sets.A_SalesOrder
    with pytest.raises(HttpError) as refused:
        orders.update_entity(created.SalesOrder, method="PATCH").set(AssignmentReference="x").execute()
    assert refused.value.response.status_code == 428
    etag = orders.get_entity(created.SalesOrder).execute().etag
    session.headers["if-match"] = etag
    orders.update_entity(created.SalesOrder, method="PATCH").set(AssignmentReference="x").execute()
    with pytest.raises(HttpError) as refused:
        orders.update_entity(created.SalesOrder, method="PATCH").set(AssignmentReference="y").execute()
    assert refused.value.response.status_code == 412


def test_a_change_set_is_sent_and_taken_back_as_a_whole(client: Any, erp: Any) -> None:
    orders = client.entity_sets.A_SalesOrder
    batch, changes = client.create_batch("batch"), client.create_changeset("changes")
    changes.add_request(orders.create_entity().set(**order("1")))
    changes.add_request(orders.create_entity().set(**order("2", SoldToParty="4711")))
    batch.add_request(changes)
    with pytest.raises(HttpError):
        batch.execute()
    assert erp.ledger() == []


def test_what_is_refused_has_the_systems_text(client: Any) -> None:
    with pytest.raises(HttpError) as refused:
        create(client, "006A", SoldToParty="4711")
    document = refused.value.response.json()
    assert document["error"]["message"]["value"] == "Customer 4711 is not defined for the sales area 1010 10 00"


def test_a_write_without_its_token_is_refused(client: Any, session: requests.Session, erp: Any) -> None:
    erp.inject("expire_csrf")
    with pytest.raises(HttpError) as refused:
        create(client, "006A")
    assert refused.value.response.status_code == 403
    assert refused.value.response.headers["x-csrf-token"] == "Required"
    reply = session.get(f"{erp.url}{ROOT}/API_SALES_ORDER_SRV/", headers={"x-csrf-token": "Fetch"})
    session.headers["x-csrf-token"] = reply.headers["x-csrf-token"]
    assert create(client, "006A").SalesOrder == "30000001"


def test_it_cancels_a_billing_document(erp: Any, session: requests.Session) -> None:
    number = erp.billed()["BillingDocument"]
    client = pyodata.Client(f"{erp.url}{ROOT}/API_BILLING_DOCUMENT_SRV", session)
    client.functions.Cancel.parameter("BillingDocument", number).execute()
    document = client.entity_sets.A_BillingDocument.get_entity(number).execute()
    assert document.BillingDocumentIsCancelled is True


def test_it_finds_a_customer_by_its_id_in_the_crm(erp: Any, session: requests.Session) -> None:
    client = pyodata.Client(f"{erp.url}{ROOT}/API_BUSINESS_PARTNER", session)
    request = client.entity_sets.A_BusinessPartner.get_entities()
    (found,) = request.filter(request.BusinessPartnerIDByExtSystem == "001aB").execute()
    assert found.Customer == ACME
