"""Measures the reconciliation of two large exports in which one order in a thousand is wrong.

    python tests/bench/reconcile.py [--orders N] [--lines N] [--form parquet|csv] [--invoices] [--judge] [--no-join]
                                    [--peers FOLDER] [--keep FOLDER]

DuckDB makes the exports: deals and orders with id, customer, currency, total, date and status, and with so many lines
each. Missing, extra and duplicated orders, and those of another total, date or customer, are planted. Each row of the
table is a process of its own: reading every column of both files with DuckDB (the scan), joining the two with one
statement of SQL (a peer, which knows neither tolerances nor duplicates; none with ``--no-join``), the same join by
polars and pandas, and the command. These two are measured with ``--peers``, a folder for an environment of their own,
into which pip installs them. ``--invoices`` makes a file of an invoice for each order. Wall time, processor time
and the largest memory are those of the process. Exits with 1 if a planted difference is not found or one too many is,
if the command takes more memory than TARGET_MIB, or at 10 million orders without lines more than TARGET_S of processor
time for each processor beside the scan. ``--judge`` has the judge read every document instead.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import NamedTuple

TARGET_MIB, TARGET_S, AT_ORDERS = 1024, 6.0, 10_000_000
_TOTAL = "CAST(hash(i, 't') % 10000000 AS BIGINT) * 0.01::DECIMAL(4, 2) + 1"
_DATE = "DATE '2026-01-01' + CAST(hash(i, 'd') % 365 AS INTEGER)"
_CURRENCY = "list_extract(['USD', 'EUR', 'GBP'], CAST(1 + hash(i, 'c') % 3 AS BIGINT))"
#: Of the planted ones, what is wrong with each: missing, twice, total, date, customer, or the order is of no deal.
_KIND = "CASE WHEN hash(i, 'p') % 1000 = 0 THEN 1 + CAST(hash(i, 'k') % 6 AS INTEGER) ELSE 0 END"
_BASE = f"""
    SELECT i, '006' || lpad(CAST(i AS VARCHAR), 15, '0') AS deal,
    '001' || lpad(CAST(hash(i) % 100000 AS VARCHAR), 15, '0') AS account,
    {_CURRENCY} AS currency, {_TOTAL} AS total, {_DATE} AS day, {_KIND} AS kind FROM range({{orders}}) t(i)
"""
_CRM = """
    SELECT deal AS "Id", account AS "AccountId", currency AS "CurrencyIsoCode", total AS "Amount", day AS "CloseDate",
    'Closed Won' AS "StageName" {items} FROM {base}
"""
_CRM_LINE = """, 'SKU-' || n AS "OpportunityLineItem.PricebookEntry.ProductCode",
    n + 1 AS "OpportunityLineItem.Quantity", 9.5::DECIMAL(9, 2) AS "OpportunityLineItem.UnitPrice" """
_ERP = """
    SELECT {id} AS id, CASE WHEN kind = 6 THEN 'X' ELSE '' END || deal AS "otherRefNum",
    CASE WHEN kind = 5 THEN 'X' ELSE '' END || account AS entity, currency,
    total + CASE WHEN kind = 3 THEN 0.01 ELSE 0 END AS total, day + CASE WHEN kind = 4 THEN 1 ELSE 0 END AS "tranDate",
    'Billed' AS status {items} FROM {base} WHERE kind <> 1 {more}
"""
_ERP_LINE = """, 'SKU-' || n AS "salesOrder.item.item", n + 1 AS "salesOrder.item.quantity",
    9.5::DECIMAL(9, 2) AS "salesOrder.item.rate" """


_BILL = """
    SELECT 'INV-' || i AS id, CAST(i AS VARCHAR) AS "createdFrom", CASE WHEN kind = 5 THEN 'X' ELSE '' END || account
    AS entity, currency, total + CASE WHEN kind = 3 THEN 0.01 ELSE 0 END AS total,
    day + CASE WHEN kind = 4 THEN 1 ELSE 0 END AS "tranDate",
    strftime(day + CASE WHEN kind = 4 THEN 1 ELSE 0 END, '%b %Y') AS "postingPeriod" FROM base WHERE kind <> 1
"""
_LEFT, _RIGHT = "['Id', 'AccountId', 'CurrencyIsoCode', 'Amount', 'CloseDate']", "['otherRefNum', 'entity', 'currency']"
_PEERS = {
    "polars": f"""
import sys, polars as pl
crm, erp = (pl.scan_parquet(path) for path in sys.argv[1:])
both = crm.select({_LEFT}).join(erp.drop('id', 'status'), left_on='Id', right_on='otherRefNum', how='full')
differ = pl.any_horizontal(pl.col('Id').is_null(), pl.col('otherRefNum').is_null(),
    *(pl.col(a) != pl.col(b) for a, b in zip({_LEFT}[1:], {_RIGHT}[1:] + ['total', 'tranDate'])))
print(both.filter(differ).select(pl.len()).collect(engine='streaming').item())
""",
    "pandas": f"""
import sys, pandas as pd
crm, erp = (pd.read_parquet(path, dtype_backend='pyarrow') for path in sys.argv[1:])
both = crm[{_LEFT}].merge(erp, left_on='Id', right_on='otherRefNum', how='outer')
differ = both.Id.isna() | both.otherRefNum.isna()
for a, b in zip({_LEFT}[1:], {_RIGHT}[1:] + ['total', 'tranDate']):
    differ |= (both[a] != both[b]).fillna(True)
