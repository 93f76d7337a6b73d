"""Kinds of properties that many entity types have. No HTTP here."""

from __future__ import annotations

from decimal import Decimal

from gameday_fakes.odata.model import Property

DAY, MOMENT, DECIMAL, FLAG = "Edm.DateTime", "Edm.DateTimeOffset", "Edm.Decimal", "Edm.Boolean"


def text(name: str, length: int) -> Property:
    """A text; empty unless it is given."""
    return Property(name, length=length, default="")


def computed(name: str, length: int, default: str = "") -> Property:
    """A text that only the system writes."""
    return Property(name, length=length, default=default, read_only=True)


def code(name: str, length: int) -> Property:
    """A code: kept in upper case."""
    return Property(name, length=length, upper=True, default="")


def number(name: str, length: int = 10, *, create_only: bool = False) -> Property:
    """The number of a record, without the zeros before it that tables keep it with."""
    return Property(name, length=length, default="", unpadded=True, create_only=create_only)


def own_number(name: str, length: int = 10) -> Property:
    """The number of the record itself, from a number range."""
    return Property(name, length=length, default="", unpadded=True, nullable=False)


def day(name: str, *, read_only: bool = False) -> Property:
    """A day. Version 2 has no type for one: it is midnight in UTC."""
    return Property(name, DAY, read_only=read_only)


def moment(name: str) -> Property:
    """When something was done last."""
    return Property(name, MOMENT, read_only=True)


def amount(name: str) -> Property:
    """An amount in the document's currency, which is computed."""
    return Property(name, DECIMAL, precision=16, scale=3, default=Decimal(0), read_only=True)


def quantity(name: str) -> Property:
    """A quantity."""
    return Property(name, DECIMAL, precision=15, scale=3, default=Decimal(0))


def flag(name: str, *, read_only: bool = False) -> Property:
    """A flag."""
    return Property(name, FLAG, default=False, read_only=read_only)
