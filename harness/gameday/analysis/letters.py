"""The dead letters of a case by the deals that they hold, however a stack writes a deal's id."""

from __future__ import annotations

import msgspec

from gameday.analysis.once import once_for_each
from gameday.analysis.signal_text import find_deals
from gameday.model.checker import Case, DeadLetter
from gameday_fakes.manifests import known_id


@once_for_each
def letters_of(case: Case) -> tuple[DeadLetter, ...]:
    """The dead letters, each with the deal's id as its ``order``.

    A stack may name it as the ERP's order does (``matchPattern``), or in another way in which the CRM writes the id.
    What names no deal stays as it is.
    """
    deals = {entry.id for entry in case.crm.entries}
    return tuple(
        letter if letter.order in deals else msgspec.structs.replace(letter, order=_deal(case, letter.order, deals))
        for letter in case.dead_letters
    )


def _deal(case: Case, order: str, deals: set[str]) -> str:
    if named := known_id(case.contract.referred(order), deals):
        return named
    # More words than one say more than which deal it is.
    found = find_deals(order, deals) if order.isalnum() else ()
    return found[0] if found else order
