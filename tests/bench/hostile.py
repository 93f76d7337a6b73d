"""Measures queries that nobody sends who wants an answer: each has to end within 0.3 s of processor time.

    python tests/bench/hostile.py [--records N]

In process, without HTTP, over so many orders of two lines and so many opportunities with one, which the engine has read
before. Reading the query, translating it, running it and writing its rows count. Prints those above 0.1 s, and the
slowest of each language. Exits with 1 if one takes longer than 0.3 s.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from queries import fill

sys.path.insert(0, str(Path(__file__).parents[1]))

from gameday_fakes.clock import Clock
from gameday_fakes.netsuite.faults import StateFaults
from gameday_fakes.netsuite.seed import new_store
from gameday_fakes.netsuite.suiteql_run import Refusal, SuiteQL
from support.hostile_queries import SOQL, SUITEQL
from support.served import CATALOG, DEAL, Served

TARGET_S, SHOWN_S = 0.3, 0.1


def main() -> int:
    """Measure them all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000)
    records = parser.parse_args().records
    slowest = max(measured("SuiteQL", suiteql(records), SUITEQL), measured("SOQL", soql(records), SOQL))
    return int(slowest > TARGET_S)


def measured(language: str, run: Callable[[str], str], queries: Mapping[str, str]) -> float:
    """The processor time of the slowest (seconds)."""
    took = {}
    for title, text in queries.items():
        began = time.process_time()
        said = run(text)
        took[title] = time.process_time() - began
        if took[title] > SHOWN_S:
            sys.stdout.write(f"{took[title]:6.3f} s  {language}: {title}: {said}\n")
    title = max(took, key=took.__getitem__)
    sys.stdout.write(f"{language}: {len(took)} queries, the slowest {took[title]:.3f} s: {title}\n")
    return took[title]


def suiteql(records: int) -> Callable[[str], str]:
    """Runs SuiteQL over so many orders."""
    clock = Clock()
    store = new_store(clock, StateFaults(lambda: 0, clock.now_s))
    fill(store, records)
    queries = SuiteQL(store)
    columns = "a.id, a.memo, a.foreigntotal, a.trandate"
    queries.run(f"SELECT {columns}, b.id, b.item, b.netamount, b.rate FROM transaction a JOIN transactionline b "
                "ON b.transaction = a.id", 10, 0)  # fmt: skip

    def run(text: str) -> str:
        try:
            return f"{queries.run(text, 1000, 0).total} rows"
        except Refusal as refusal:
            return str(refusal)[:80]

    return run


def soql(records: int) -> Callable[[str], str]:
    """Runs SOQL over so many opportunities."""
    served = Served("salesforce")
    served.fake.operate("seed", "", CATALOG)
    for number in range(records):
        served.fake.operate("close_deal", f"D-{number}", DEAL)

    def run(text: str) -> str:
        reply = served.soql(text)
        return str(reply)[:80]

    run("SELECT Id, Name, Amount, CloseDate, Account.Owner.Name FROM Opportunity")
    run("SELECT Id, Quantity, PricebookEntry.Product2.Name, OpportunityId FROM OpportunityLineItem")
    return run


if __name__ == "__main__":
    sys.exit(main())
