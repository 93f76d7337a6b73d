"""The headers of an export are those of the contract's fields by other names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.contracts.odcs import load_contract
from gameday.records.headers import physical_names
from gameday.records.read import read_records
from gameday.records.record import Record

FIELDS = load_contract("closed-won-to-sales-order").crm_fields
LINE = "OpportunityLineItem"
EXPORT = """\
Opportunity ID;Opportunity Name;Account ID;Stage;Won;Amount;Currency;Close Date;Line ID;Product Code;Quantity;Sales Price;Total Price;Note
006A;Deal 1;001A;Closed Won;true;60,00;EUR;2026-06-30;00k1;SKU-1;2;20,00;40,00;x
006A;Deal 1;001A;Closed Won;true;60,00;EUR;2026-06-30;00k2;SKU-2;1;20,00;20,00;x
"""  # noqa: E501 - as exported


def test_an_export_is_read_as_records_of_the_contract(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(EXPORT)
    [found] = read_records(tmp_path / "export.csv", FIELDS)
    assert isinstance(found, Record)
    record = json.loads(found.data)
    assert record["Opportunity"] == {
        "Id": "006A", "Name": "Deal 1", "AccountId": "001A", "StageName": "Closed Won", "IsWon": True, "Amount": 60.0,
        "CurrencyIsoCode": "EUR", "CloseDate": "2026-06-30",
    }  # fmt: skip
    assert record[LINE][1] == {
        "Id": "00k2", "OpportunityId": "006A", "PricebookEntry": {"ProductCode": "SKU-2"}, "Quantity": 1,
        "UnitPrice": 20.0, "TotalPrice": 20.0,
    }  # fmt: skip


def test_headers_of_the_table_of_columns_come_first() -> None:
    headers = ["Deal No.", "Order ID", "Sum", "Amount"]
    found = physical_names(headers, FIELDS, {"order": "Deal No.", "amount": "Sum"}, Path("export.csv"))
    assert found == {"Deal No.": ("Opportunity.Id",), "Sum": (f"{LINE}.TotalPrice",)}


def test_physical_names_and_headers_of_nothing_are_left_alone() -> None:
    headers = ["Id", "Opportunity.CloseDate", "Close Date", "Anna Schmidt", f"{LINE}.Quantity", "Qty"]
    assert physical_names(headers, FIELDS, {}, Path("export.csv")) == {}


def test_a_column_that_the_file_lacks_is_one_line_that_shows_no_value() -> None:
    with pytest.raises(GamedayError, match=r"export\.csv has no column 'Deal No\.'") as refused:
        physical_names(["Anna Schmidt", "Total"], FIELDS, {"order": "Deal No."}, Path("export.csv"))
    assert "Anna" not in str(refused.value)


def test_the_table_of_another_file_keeps_none_with_physical_names_from_being_read() -> None:
    wanted = {"order": "Deal No.", "country": "Land"}
    assert physical_names(["Opportunity.Id", "Stage"], FIELDS, wanted, Path("x.csv")) == {
        "Stage": ("Opportunity.StageName",)
    }
    assert physical_names(["Deal No.", "Land"], FIELDS, wanted, Path("x.csv")) == {"Deal No.": ("Opportunity.Id",)}
