"""What a cause is, and the words for harm and owners; the causes themselves are in ``cause_list``."""

from __future__ import annotations

import msgspec

#: The harm that a cause can explain. A deal is ``pending`` if its order lacks only its invoice, all its lines, or the
#: deal's last change.
LATE, LOST, PENDING, DUPLICATED, MISMATCHED = "late", "lost", "pending", "duplicated", "mismatched"
#: What keeps a deal, or a change of it, from the ERP.
HELD_UP = frozenset({LATE, LOST, PENDING})
BACKLOG, SLOW = "backlog", "slow"
GENERAL = "failed"
#: The roles of owners in a contract, and what stands for the owner of the system in trouble.
SYNC, SOURCE, SINK, PLATFORM, FINANCE, SYSTEM = "sync", "source", "sink", "platform", "finance", "system"
#: A role that few contracts name; then finance acts for it.
LEGAL = "legal"


class Cause(msgspec.Struct, frozen=True):
    """A kind of cause. ``words`` are those of faults' ``reasons`` that mean it; ``statements`` are patterns.

    ``owners`` are the roles whose owners can remove it; SYSTEM is the role of the system that is in trouble.
    """

    name: str
    words: tuple[str, ...]
    explains: frozenset[str]
    statements: tuple[str, ...]
    owners: tuple[str, ...] = (SYNC, SYSTEM)
