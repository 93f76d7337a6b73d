"""Contracts from what Acme's ERP says of its orders: ``{"fields": {"customer": "string", ...}}``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gameday.api import Ask, ContractDraft, ContractElement, ContractField, GamedayError, VendorDrafting


class AcmeDrafting(VendorDrafting):
    """Drafts the order."""

    def asks(self, objects: Sequence[str], version: str) -> Iterable[Ask]:
        return [Ask("/schema")]

    def draft(self, documents: Sequence[tuple[str, Any]], objects: Sequence[str]) -> ContractDraft:
        origin, document = documents[0]
        if not isinstance(document, dict) or not isinstance(document.get("fields"), dict):
            raise GamedayError(f"{origin} is no schema of Acme's")
        fields = tuple(ContractField(name, str(kind)) for name, kind in document["fields"].items())
        return ContractDraft(
            "erp", "acme-erp", f"Acme's schema in {origin}", (ContractElement("order", "order", fields),)
        )
