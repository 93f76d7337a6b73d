"""Records of the bundled flow, written by hand, and their contract."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from gameday.contracts.odcs import load_contract
from gameday.model.contract import Contract

Record = dict[str, Any]


def make_record(number: int, *, prices: tuple[str, ...] = ("10.00",), **fields: Any) -> Record:
    """The ``number``-th deal, one line for each price."""
    key = f"006Gd{number:010}"
    lines = [
        {
            "Id": f"00kGd{number:07}{index:03}",
            "OpportunityId": key,
            "PricebookEntry": {"ProductCode": f"SKU-{index}"},
            "Quantity": 1,
            "UnitPrice": Decimal(price),
            "TotalPrice": Decimal(price),
        }
        for index, price in enumerate(prices)
    ]
    opportunity = {
        "Id": key,
        "Name": f"Northwind {number}",
        "AccountId": "0015g00000AbCdE",
        "StageName": "Closed Won",
        "IsWon": True,
        "Amount": sum(map(Decimal, prices), Decimal(0)),
        "CurrencyIsoCode": "EUR",
        "CloseDate": "2024-03-31",
        "SystemModstamp": "2024-03-31T10:00:00.000+0000",
        **fields,
    }
    return {"Opportunity": opportunity, "OpportunityLineItem": lines}


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The bundled flow's contract."""
    return load_contract("closed-won-to-sales-order")


@pytest.fixture(scope="session")
def new_record() -> Callable[..., Record]:
    """Makes records."""
    return make_record
