"""The unmodified ``python-odata``, a client of version 4 that reads the metadata and makes its classes from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from odata import ODataService
from odata.exceptions import ODataError
from odata.flags import ODataServerFlags

from gameday_fakes.business_central.account import CREDENTIALS


@pytest.fixture
def service(erp: Any) -> Iterator[Any]:
    """The client, logged in, with the classes of the company."""
    with requests.Session() as session:
        session.headers["authorization"] = f"Bearer {erp.token}"
        root = f"{erp.root}/companies({CREDENTIALS['company']})/"
        flags = ODataServerFlags(skip_null_properties=True)
        yield ODataService(root, session=session, reflect_entities=True, quiet_progress=True, server_flags=flags)
    assert erp.events("unsupported") == []


def test_it_makes_its_classes_from_the_metadata(service: Any) -> None:
    assert {"salesOrders", "salesOrderLines", "customers"} <= service.entities.keys()
    order = service.entities["salesOrders"]
    assert {"externalDocumentNumber", "salesOrderLines", "customer"} <= set(dir(order))


def test_it_finds_records_by_filters_and_order(service: Any) -> None:
    currency = service.entities["currencies"]
    found = service.query(currency).filter(currency.code != "USD").order_by(currency.code.desc()).limit(2).all()
    assert [each.code for each in found] == ["SEK", "KWD"]
    customer = service.entities["customers"]
    assert service.query(customer).filter(customer.displayName.startswith("Bra")).first().number == "001BC"


def test_it_creates_an_order_with_its_lines(service: Any, erp: Any) -> None:
    order, line = service.entities["salesOrders"](), service.entities["salesOrderLines"]()
    order.externalDocumentNumber, order.customerNumber = "006A", "001AB"
    line.lineObjectNumber, line.quantity = "SAW-1", 2
    order.salesOrderLines = [line]
    service.save(order)
    assert order.number == "S-ORD101001"
    assert [entry["total"] for entry in erp.ledger()] == ["200.00"]


def test_what_is_refused_is_an_error_with_the_vendors_text(service: Any) -> None:
    order = service.entities["salesOrders"]()
    order.customerNumber = "NOSUCH"
    with pytest.raises(ODataError, match="sell-to customer cannot be found"):
        service.save(order)
