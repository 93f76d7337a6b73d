"""What the stack asked for and the fakes lack: a failure that may come from that is not the stack's.

Pure: histories in, calls out.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from gameday.model.events import UnsupportedCall
from gameday.model.history import History

#: Further ones are counted only.
_SHOWN = 3


class UnsupportedCalls(msgspec.Struct, frozen=True):
    """How often the stack made each call that a fake lacks, as (system, call), the most frequent first.

    ``harmless``: it made each of them in the fault-free control too, where every deal was right.
    """

    calls: tuple[tuple[tuple[str, str], int], ...] = ()
    harmless: bool = False

    @property
    def sentence(self) -> str:
        """The calls in one clause; empty without any."""
        if not self.calls:
            return ""
        count = sum(times for _, times in self.calls)
        shown = [
            f"{system}: {call}" + (f" ({times:,} times)" if times > 1 else "")
            for (system, call), times in self.calls[:_SHOWN]
        ]
        more = f"; and {len(self.calls) - _SHOWN} more" if len(self.calls) > _SHOWN else ""
        made = "a call" if count == 1 else f"{count:,} calls"
        return f"the stack made {made} that the fakes do not have: {'; '.join(shown)}{more}"


def unsupported_calls(history: History, sound_control: History | None = None) -> UnsupportedCalls:
    """The calls that the fakes lack. ``sound_control`` is the history of a control in which every deal was right."""
    made = _counted(history)
    in_control = set() if sound_control is None else set(_counted(sound_control))
    return UnsupportedCalls(tuple(made.most_common()), harmless=set(made) <= in_control)


def _counted(history: History) -> Counter[tuple[str, str]]:
    return Counter((op.process, op.event.call) for op in history.of(UnsupportedCall))
