"""Without a fault, every stack turns each deal into one correct, invoiced order."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.slow

needs_node = pytest.mark.needs("node")


@pytest.mark.parametrize("stack", ["brittle", "durable", pytest.param("node", marks=needs_node)])
def test_every_deal_becomes_one_correct_invoiced_order(fake_set: Any, stack: str) -> None:
    fake_set.start(stack)
    fake_set.close_deals(50)
    fake_set.settled()


@pytest.mark.parametrize("stack", ["brittle", "durable", pytest.param("node", marks=needs_node)])
def test_nobody_is_alerted(fake_set: Any, stack: str) -> None:
    # On a busy machine a deal may wait for seconds, which are soon the minutes after which a backlog is alerted.
    fake_set.start(stack, pace=5.0)
    fake_set.close_deals(30)
    fake_set.settled()
    assert fake_set.events("alert") == []
    assert fake_set.events("ticket") == []


@pytest.mark.parametrize("stack", ["durable", pytest.param("node", marks=needs_node)])
def test_amended_and_void_deals_change_their_orders(fake_set: Any, stack: str) -> None:
    fake_set.start(stack)
    fake_set.close_deals(9)
    fake_set.settled()
    fake_set.amend(0)
    fake_set.amend(1)
    fake_set.operate("salesforce", "void_deal", "deal-2", {})
    fake_set.settled()


def test_the_orders_id_is_written_back(fake_set: Any) -> None:
    fake_set.start("durable")
    fake_set.close_deals(5)
    fake_set.settled()

    def written_back() -> bool:
        entries = fake_set.get("/salesforce/ledger")["entries"]
        return all(entry["keys"].get("ERP_Order_Id__c") for entry in entries)

    fake_set.until(written_back, "every deal has its order's id")


@needs_node
def test_an_amended_deal_keeps_its_invoice_where_the_sync_changes_it(fake_set: Any) -> None:
    fake_set.start("node")
    fake_set.close_deals(1)
    fake_set.settled()
    [before] = fake_set.get("/netsuite/snapshot")["invoice"]
    fake_set.amend(0)
    fake_set.settled()
    [after] = fake_set.get("/netsuite/snapshot")["invoice"]
    assert before["id"] == after["id"]
    assert before["total"] != after["total"]


def test_lineage_leads_from_deal_to_order_to_invoice(fake_set: Any) -> None:
    fake_set.start("durable")
    [deal] = fake_set.close_deals(1)
    fake_set.settled()
    lineage = fake_set.until(
        lambda: (row := fake_set.hook("GET", f"/lineage/{deal}"))["state"] == "done" and row, "the deal is done"
    )
    [order] = fake_set.get("/netsuite/snapshot")["salesOrder"]
    assert lineage["order_id"] == order["id"]
    assert lineage["invoice_id"]
    assert order["custbody_correlation_id"] == lineage["correlation"]


def test_the_metrics_are_prometheus_text(fake_set: Any) -> None:
    fake_set.start("durable")
    fake_set.close_deals(2)
    fake_set.settled()
    assert 'sync_requests_total{system="erp",status="204"}' in fake_set.hook("GET", "/metrics")


def test_a_test_alert_arrives(fake_set: Any) -> None:
    fake_set.start("durable")
    fake_set.hook("POST", "/alerts/test")
    fake_set.until(fake_set.alerts, "the alert")
