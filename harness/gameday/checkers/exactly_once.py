"""Every deal is in the ERP exactly once, with the right content."""

from __future__ import annotations

import math
from typing import Literal

from gameday.analysis.after_fix import counts_from_s
from gameday.analysis.findings import at_limit, failed, inconclusive, listed, passed, tally
from gameday.analysis.reconcile import OrderOutcome, reconcile
from gameday.base.counts import every, plural
from gameday.base.durations import words
from gameday.model.checker import Case, Verdict, checkers

NAME = "exactly once"


@checkers.register(NAME)
def exactly_once(case: Case, within_s: float | str, after: Literal["fix", "closing"] = "fix") -> Verdict:
    """Every deal has exactly one right order within a time of the fix, or of its closing.

    For a deal that was closed or changed after the fix the time starts then; so it does for one that was right until
    the ERP carried out a write that a fault had held back, unless it was too late before. A deal that is not in the ERP
    when the ledgers are compared counts as missing, even if it has time left.
    """
    found = reconcile(case)
    if not found.outcomes:
        return inconclusive(NAME, "no deal was closed")
    limit_s = float(within_s)
    over_s = {
        o.deal: o.ordered_s - (counts_from_s(case, o, limit_s) if after == "fix" else o.changed_s) - limit_s
        for o in found.outcomes
        if o.ordered_s is not None
    }
    margin_s = case.margin_s
    bad = [o for o in found.outcomes if over_s.get(o.deal, math.inf) > margin_s]
    close = [deal for deal, late_s in over_s.items() if 0 < late_s <= margin_s]
    span = f"within {words(limit_s)} of the {after}"
    if not bad and not found.orphans and not found.strays:
        return passed(
            NAME,
            f"{every(len(found.outcomes), 'deal', verb='is')} in the ERP exactly once {span}{at_limit(close)}",
            at_limit=close,
        )
    orphans = [entry.id for entry in found.orphans]
    parts = [_summary(bad, span)] if bad else []
    if orphans:
        parts.append(f"{plural(len(orphans), 'order', verb='belongs')} to no deal")
    if found.strays:
        parts.append(listed([stray.words for stray in found.strays]))
    others = [*orphans, *(stray.id for stray in found.strays)]
    return failed(NAME, "; ".join(parts), bad, others=others, orphans=orphans)


def _summary(bad: list[OrderOutcome], span: str) -> str:
    return f"{plural(len(bad), 'deal', verb='is')} not in the ERP exactly once {span}: {tally(bad)}"
