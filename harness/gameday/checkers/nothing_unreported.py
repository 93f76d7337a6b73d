"""No lost, duplicated or mismatched deal goes unreported."""

from __future__ import annotations

from gameday.analysis.alerts import unreported_orphans, unreported_strays
from gameday.analysis.findings import failed, inconclusive, listed, passed, tally
from gameday.analysis.reconcile import reconcile
from gameday.base.counts import every, out_of, plural
from gameday.model.checker import Case, Verdict, checkers

NAME = "nothing unreported"


@checkers.register(NAME)
def nothing_unreported(case: Case) -> Verdict:
    """Every deal that is lost, duplicated or mismatched was reported by an open and precise signal about this harm."""
    found = reconcile(case)
    if not found.outcomes:
        return inconclusive(NAME, "no deal was closed")
    bad = [o for o in found.outcomes if o.unreported]
    orphans = [entry.id for entry in unreported_orphans(case)]
    strays = unreported_strays(case)
    if not bad and not orphans and not strays:
        wrong = sum(o.unreconciled for o in found.outcomes)
        reported = (
            f"{out_of(wrong, len(found.outcomes), 'deal', verb='is')} not reconciled, and each of them was reported"
        )
        return passed(NAME, reported if wrong else f"{every(len(found.outcomes), 'deal', verb='is')} reconciled")
    parts = [f"{plural(len(bad), 'deal', verb='is')} unreported: {tally(bad)}"] if bad else []
    if orphans:
        parts.append(f"{plural(len(orphans), 'orphan order', verb='is')} unreported")
    if strays:
        parts.append(f"unreported: {listed([stray.words for stray in strays])}")
    return failed(NAME, "; ".join(parts), bad, others=[*orphans, *(stray.id for stray in strays)])
