"""What one injection of a fault met, and what is to be said of it."""

from __future__ import annotations

import msgspec

from gameday.base.counts import plural


class Effect(msgspec.Struct, frozen=True):
    """What one injection met.

    ``hits`` are requests, messages or parts of batches, ``deals`` those that they were about. ``connections`` and
    ``bytes`` passed the fault's link while it was active. ``pid`` is the process that was killed or paused; 0 without
    one. ``missed`` are the starts of a batch that were due and not made. ``held`` requests or messages were still held
    back when the ledgers were read. ``rolled_out``: the stack has rolled out another version. ``why_none`` says in a
    clause why there is no evidence; empty if there is some.
    """

    injection: int
    fault: str
    target: str
    hits: int = 0
    deals: frozenset[str] = frozenset()
    connections: int = 0
    bytes: int = 0
    pid: int = 0
    missed: int = 0
    held: int = 0
    rolled_out: bool = False
    why_none: str = ""

    @property
    def problem(self) -> str:
        """Why nothing can be concluded from this fault, in one sentence; empty if it took full effect."""
        if self.why_none:
            return f"{self.fault!r} at the {self.target} did not take effect: {self.why_none}"
        if self.held:
            held = plural(self.held, "request or message", "requests or messages")
            return f"{self.fault!r} at the {self.target} still held back {held} at the end"
        return ""

    @property
    def evidence(self) -> str:
        """What shows that it took effect, in a few words."""
        if self.rolled_out:
            return "the stack has rolled out another version"
        if self.pid:
            return f"process {self.pid} was stopped"
        if self.missed:
            return f"{plural(self.missed, 'start of a batch', 'starts of a batch', verb='was')} due and not made"
        if self.hits:
            about = f" on {plural(len(self.deals), 'deal')}" if self.deals else ""
            return f"{plural(self.hits, 'hit')}{about}"
        if self.deals and not self.connections:
            return f"the link was closed while {plural(len(self.deals), 'deal')} needed it"
        return f"{plural(self.connections, 'connection')} with {plural(self.bytes, 'byte')}"
