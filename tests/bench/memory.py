"""Measures the memory of fakes that hold many records: the deals of a CRM with their lines, and their orders in an ERP.

    python tests/bench/memory.py [--deals N]

In one process, as the fakes are served. Each deal is won by the business operation (a record and two lines), and is
written to the ERP as an order and its invoice: five records, so 100,000 deals are 500,000 records. Printed are the
resident size, what a deal takes, and the size again once queries have read both systems into the engine. Exits with 1
if the first is over 1 GiB.
"""

from __future__ import annotations

import argparse
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from gameday_fakes.fake_set import FakeSet
from gameday_fakes.netsuite.invoicing import InvoiceWriter
from gameday_fakes.netsuite.orders import SalesOrderWriter
from gameday_fakes.registry import kinds_in

TARGET_MIB = 1024
PER_DEAL = 5
CATALOG = {
    "accounts": [{"key": "A-1", "name": "Northwind", "currency": "USD"}],
    "products": [{"sku": f"SKU-{number}", "prices": {"USD": "5"}} for number in (1, 2)],
}


def resident_mib() -> float:
    """The resident size of this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def win(crm: Any, number: int) -> str:
    """Win a deal of two lines; its id."""
    lines = [{"sku": f"SKU-{n}", "quantity": "2", "unit_price": "5", "amount": "10"} for n in (1, 2)]
    value = {"account": "A-1", "currency": "USD", "close_date": "2026-06-30", "amount": "20", "lines": lines}
    id_: str = crm.operate("close_deal", f"D-{number}", value)["id"]
    return id_


def book(erp: Any, deal: str) -> None:
    """Write its order, and bill it."""
    lines = [{"item": {"externalId": f"SKU-{n}"}, "quantity": 2, "rate": Decimal(5), "amount": 10} for n in (1, 2)]
    customer = next(iter(erp.store.records["customer"]))
    body = {"entity": {"id": customer}, "externalId": deal, "otherRefNum": deal, "item": {"items": lines}}
    InvoiceWriter(erp.store).transform(SalesOrderWriter(erp.store).create(body), {})


def main() -> int:
    """Fill both and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=100_000)
    deals = parser.parse_args().deals
    kinds = kinds_in("", {})
    fakes = FakeSet({name: kinds[name] for name in ("salesforce", "netsuite")}).fakes
    crm: Any = fakes["salesforce"]
    erp: Any = fakes["netsuite"]
    for fake in (crm, erp):
        fake.operate("seed", "", CATALOG)
    empty, began_s = resident_mib(), time.process_time()
    for number in range(deals):
        book(erp, win(crm, number))
    filled, took_s = resident_mib(), time.process_time() - began_s
    queried = filled
    if deals:
        crm.run_query("SELECT COUNT() FROM OpportunityLineItem WHERE Quantity > 1", "v60.0", with_deleted=False)
        crm.run_query("SELECT COUNT() FROM Opportunity WHERE Amount > 1", "v60.0", with_deleted=False)
        queried = resident_mib()
    sys.stdout.write(
        f"{deals * PER_DEAL:,} records: {filled:,.0f} MiB ({(filled - empty) * 1024 / max(deals, 1):.1f} KiB a deal), "
        f"{queried:,.0f} MiB with the CRM's in the engine of queries; filled in {took_s:.0f} s of processor time\n"
    )
    return int(filled > TARGET_MIB)


if __name__ == "__main__":
    sys.exit(main())
