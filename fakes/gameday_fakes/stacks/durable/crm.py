"""What the flow needs of a CRM, whichever it is. Each vendor's client is a file in ``crms``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from gameday_fakes.stacks.durable.trouble import Trouble
from gameday_fakes.stacks.http_server import Request, Response

#: A deal or a line by the flow's names of its fields, see ``definition.Source``; a deal has its ``lines``.
Record = dict[str, Any]


@dataclass(frozen=True)
class Notification:
    """An event about one deal. ``fields`` are the values that it carries, by the flow's names, as text."""

    id: str
    record: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Received:
    """The events of a request, and what it is answered with once they are stored."""

    notifications: Sequence[Notification]
    reply: Response


@dataclass(frozen=True)
class Account:
    """A customer of the CRM. ``former`` are ids that it had before it was merged with others."""

    id: str
    name: str
    currency: str
    city: str = ""
    country: str = ""
    former: tuple[str, ...] = ()


async def read_in_batches(crm: Crm, deals: Sequence[str], size: int) -> list[Record]:
    """The deals with their lines, so many at a time, but those that cannot be read. Raises Trouble."""
    found: list[Record] = []
    for start in range(0, len(deals), size):
        read = await crm.read_deals(deals[start : start + size])
        found += [record for record in read.values() if not isinstance(record, Trouble)]
    return found


class Crm(Protocol):
    """One organisation of a CRM, as its integration user. Every request raises Trouble if it fails."""

    @property
    def bare_events(self) -> bool:
        """Whether events do not say how large a deal is, and none about it tells of a change to its lines alone."""

    @property
    def keeps_former_ids(self) -> bool:
        """Whether the id of an account that was merged into another goes on to lead to it."""

    async def read_deals(self, deals: Sequence[str]) -> dict[str, Record | Trouble]:
        """The deals with their lines, each with its own outcome. A deleted deal has ``deleted``."""

    async def changed(self, since: str, overlap_s: float, limit: int | None = None) -> list[Record]:
        """The heads of the deals that changed after a version less ``overlap_s`` real seconds, the oldest first.

        They are void and deleted ones too; without a version all. A head is id, amount, currency, won, deleted and
        version, and account where that is a field of the deal.
        """

    def listed(self) -> set[str] | None:
        """All deals that were there when a client began to follow deletions, shown once: others may have been deleted.

        None after that, and where what was deleted before is among what changed.
        """

    async def recalculated(self, since: str, overlap_s: float) -> dict[str, str]:
        """The deals of the customers that changed since a version of one, each with its customer's present version.

        Fields of a deal that are computed from its customer may be others now, although the deal has neither a new
        version nor an event. None where the CRM has no such fields.
        """

    async def account(self, account: str) -> Account:
        """A customer."""

    async def tier(self, account: str) -> str:
        """How much a customer matters; empty where the CRM does not say."""

    async def fields_of(self, object_name: str) -> set[str]:
        """The names of an object's fields that this user can see."""

    async def update(self, updates: Mapping[str, Mapping[str, Any]]) -> dict[str, Trouble | None]:
        """Change deals by id, by the CRM's own names, each with its own outcome."""

    def receive(self, request: Request) -> Received | Response:
        """The events in a request, or the answer to one that is refused."""