print(int(differ.sum()))
""",
}


class Used(NamedTuple):
    """What a process used, and what it printed."""

    wall_s: float
    processor_s: float
    mib: float
    output: str
    code: int


def make(folder: Path, orders: int, lines: int, form: str, *, invoices: bool = False) -> int:
    """Make the exports; the number of planted differences (an order of no deal is one, and its deal lost another)."""
    import duckdb

    connection = duckdb.connect(config={"memory_limit": "1GB", "temp_directory": str(folder / "temp")})
    connection.execute(f"CREATE VIEW base AS {_BASE.format(orders=orders)}")
    # The lines of a document follow each other, which a join does not promise.
    base = f"(SELECT *, unnest(range({lines})) AS n FROM base)" if lines else "base"
    crm = _CRM.format(items=_CRM_LINE if lines else "", base=base)
    items = _ERP_LINE if lines else ""
    erp = _ERP.format(id="i", items=items, base=base, more="")
    again = _ERP.format(id="i + 1000000000000", items=items, base=base, more="AND kind = 2")
    options = "(FORMAT parquet)" if form == "parquet" else "(FORMAT csv, HEADER)"
    connection.execute(f"COPY ({crm}) TO '{folder}/crm.{form}' {options}")
    connection.execute(f"COPY ({erp} UNION ALL {again}) TO '{folder}/erp.{form}' {options}")
    if invoices:
        connection.execute(f"COPY ({_BILL}) TO '{folder}/bills.{form}' {options}")
    ((planted,),) = connection.execute(
        "SELECT coalesce(sum(CASE kind WHEN 0 THEN 0 WHEN 6 THEN 2 ELSE 1 END), 0) FROM base"
    ).fetchall()
    return int(planted)


def peers_python(folder: Path) -> Path:
    """The interpreter with the peers."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "polars", "pandas", "pyarrow"], check=True)
    return python


def used(words: list[str]) -> Used:
    """Run a command to its end."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(words, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        output = out.read().decode()
    wall_s = time.monotonic() - started
    return Used(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output, process.returncode)


def in_duckdb(folder: Path, *queries: str) -> Used:
    """What some queries use, in a process of their own with as many threads as there are processors."""
    setup = f"connection = duckdb.connect(config={{'memory_limit': '640MB', 'temp_directory': '{folder}/temp'}})"
    run = [f'print(connection.execute("""{query}""").fetchall())' for query in queries]
    return used([sys.executable, "-c", "\n".join(["import duckdb", setup, *run])])


def out(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def show(what: str, it: Used, note: str = "") -> None:
    """Print a row of the table."""
    out(f"{what:10} {it.wall_s:8.1f} {it.processor_s:10.1f} {it.mib:8.0f}  {note}")


def main() -> int:
    """Make the exports, measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=AT_ORDERS)
    parser.add_argument("--lines", type=int, default=0)
    parser.add_argument("--form", choices=("parquet", "csv"), default="parquet")
    parser.add_argument("--invoices", action="store_true")
    parser.add_argument("--judge", action="store_true")
    parser.add_argument("--no-join", action="store_true")
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        planted = make(folder, options.orders, options.lines, options.form, invoices=options.invoices)
        return measure(folder, options, planted)


def measure(folder: Path, options: argparse.Namespace, planted: int) -> int:
    """Print the table; 1 if something is missed."""
    crm, erp = (folder / f"{side}.{options.form}" for side in ("crm", "erp"))
    read = "read_parquet" if options.form == "parquet" else "read_csv"
    more = "" if options.form == "parquet" else ", all_varchar = true"
    out(f"{options.orders:,} orders, {options.lines} lines each, {planted:,} findings planted, {options.form}")
    out(f"{'':10} {'wall s':>8} {'processor s':>10} {'MiB':>7}")
    scan = in_duckdb(
        folder, *(f"SELECT bit_xor(hash(t)) FROM (SELECT * FROM {read}('{path}'{more})) t" for path in (crm, erp))
    )
    show("scan", scan)
    if not options.lines and not options.no_join:
        join = (
            f"SELECT count(*) FROM {read}('{crm}'{more}) c FULL JOIN {read}('{erp}'{more}) e ON c.Id = e.otherRefNum "
            "WHERE c.Id IS NULL OR e.otherRefNum IS NULL OR c.AccountId <> e.entity OR c.Amount <> e.total "
            "OR c.CurrencyIsoCode <> e.currency OR c.CloseDate <> e.tranDate"
        )
        show("join", in_duckdb(folder, join))
    if options.peers is not None and not options.lines:
        python = peers_python(options.peers)
        for name, program in _PEERS.items():
            peer = used([str(python), "-c", program, str(crm), str(erp)])
            show(name, peer, peer.output.strip())
    words = [sys.executable, "-c", _COMMAND if not options.judge else _JUDGE, "reconcile", str(crm), str(erp)]
    words += ["--invoices", str(folder / f"bills.{options.form}")] if options.invoices else []
    ours = used([*words, "--format", "json", "--out", str(folder / "out")])
    found = json.loads(ours.output)["findings"] if ours.code == 1 else -1
    show("reconcile", ours, f"{found:,} findings")
    processors = len(os.sched_getaffinity(0))
    beside_s = (ours.processor_s - scan.processor_s) / processors
    out(f"beside the scan, for each of {processors} processors: {beside_s:.1f} s")
    late = (
        options.orders == AT_ORDERS and not (options.lines or options.judge or options.invoices) and beside_s > TARGET_S
    )
    return int(found != planted or ours.mib > TARGET_MIB or late)


_COMMAND = "from gameday.cli import main; main()"
_JUDGE = f"from gameday.reconcile import reconciling; reconciling.LARGE_BYTES = 1 << 60; {_COMMAND}"


if __name__ == "__main__":
    sys.exit(main())
