"""What the connector needs of a CRM and an ERP, and where it finds them: ``crms/hubspot.py`` for ``hubspot``."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from gameday_fakes.stacks.environment import Environment
from gameday_fakes.stacks.http_server import Request, Response


@dataclass(frozen=True)
class Deal:
    """A deal, as its event or the CRM says."""

    id: str
    account: str
    currency: str
    close_date: str
    name: str = ""
    won: bool = True


@dataclass(frozen=True)
class Line:
    """A line as sold."""

    sku: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    tax_code: str = ""


class Crm(Protocol):
    """A CRM. Every request raises httpx.HTTPError if it fails."""

    #: What accepted and refused events are answered with.
    ack: Response
    nack: Response

    def events(self, request: Request) -> list[dict[str, str]]:
        """The events in a request. Raises ValueError for one that is none."""

    async def deal(self, event: dict[str, str]) -> Deal:
        """The deal of an event."""

    async def lines(self, deal: str) -> list[Line]:
        """The deal's lines."""

    async def account(self, account: str) -> tuple[str, str]:
        """Name and currency of a customer."""


class Erp(Protocol):
    """An ERP. Every request raises httpx.HTTPError if it fails."""

    async def has_customer(self, account: str) -> bool:
        """Whether there is the customer."""

    async def add_customer(self, account: str, name: str, currency: str) -> None:
        """Add a customer."""

    async def post_order(self, deal: Deal, lines: list[Line]) -> str:
        """Create an order; returns its id."""

    async def invoice(self, order: str) -> None:
        """Make an invoice of an order."""


def client_class(side: str, environment: Environment) -> type:
    """The class of the client of a side, ``crm`` or ``erp``. Raises SystemExit that lists the known vendors."""
    vendor = environment.crm if side == "crm" else environment.erp
    folder = Path(__file__).parent / f"{side}s"
    known = sorted(path.stem.replace("_", "-") for path in folder.glob("[a-z]*.py"))
    if vendor not in known:
        raise SystemExit(f"the connector does not speak {vendor[:80]!r} as {side.upper()}; known: {', '.join(known)}")
    module = importlib.import_module(f"gameday_fakes.stacks.brittle.{side}s.{vendor.replace('-', '_')}")
    found: type = module.Client
    return found
