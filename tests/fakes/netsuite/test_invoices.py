"""Invoices: made from orders, refused in a closed period, and made again if asked again."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import Any

import pytest


def test_an_order_is_transformed_to_an_invoice(erp: Any) -> None:
    erp.put_order()
    reply = erp.invoice_order()
    assert reply.status_code == 204
    invoice = erp.call("GET", f"/record/v1/invoice/{reply.headers['location'].rpartition('/')[2]}").json()
    assert (invoice["total"], invoice["createdFrom"]["id"]) == (200.0, erp.ledger()[0]["id"])


def test_transforming_again_makes_another_invoice(erp: Any) -> None:
    erp.put_order()
    assert [erp.invoice_order().status_code for _ in range(2)] == [204, 204]
    assert [invoice["total"] for invoice in erp.ledger()[0]["invoices"]] == ["200.00", "200.00"]


def test_a_known_external_id_refuses_a_second_invoice(erp: Any) -> None:
    erp.put_order()
    assert [erp.invoice_order(body={"externalId": "INV-006X"}).status_code for _ in range(2)] == [204, 400]
    assert len(erp.ledger()[0]["invoices"]) == 1


def test_an_invoice_posts_into_the_month_of_its_order(erp: Any) -> None:
    erp.put_order()
    erp.invoice_order()
    assert erp.ledger()[0]["invoices"][0]["period"] == "2026-03"


def test_an_invoice_posts_into_the_month_of_its_own_date(erp: Any) -> None:
    erp.put_order()
    erp.invoice_order(body={"tranDate": "2026-04-01"})
    assert erp.ledger()[0]["invoices"][0]["period"] == "2026-04"


def test_part_of_an_order_can_be_invoiced(erp: Any) -> None:
    erp.put_order()
    erp.invoice_order(body={"item": {"items": [{"orderLine": 1, "quantity": 1}]}})
    assert erp.ledger()[0]["invoices"][0]["total"] == "100.00"


@pytest.mark.parametrize("status", ["A", "C", "H"])
def test_an_order_that_is_not_approved_or_is_closed_is_not_invoiced(erp: Any, status: str) -> None:
    erp.put_order(orderStatus={"id": status})
    assert erp.invoice_order().status_code == 400


def test_in_a_closed_period_the_order_is_fine_and_the_invoice_is_refused(erp: Any) -> None:
    erp.operate("close_period", {"period": "2026-03"})
    assert erp.put_order().status_code == 204
    reply = erp.invoice_order()
    detail = reply.json()["o:errorDetails"][0]
    assert (reply.status_code, detail["o:errorCode"]) == (400, "USER_ERROR")
    assert "period 2026-03 is closed" in detail["detail"]


def test_a_reopened_period_takes_the_invoice(erp: Any) -> None:
    erp.put_order()
    erp.operate("close_period", {"period": "2026-03"})
    erp.operate("open_period", {"period": "2026-03"})
    assert erp.invoice_order().status_code == 204


def test_another_period_stays_open(erp: Any) -> None:
    erp.put_order()
    erp.operate("close_period", {"period": "2026-03"})
    assert erp.invoice_order(body={"tranDate": "2026-04-01"}).status_code == 204


def test_an_accounting_period_says_whether_it_is_closed(erp: Any) -> None:
    erp.operate("close_period", {"period": "2026-03"})
    rows = erp.query("SELECT periodname, closed FROM accountingperiod WHERE periodname IN ('Mar 2026', 'Apr 2026')")
    assert {row["periodname"]: row["closed"] for row in rows} == {"Mar 2026": "T", "Apr 2026": "F"}


def test_an_invoice_is_recorded_under_its_deal(erp: Any) -> None:
    erp.put_order()
    erp.invoice_order()
    [event] = erp.events("invoice_write")
    assert (event["outcome"], event["value"]["deal"], event["value"]["total"]) == ("ok", "006X", "200.00")


def test_an_invoiced_order_cannot_be_deleted(erp: Any) -> None:
    erp.put_order()
    erp.invoice_order()
    assert erp.call("DELETE", "/record/v1/salesOrder/eid:006X").status_code == 400


def test_an_invoice_of_which_the_ledger_states_a_further_field_can_be_deleted(erp: Any) -> None:
    erp.configure(ledger_fields=["invoice.memo"]).raise_for_status()
    erp.put_order()
    invoice = erp.invoice_order().headers["location"].rpartition("/")[2]
    assert erp.call("DELETE", f"/record/v1/invoice/{invoice}").status_code == 204
    (deleted,) = [event["value"] for event in erp.events("invoice_write") if event["value"].get("state") == "deleted"]
    assert deleted["invoice"] == invoice


def test_a_deleted_invoice_is_gone(erp: Any) -> None:
    erp.put_order()
    location = erp.invoice_order().headers["location"]
    assert erp.call("DELETE", f"/record/v1/invoice/{location.rpartition('/')[2]}").status_code == 204
    assert "invoices" not in erp.ledger()[0]


def test_an_invoice_can_be_upserted_from_its_order(erp: Any) -> None:
    erp.put_order()
    body = {"createdFrom": {"externalId": "006X"}}
    assert [erp.call("PUT", "/record/v1/invoice/eid:I-1", body).status_code for _ in range(2)] == [204, 204]
    assert len(erp.ledger()[0]["invoices"]) == 1


# -- in the ledger -----------------------------------------------------------------------------------


def test_the_ledger_states_an_invoice_as_it_is(erp: Any) -> None:
    erp.put_order()
    erp.invoice_order(body={"tranDate": "2026-04-01", "item": {"items": [{"orderLine": 1, "quantity": 1}]}})
    [invoice] = erp.ledger()[0]["invoices"]
    assert (invoice["date"], invoice["period"], invoice["customer"]) == ("2026-04-01", "2026-04", "001A")
    assert invoice["lines"] == [{"sku": "SAW-1", "quantity": "1", "unit_price": "100.00", "amount": "100.00"}]


def test_the_ledger_states_the_fields_by_which_a_customer_is_matched(erp: Any) -> None:
    customers = erp.customers()
    keys = {name: customers["001A"][name] for name in ("externalId", "entityId", "custentity_crm_account_id")}
    assert keys == {"externalId": "001A", "entityId": "acme", "custentity_crm_account_id": "001A"}


def test_an_order_without_a_date_has_todays_in_the_accounts_time_zone(erp: Any) -> None:
    days = set()
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        erp.configure(time_zone=zone).raise_for_status()
        erp.put_order(zone.replace("/", "_"), tranDate=None)
        today = datetime.datetime.now(zoneinfo.ZoneInfo(zone)).date().isoformat()
        assert erp.ledger()[-1]["date"] == today
        days.add(today)
    # The two zones are 25 hours apart.
    assert len(days) == 2


# -- changed -----------------------------------------------------------------------------------------


def invoiced(erp: Any) -> str:
    """An invoice of an order of two saws; returns its path."""
    erp.put_order()
    return f"/record/v1/invoice/{erp.invoice_order().headers['location'].rpartition('/')[2]}"


def test_an_invoice_can_be_changed_line_by_line(erp: Any) -> None:
    path = invoiced(erp)
    assert erp.call("PATCH", path, {"item": {"items": [{"line": 1, "quantity": 5}]}}).status_code == 204
    [invoice] = erp.ledger()[0]["invoices"]
    assert (invoice["total"], invoice["lines"][0]["quantity"]) == ("500.00", "5")
    assert [event["value"]["total"] for event in erp.events("invoice_write")] == ["200.00", "500.00"]


def test_a_changed_date_moves_an_invoice_to_another_period(erp: Any) -> None:
    assert erp.call("PATCH", invoiced(erp), {"tranDate": "2026-04-02"}).status_code == 204
    [invoice] = erp.ledger()[0]["invoices"]
    assert (invoice["date"], invoice["period"]) == ("2026-04-02", "2026-04")


@pytest.mark.parametrize("closed", ["2026-03", "2026-04"])
def test_an_invoice_leaves_and_enters_no_closed_period(erp: Any, closed: str) -> None:
    path = invoiced(erp)
    erp.operate("close_period", {"period": closed})
    assert erp.call("PATCH", path, {"tranDate": "2026-04-02"}).status_code == 400
    assert erp.call("PATCH", path, {"memo": "x"}).status_code == 204
    assert erp.ledger()[0]["invoices"][0]["date"] == "2026-03-15"
