"""Kinds of properties that many entity types have. No HTTP here."""

from __future__ import annotations

from decimal import Decimal

from gameday_fakes.odata.model import Navigation, Property

GUID, DAY, MOMENT, DECIMAL, FLAG = "Edm.Guid", "Edm.Date", "Edm.DateTimeOffset", "Edm.Decimal", "Edm.Boolean"
#: What a reference to nothing is.
NO_ID = "00000000-0000-0000-0000-000000000000"

ID = Property("id", GUID, nullable=False, read_only=True)
MODIFIED = Property("lastModifiedDateTime", MOMENT, read_only=True)


def text(name: str, length: int = 100) -> Property:
    """A text."""
    return Property(name, length=length, default="")


def code(name: str, length: int = 20) -> Property:
    """A code: kept in upper case, as the type Code of AL."""
    return Property(name, length=length, upper=True, default="")


def reference(name: str) -> Property:
    """The id of another record; that of nothing unless it is given."""
    return Property(name, GUID, default=NO_ID)


def amount(name: str, *, read_only: bool = False) -> Property:
    """An amount, with five decimals at most as AL's decimals are kept."""
    return Property(name, DECIMAL, scale=5, default=Decimal(0), read_only=read_only)


def total(name: str) -> Property:
    """An amount that is computed."""
    return amount(name, read_only=True)


def address(kind: str) -> tuple[Property, ...]:
    """The parts of an address."""
    parts = (
        ("AddressLine1", 100),
        ("AddressLine2", 50),
        ("City", 30),
        ("Country", 10),
        ("State", 30),
        ("PostCode", 20),
    )
    return tuple(text(f"{kind}{name}", length) for name, length in parts)


def to_one(*pairs: tuple[str, str, str]) -> tuple[Navigation, ...]:
    """Navigations to one record each, by the property that has its id."""
    return tuple(Navigation(name, to, (own,), ("id",)) for name, to, own in pairs)
