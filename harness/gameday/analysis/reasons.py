"""In which text a signal says what is wrong."""

from __future__ import annotations

from gameday.analysis.causes import causes_in
from gameday.model.signal import Signal


def reason_of(signal: Signal) -> str:
    """The text in which a signal says what is wrong: its reason, else its title, else all of it."""
    for text in (signal.reason, signal.summary):
        if causes_in(text):
            return text
    return signal.reason or signal.summary or signal.text
