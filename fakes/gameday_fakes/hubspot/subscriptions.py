"""What an app subscribes to: types of events, of property changes those of one property each.

Source: developers.hubspot.com, "Webhooks API", "Subscription types".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from gameday_fakes.guesses import did_you_mean
from gameday_fakes.hubspot.record import Happened
from gameday_fakes.hubspot.standard import OBJECTS

MOST = 1_000
_WHATS = ("creation", "deletion", "propertyChange", "merge", "restore", "associationChange", "privacyDeletion")

#: What the bundled app subscribes to.
USUAL = (
    "deal.creation",
    "deal.propertyChange:dealstage",
    "deal.propertyChange:amount",
    "deal.propertyChange:closedate",
    "deal.deletion",
    "deal.restore",
    "deal.merge",
    "company.merge",
    "line_item.propertyChange:quantity",
    "line_item.propertyChange:price",
)


#: The event about the property in which a sync writes the ERP's order.
WRITE_BACK = "deal.propertyChange:erp_order_id"


class Subscription(msgspec.Struct):
    """One subscription; only an active one is sent."""

    id: int
    type: str
    property: str = ""
    active: bool = True
    created: str = ""
    updated: str = ""

    def described(self) -> dict[str, Any]:
        """As the webhooks API shows it."""
        return {
            "id": str(self.id),
            "eventType": self.type,
            **({"propertyName": self.property} if self.property else {}),
            "active": self.active,
            "createdAt": self.created,
            "updatedAt": self.updated,
        }

    def wants(self, happened: Happened) -> bool:
        """Whether it is sent of what has happened."""
        singular = OBJECTS[happened.record.object].singular
        return (
            self.active
            and self.type == f"{singular}.{happened.what}"
            and (not self.property or self.property == happened.name)
        )


TYPES = tuple(
    f"{of.singular}.{what}"
    for of in OBJECTS.values()
    for what in _WHATS
    if what != "privacyDeletion" or of.singular == "contact"
)


def check_type(type_: str, property_: str) -> None:
    """Raise ValueError for a type that is none, and for a property change without the property."""
    if type_ not in TYPES:
        raise ValueError(
            f"{type_[:80]!r} is no subscription type; known: {', '.join(TYPES)}{did_you_mean(type_, TYPES)}"
        )
    if type_.endswith(".propertyChange") != bool(property_):
        raise ValueError(f"a subscription to {type_} {'needs' if not property_ else 'has no'} propertyName")


class Subscriptions:
    """The subscriptions of the app, by id."""

    def __init__(self) -> None:
        self.by_id: dict[int, Subscription] = {}
        self._next_id = 2_500_001

    def add(self, type_: str, property_: str = "", *, active: bool = True, now: str = "") -> Subscription:
        """Add one. Raises ValueError."""
        check_type(type_, property_)
        if len(self.by_id) >= MOST:
            raise ValueError(f"an app has at most {MOST:,} subscriptions")
        new = Subscription(self._next_id, type_, property_, active, now, now)
        self._next_id += 1
        self.by_id[new.id] = new
        return new

    def replace_all(self, texts: Iterable[str], now: str) -> None:
        """Have these subscriptions, each TYPE or TYPE:PROPERTY. Raises ValueError."""
        wanted = [text.partition(":") for text in texts]
        for type_, _, property_ in wanted:
            check_type(type_.strip(), property_.strip())
        self.by_id.clear()
        for type_, _, property_ in wanted:
            self.add(type_.strip(), property_.strip(), now=now)

    def wanting(self, happened: Happened) -> list[Subscription]:
        """Those that are sent of what has happened."""
        return [each for each in self.by_id.values() if each.wants(happened)]
