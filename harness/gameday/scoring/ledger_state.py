"""What the two ledgers say at one moment, in the figures that are compared before and after a repair."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from gameday.analysis.reconcile import reconcile
from gameday.model.checker import Case
from gameday.scoring.repair_list import repair_list
from gameday.scoring.score import Scorecard, score


class LedgerState(msgspec.Struct, frozen=True):
    """What the two ledgers say at one moment: deals by end state, silent and orphaned ones, totals, the scorecard."""

    states: dict[str, int]
    unreported: int
    orphans: int
    to_repair: int
    #: By currency, what the ERP has less what the CRM has.
    differences: dict[str, Decimal]
    scorecard: Scorecard


def ledger_state(case: Case) -> LedgerState:
    """What the ledgers of a case say; pure."""
    card = score(case)
    return LedgerState(
        states={state: tally.orders for state, tally in card.states.items()},
        unreported=card.unreported.orders,
        orphans=card.orphans,
        to_repair=len(repair_list(case)),
        differences={total.currency: total.difference for total in reconcile(case).totals},
        scorecard=card,
    )
