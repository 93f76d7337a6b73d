"""Kinds of attributes that many resources have. No HTTP here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gameday_fakes.odata.model import Navigation, Property

ID, DAY, MOMENT, DECIMAL, FLAG = "Edm.Int64", "Edm.Date", "Edm.DateTimeOffset", "Edm.Decimal", "Edm.Boolean"


def text(name: str, length: int = 150, **more: Any) -> Property:
    """A text."""
    return Property(name, length=length, **more)


def identity(name: str) -> Property:
    """An identifier that the application gives."""
    return Property(name, ID, read_only=True)


def number(name: str, **more: Any) -> Property:
    """An amount, a price or a quantity; as many decimals as a column of the database has at most."""
    return Property(name, DECIMAL, scale=15, **more)


def computed(name: str) -> Property:
    """An amount that is computed."""
    return number(name, read_only=True, default=Decimal(0))


def flag(name: str, **more: Any) -> Property:
    """True or false."""
    return Property(name, FLAG, **more)


def moment(name: str, **more: Any) -> Property:
    """A date and time."""
    return Property(name, MOMENT, **more)


def day(name: str, **more: Any) -> Property:
    """A date."""
    return Property(name, DAY, **more)


#: When a record was made and last changed.
CREATED, CHANGED = moment("CreationDate", read_only=True), moment("LastUpdateDate", read_only=True)


def child(name: str, to: str, own: str) -> Navigation:
    """The children of a resource under an accessor; each has its parent's key in an attribute of the fake's own."""
    return Navigation(name, to, (own,), (f"_{own}",), many=True, contained=True)
