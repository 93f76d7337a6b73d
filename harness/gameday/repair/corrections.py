"""Corrections in an ERP through its own API, as an authorized person would make them by hand.

Only for the sandbox of ``gameday repair``: signed with the credentials of the fakes, which are valid nowhere else. What
corrects a vendor's orders is named by its manifest as ``corrections``: it is made with the ERP's base URL, the contract
and what its clock shows (seconds since 1970).
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from gameday.base.errors import unknown
from gameday.model.contract import Contract
from gameday_fakes.ledger import Entry
from gameday_fakes.manifest import loaded
from gameday_fakes.manifests import of_role


class Refusal(Exception):
    """The ERP refuses a correction; the text is its reason in one line."""


class Corrections(Protocol):
    """What can be corrected in an ERP. Each call raises Refusal if the ERP refuses, RunError if it does not answer."""

    async def __aenter__(self) -> Corrections: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    async def create_order(self, deal: Entry) -> str:
        """Create the order of a deal, under its idempotency key; returns the order's id."""

    async def rewrite_order(self, order: str, deal: Entry) -> None:
        """Change an order to what the deal says."""

    async def cancel_order(self, order: str) -> None:
        """Cancel an order that has no invoices."""

    async def delete_invoice(self, invoice: str) -> None:
        """Delete an invoice."""

    async def create_invoice(self, order: str) -> None:
        """Invoice an order."""


def corrections(erp: str, url: str, contract: Contract, wall_s: Callable[[], float]) -> Corrections:
    """The corrections of this ERP, whose clock shows ``wall_s``. Raises GamedayError with the known ones."""
    known = {name: each.corrections for name, each in of_role("erp").items() if each.corrections}
    if erp not in known:
        raise unknown("ERP to correct", erp, known, hint="carry out the list in repair.csv by hand")
    made: Corrections = loaded(known[erp])(url, contract, wall_s)
    return made
