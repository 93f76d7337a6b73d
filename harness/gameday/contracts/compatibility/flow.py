"""What is compared: a flow's contract files of one state of things."""

from __future__ import annotations

import msgspec

from gameday.contracts.compatibility.document import Document


class Flow(msgspec.Struct, frozen=True):
    """The contracts of a flow: both its files, or one of them.

    ``beside`` are files that are not compared but belong to the flow, and so say who its other owners are.
    """

    name: str
    documents: tuple[Document, ...]
    beside: tuple[Document, ...] = ()

    @property
    def all_documents(self) -> tuple[Document, ...]:
        """Those that are compared, and those beside them."""
        return self.documents + self.beside
