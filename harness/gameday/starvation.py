"""Whether the machine kept up: where our own processes get no processor, whatever is late may be late through that.

No pace shortens the work itself. With more scenarios at once than a machine can carry, or with something else
running on it, deals arrive late and alerts are slow in a stack that is sound.
"""

from __future__ import annotations

import contextlib

import msgspec

from gameday.history import History

#: From this share of the time on that a process was ready and had no processor, a finding is not held against the
#: stack. Measured: two scenarios a core, the default, stay below 0.75; six a core come to 0.95, with false findings,
#: of which the first appeared at 0.85.
LIMIT = 0.8


class Load(msgspec.Struct, frozen=True):
    """How long each process, by name, had work and no processor within ``real_s`` (both real seconds)."""

    real_s: float
    waited_s: dict[str, float]


def starved(history: History) -> str:
    """What says that the machine did not keep up, in one clause; empty if it did, or if nobody knows.

    The harness writes down about every second how long each process waited (``load``); the first time says how
    it was while everything started, and does not count.
    """
    waited_s: dict[str, float] = {}
    real_s = 0.0
    for operation in [*history.of("load")][1:]:
        with contextlib.suppress(msgspec.ValidationError):
            load = msgspec.convert(operation.value, Load)
            real_s += load.real_s
            for name, wait_s in load.waited_s.items():
                waited_s[name] = waited_s.get(name, 0.0) + wait_s
    if not waited_s or not real_s:
        return ""
    name = max(waited_s, key=lambda known: waited_s[known])
    share = waited_s[name] / real_s
    told = f"the machine did not keep up: {name} waited for a processor for {min(share, 1):.0%} of the time"
    return told if share >= LIMIT else ""
