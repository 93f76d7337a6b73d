"""Counts of the connections and bytes that arrive at a fake."""

from __future__ import annotations


class Traffic:
    """The connections to a fake's data plane and the bytes that came over them, since the fakes started.

    It is the evidence that a network fault took effect: what a client sends through a proxy arrives here.
    """

    __slots__ = (
        "bytes_received",
        "bytes_sent",
        "connections_open",
        "connections_opened",
        "connections_over_tls",
        "handshakes_failed",
    )

    def __init__(self) -> None:
        self.connections_opened = 0
        self.connections_open = 0
        #: Of those that were opened.
        self.connections_over_tls = 0
        #: Over TLS as they are on the wire.
        self.bytes_received = 0
        #: Of the replies' bodies, and of handshakes over TLS.
        self.bytes_sent = 0
        #: Connections over TLS that ended before both sides had agreed: the client does not trust the authority, or
        #: a fault cut it off.
        self.handshakes_failed = 0

    def counts(self) -> dict[str, int]:
        """All counts by name."""
        return {name: getattr(self, name) for name in self.__slots__}
