"""The contract files of one flow at one version: the input of a comparison."""

from __future__ import annotations

import msgspec

from gameday.contracts.compatibility.document import Document


class FlowContracts(msgspec.Struct, frozen=True):
    """The contracts of a flow: both its files, or one of them.

    ``beside`` are files that are not compared but belong to the flow, and so name its other owners.
    """

    name: str
    documents: tuple[Document, ...]
    beside: tuple[Document, ...] = ()

    @property
    def all_documents(self) -> tuple[Document, ...]:
        """The compared documents and those beside them."""
        return self.documents + self.beside
