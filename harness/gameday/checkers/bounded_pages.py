"""An incident pages people a few times, not a thousand times."""

from __future__ import annotations

from gameday.analysis.ending import ending
from gameday.analysis.findings import failed, inconclusive, passed
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import plural
from gameday.model.checker import Case, Verdict, checkers

NAME = "bounded pages"


@checkers.register(NAME)
def bounded_pages(case: Case) -> Verdict:
    """Pages stay within the contract's bound, by default 3 for each affected deal and 5 more; so do tickets."""
    found = reconcile(case)
    if not found.outcomes:
        return inconclusive(NAME, "no deal was closed")
    end = ending(case)
    affected = plural(len(found.affected), "affected deal")
    pages = f"{plural(end.pages, 'page')}; the bound is {end.page_limit:,} with {affected}"
    if end.tickets > end.ticket_limit:
        pages = f"{pages}; {plural(end.tickets, 'ticket')}, and the bound of tickets is {end.ticket_limit:,}"
    return failed(NAME, pages, found.affected) if end.stormed else passed(NAME, pages)
