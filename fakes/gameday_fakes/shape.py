"""What requests have in common by which their replies can be remembered."""

from __future__ import annotations

from collections.abc import Mapping


class Shape:
    """What requests with the same header lines have in common; each is one object, and no other is equal to it."""

    __slots__ = ("headers", "seen")

    def __init__(self, headers: Mapping[bytes, bytes]) -> None:
        self.headers = headers
        #: Whether it has come before: what comes once is not worth remembering more of it.
        self.seen = False
