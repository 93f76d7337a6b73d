"""The state of the two ledgers at one moment, in the figures that are compared before and after a repair."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from gameday.analysis.reconcile import reconcile
from gameday.model.checker import Case
from gameday.scoring.repair_list import repair_list
from gameday.scoring.score import Scorecard, score


class LedgerState(msgspec.Struct, frozen=True):
    """Deals by end state, unreported deals, orphan orders, totals and the scorecard at one moment."""

    states: dict[str, int]
    unreported: int
    orphans: int
    to_repair: int
    #: The ERP's total minus the CRM's, by currency.
    differences: dict[str, Decimal]
    scorecard: Scorecard


def ledger_state(case: Case) -> LedgerState:
    """The state of the ledgers of a case; pure."""
    card = score(case)
    return LedgerState(
        states={state: tally.orders for state, tally in card.states.items()},
        unreported=card.unreported.orders,
        orphans=card.orphans,
        to_repair=len(repair_list(case)),
        differences={total.currency: total.difference for total in reconcile(case).totals},
        scorecard=card,
    )
