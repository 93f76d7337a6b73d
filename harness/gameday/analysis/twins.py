"""Records of which a ledger has several rows: no system has two records of one id, so such a ledger is not whole."""

from __future__ import annotations

from collections import Counter

from gameday.model.checker import Case


def twin_rows(case: Case) -> tuple[str, ...]:
    """The ids of which a ledger of the run, or of its control, has more than one row."""
    control = case.control_ledgers
    ledgers = (case.crm, case.erp, *((control.crm, control.erp) if control is not None else ()))
    tables = [
        [row.id for row in rows]
        for ledger in ledgers
        for rows in (ledger.entries, ledger.others, [bill for entry in ledger.entries for bill in entry.invoices])
    ]
    doubtful = (table for table in tables if len({*table}) < len(table))
    twins = (id_ for table in doubtful for id_, count in Counter(table).items() if count > 1)
    return tuple(dict.fromkeys(twins))
