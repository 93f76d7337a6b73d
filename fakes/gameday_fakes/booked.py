"""The ledger of an ERP, put together from what its vendor's module reads in its store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from gameday_fakes.ledger import Entry, Ledger


class Reader(Protocol):
    """The module of a vendor; ``STATED`` and the functions are as the fields of ``Ledger``."""

    @property
    def STATED(self) -> tuple[str, ...]: ...  # noqa: N802 - a constant of the module

    def entries(self, store: Any) -> Iterable[Entry]: ...
    def customer_keys(self, store: Any) -> dict[str, dict[str, str]]: ...
    def new_customers(self, store: Any) -> tuple[str, ...]: ...
    def items(self, store: Any) -> tuple[str, ...]: ...
    def new_items(self, store: Any) -> dict[str, dict[str, str]]: ...


def ledger_of(reader: Reader, store: Any, system: str, time_s: float) -> Ledger:
    """What is booked in a store, at this moment (scenario seconds)."""
    return Ledger(
        system,
        time_s,
        tuple(reader.entries(store)),
        reader.customer_keys(store),
        reader.STATED,
        reader.new_customers(store),
        tuple(store.others.values()),
        reader.items(store),
        reader.new_items(store),
    )
