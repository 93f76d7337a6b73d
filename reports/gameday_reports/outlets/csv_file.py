"""One row for each deal, for a spreadsheet; as Parquet where the file's name ends with ``.parquet``."""

from __future__ import annotations

import csv
import importlib
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from gameday.base.errors import GamedayError
from gameday_reports.outlet import Outlet, outlets
from gameday_reports.recorded import RecordedRun
from gameday_reports.wire import for_csv, visible

#: Of an amount in Parquet; more are not known to every reader.
DIGITS = 38


class Row(NamedTuple):
    """A deal. ``minutes_late`` are scenario minutes, of a late deal only; ``reported`` is None if it is not affected.

    ``run_result`` is the result of the run: an inconclusive one shows no loss.
    """

    deal: str
    end_state: str
    currency: str
    amount: Decimal
    minutes_late: float | None
    reported: bool | None
    run_result: str


def rows(run: RecordedRun) -> Iterator[Row]:
    """Every deal of the run, in the CRM's order."""
    for deal in run.reconciliation.outcomes:
        late = round(deal.late_s / 60, 2) if deal.state == "late" else None
        reported = deal.reported if deal.affected else None
        yield Row(deal.deal, deal.state, deal.currency, deal.amount, late, reported, run.result.word)


def as_csv(run: RecordedRun) -> str:
    """The table with its header; no cell is a formula, and an empty one is one without a value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Row._fields)
    writer.writerows([_cell(value) for value in row] for row in rows(run))
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else for_csv(value)


def as_parquet(run: RecordedRun) -> bytes:
    """The same table; amounts are decimals. Raises GamedayError without pyarrow."""
    try:
        # It has no type information and is an optional dependency.
        pa: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise GamedayError("cannot write Parquet: pyarrow is missing", hint="pip install pyarrow") from None
    found = list(rows(run))
    file = io.BytesIO()
    try:
        parquet.write_table(pa.table({name: _column(pa, name, found) for name in Row._fields}), file)
    except pa.ArrowInvalid:
        raise GamedayError(f"cannot write Parquet: an amount has more than {DIGITS} digits", hint="use CSV") from None
    return file.getvalue()


def _column(pa: Any, name: str, found: Sequence[Row]) -> Any:
    # The fraction of every amount is as long as the longest that occurs.
    exponents = [row.amount.as_tuple().exponent for row in found]
    scale = max([2, *(-exponent for exponent in exponents if isinstance(exponent, int))])
    kinds = {"amount": pa.decimal128(DIGITS, min(scale, DIGITS)), "minutes_late": pa.float64(), "reported": pa.bool_()}
    values = [getattr(row, name) for row in found]
    return pa.array([visible(v) if isinstance(v, str) else v for v in values], kinds.get(name, pa.string()))


csv_file = outlets.register("csv")(Outlet(as_csv, {".parquet": as_parquet}, reconciled=lambda found: found.table))
