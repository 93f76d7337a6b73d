"""Measures the query that reconciliations send: orders joined with their lines, over 10,000 orders of two lines.

    python tests/bench/queries.py [--orders N]

In process, without HTTP: the first query, which reads all records into the engine; the same query again; and the same
after a hundred orders have changed, which are read anew. The figures are milliseconds of processor time, the median of
several. Exits with 1 if the same query takes longer than 50 ms over 10,000 orders.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal

import msgspec

from gameday_fakes.clock import Clock
from gameday_fakes.netsuite.faults import StateFaults
from gameday_fakes.netsuite.models import Line, Order
from gameday_fakes.netsuite.seed import new_store
from gameday_fakes.netsuite.store import NetSuiteStore
from gameday_fakes.netsuite.suiteql_run import SuiteQL

TARGET_MS = 50
QUERIES = {
    "orders and lines": (
        "SELECT t.id, t.externalid, tl.item, tl.quantity, tl.netamount FROM transaction t "
        "JOIN transactionline tl ON tl.transaction = t.id WHERE t.type = 'SalesOrd' AND t.trandate >= '01/01/2026'"
    ),
    "orders and the sum of their lines": (
        "SELECT t.id, t.externalid, t.foreigntotal, SUM(tl.netamount) AS net FROM transaction t "
        "JOIN transactionline tl ON tl.transaction = t.id WHERE t.type = 'SalesOrd' "
        "GROUP BY t.id, t.externalid, t.foreigntotal"
    ),
    "one order by its external id": "SELECT id FROM transaction WHERE externalid = 'D-77'",
}


def fill(store: NetSuiteStore, orders: int) -> None:
    """Add orders of two lines."""
    for number in range(orders):
        lines = tuple(Line(n, str(n), Decimal(n), Decimal("9.99"), Decimal(number * n + 999) / 100) for n in (1, 2))
        store.put_order(
            Order(
                id=store.new_id(),
                customer="1",
                currency="1",
                subsidiary="1",
                date=f"2026-{number % 12 + 1:02}-10",
                time_s=0.0,
                changed_s=0.0,
                created_s=1.8e9 + number,
                modified_s=1.8e9 + number,
                external_id=f"D-{number}",
                lines=lines,
            )
        )


def timed(run: Callable[[], object]) -> float:
    """Milliseconds of processor time."""
    began = time.thread_time()
    run()
    return (time.thread_time() - began) * 1000


def main() -> int:
    """Run them all."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=10_000)
    orders = arguments.parse_args().orders
    clock = Clock()
    store = new_store(clock, StateFaults(lambda: 0, clock.now_s))
    fill(store, orders)
    slowest = 0.0
    for title, text in QUERIES.items():
        queries = SuiteQL(store)

        def run(text: str = text, queries: SuiteQL = queries) -> int:
            return queries.run(text, 1000, 0).total

        first = timed(run)
        again = statistics.median(timed(run) for _ in range(15))
        slowest = max(slowest, again)
        after = []
        for _ in range(5):
            for internal_id in list(store.orders)[:100]:
                store.put_order(msgspec.structs.replace(store.orders[internal_id], memo="changed"))
            after.append(timed(run))
        print(  # noqa: T201
            f"{title}: {run()} rows, first {first:.0f} ms, again {again:.1f} ms, "
            f"after a hundred changes {statistics.median(after):.1f} ms"
        )
    return int(slowest > TARGET_MS and orders <= 10_000)


if __name__ == "__main__":
    sys.exit(main())
