"""What a mismatched order lacks only because something kept it, or a change of its deal, from the ERP."""

from __future__ import annotations

from collections.abc import Sequence

from gameday.analysis.differences import Difference
from gameday_fakes.ledger import Entry, Invoice

#: The field in which an invoice differs of which credit memos took back more than all.
CREDITED = "invoice credit memos"


def is_pending(
    deal: Entry, live: Sequence[Entry], invoices: Sequence[Invoice], differences: Sequence[Difference]
) -> bool:
    """Whether a mismatched order lacks its invoice only, all its lines, or what the deal's last change made of it."""
    fields = [difference.field for difference in differences]
    if CREDITED in fields:
        return False
    lacks_lines = bool(live and deal.lines) and not any(order.lines for order in live)
    # What is wrong in its head as well was not only half written.
    lacks_lines = lacks_lines and all(field == "total" or field.startswith(("line ", "invoice")) for field in fields)
    if lacks_lines or any(order.changed_s < deal.changed_s for order in live):
        return True
    # The order is as it has to be, so it is the invoice that is missing or older than the deal's last change.
    of_invoice = all(field.startswith("invoice") for field in fields)
    return of_invoice and all(invoice.time_s < deal.changed_s for invoice in invoices)
