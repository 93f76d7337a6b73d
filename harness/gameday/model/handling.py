"""What a registry of flows says of errors: what becomes of each kind, and who is called while nobody answers."""

from __future__ import annotations

import msgspec

#: What becomes of an error, in words.
PATHS = {
    "retry": "retried, then escalated",
    "escalate": "escalated at once",
    "approve": "held until approved",
}
#: The kind of error that stands for every one without a path of its own.
OTHER = "other"


class ExceptionPath(msgspec.Struct, frozen=True):
    """What becomes of one kind of ``error``: one of ``PATHS``, and the role ``to`` which it goes.

    ``within_s`` (seconds): after so long a retried error is escalated; or so long the role has to answer or approve.
    ``line`` is its line in the file.
    """

    error: str
    path: str
    to: str
    within_s: float
    line: int = 0


class Rung(msgspec.Struct, frozen=True):
    """Who is called ``after_s`` seconds, if nobody has answered until then."""

    who: str
    after_s: float
    line: int = 0
