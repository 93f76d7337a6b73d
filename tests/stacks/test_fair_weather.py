"""As long as nothing goes wrong, every stack makes one right, invoiced order of every deal."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

pytestmark = pytest.mark.slow

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")


@pytest.mark.parametrize("stack", ["brittle", "durable", pytest.param("node", marks=needs_node)])
def test_every_deal_becomes_one_right_invoiced_order(world: Any, stack: str) -> None:
    world.start(stack)
    world.close_deals(50)
    world.settled()


@pytest.mark.parametrize("stack", ["brittle", "durable", pytest.param("node", marks=needs_node)])
def test_nobody_is_told_anything(world: Any, stack: str) -> None:
    world.start(stack)
    world.close_deals(30)
    world.settled()
    assert world.events("alert") == []
    assert world.events("ticket") == []


def test_amended_and_void_deals_change_their_orders(world: Any) -> None:
    world.start("durable")
    world.close_deals(9)
    world.settled()
    world.amend(0)
    world.amend(1)
    world.operate("salesforce", "void_deal", "deal-2", {})
    world.settled()


def test_the_orders_id_is_written_back(world: Any) -> None:
    world.start("durable")
    world.close_deals(5)
    world.settled()

    def written_back() -> bool:
        entries = world.get("/salesforce/ledger")["entries"]
        return all(entry["keys"].get("ERP_Order_Id__c") for entry in entries)

    world.until(written_back, "every deal knows its order")


def test_lineage_leads_from_deal_to_order_to_invoice(world: Any) -> None:
    world.start("durable")
    [deal] = world.close_deals(1)
    world.settled()
    lineage = world.until(
        lambda: (found := world.hook("GET", f"/lineage/{deal}"))["state"] == "done" and found, "the deal is done"
    )
    [order] = world.get("/netsuite/snapshot")["salesOrder"]
    assert lineage["order_id"] == order["id"]
    assert lineage["invoice_id"]
    assert order["custbody_correlation_id"] == lineage["correlation"]


def test_the_metrics_are_prometheus_text(world: Any) -> None:
    world.start("durable")
    world.close_deals(2)
    world.settled()
    assert 'sync_requests_total{system="erp",status="204"}' in world.hook("GET", "/metrics")


def test_a_test_alert_arrives(world: Any) -> None:
    world.start("durable")
    world.hook("POST", "/alerts/test")
    world.until(world.alerts, "the alert")
