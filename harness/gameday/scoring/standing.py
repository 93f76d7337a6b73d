"""What the two ledgers say at one moment, in the figures that are compared before and after a repair."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from gameday.model.checker import Case
from gameday.analysis.reconcile import reconcile
from gameday.scoring.score import Scorecard, score
from gameday.scoring.repair_list import repair_list


class Standing(msgspec.Struct, frozen=True):
    """What the two ledgers say at one moment: deals by end state, silent and orphaned ones, totals, the scorecard."""

    states: dict[str, int]
    silent: int
    orphans: int
    to_repair: int
    #: By currency, what the ERP has less what the CRM has.
    differences: dict[str, Decimal]
    scorecard: Scorecard


def standing(case: Case) -> Standing:
    """What the ledgers of a case say; pure."""
    card = score(case)
    return Standing(
        states={state: tally.orders for state, tally in card.states.items()},
        silent=card.silent.orders,
        orphans=card.orphans,
        to_repair=len(repair_list(case)),
        differences={total.currency: total.difference for total in reconcile(case).totals},
        scorecard=card,
    )
