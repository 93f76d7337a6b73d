"""In which text a signal says what is wrong, with all that it names or with one deal."""

from __future__ import annotations

import re

from gameday.analysis.causes import causes_in, of_the_sync, states_several_harms
from gameday.analysis.observations import names
from gameday.model.signal import Signal


def reason_of(signal: Signal) -> str:
    """The text in which a signal says what is wrong: its reason, else its title, else all of it."""
    for text in (signal.reason, signal.summary):
        if causes_in(of_the_sync(text)):
            return text
    return signal.reason or signal.summary or signal.text


#: What ends a statement about a deal.
_ENDS = re.compile(r"[\n;]|\.(?=\s|$)")


def reason_about(signal: Signal, deal: str) -> str:
    """The text in which a signal says what is wrong with one of its deals.

    Where a reason is about different harms, what the text states of the deal itself counts: "006A is missing; 006B was
    booked twice; the total of 006C differs".
    """
    reason = reason_of(signal)
    if not states_several_harms(reason):
        return reason
    return "; ".join(part for part in _ENDS.split(signal.text) if names(part, deal) and causes_in(part)) or reason
