"""What holds a deal that did not get through: dead letters, alerts and tickets with its payload and a reason."""

from __future__ import annotations

from collections.abc import Iterator

from gameday.analysis.observations import Observations, once_for_each
from gameday.model.checker import Case, DeadLetter


def parking(case: Case, observed: Observations, deal: str, *, ever: bool = False) -> Iterator[tuple[str, str]]:
    """What holds a deal with its payload and a reason: (holder, reason) for each dead letter, alert and ticket.

    A signal that the stack has resolved counts only with ``ever``.
    """
    for letter in _letters(case).get(deal, ()):
        if letter.payload and letter.reason.strip():
            yield "dead letter", letter.reason
    for raised in observed.named.get(deal, ()):
        signal = raised.signal
        if signal.reason.strip() and signal.context.get(deal) and (ever or raised.name not in observed.taken_back):
            yield f"{signal.source} {signal.kind}", signal.reason


@once_for_each
def _letters(case: Case) -> dict[str, list[DeadLetter]]:
    letters: dict[str, list[DeadLetter]] = {}
    for letter in case.dead_letters:
        letters.setdefault(letter.order, []).append(letter)
    return letters
