"""The fake: NetSuite's handlers put together, and what the control plane asks of an ERP."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from gameday_fakes.fake import ControlError
from gameday_fakes.ledger import Ledger
from gameday_fakes.netsuite.dates import AccountDates
from gameday_fakes.netsuite.job_handlers import JobHandlers
from gameday_fakes.netsuite.jobs import Jobs
from gameday_fakes.netsuite.metadata_handlers import MetadataHandlers
from gameday_fakes.netsuite.order_handlers import OrderHandlers
from gameday_fakes.netsuite.query_handlers import QueryHandlers
from gameday_fakes.netsuite.record_handlers import RecordHandlers
from gameday_fakes.netsuite.render import Renderer
from gameday_fakes.netsuite.restore import restore
from gameday_fakes.netsuite.seed import currency_id, new_books, plant
from gameday_fakes.netsuite.session_handlers import SessionHandlers


class NetSuite(OrderHandlers, RecordHandlers, QueryHandlers, MetadataHandlers, JobHandlers, SessionHandlers):
    """NetSuite SuiteTalk REST."""

    def reset(self) -> None:
        self.books = new_books(self.clock, self.state)
        self.state.hits.clear()
        self.dates = AccountDates()
        self.access_tokens.revoke_all()
        self.jobs = Jobs()

    def snapshot(self) -> dict[str, Any]:
        render = Renderer(self.books, "")
        records = {
            kind: [render.record(kind, record) for record in records.values()]
            for kind, records in self.books.records.items()
        }
        # Looking at the books is no request that a fault could have struck.
        self.state.hits.clear()
        return {
            "salesOrder": [render.order(order, expand=True) for order in self.books.orders.values()],
            "invoice": [render.invoice(invoice, expand=True) for invoice in self.books.invoices.values()],
            **records,
        }

    def ledger(self) -> Ledger:
        return Ledger(self.name, self.clock.now_s(), tuple(self.books.entries()))

    def restore(self, books: Ledger) -> None:
        restore(self.books, books.entries)

    def operate(self, f: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
        operations: dict[str, Callable[[dict[str, Any]], str]] = {
            "seed": self._seed,
            "reprice": self._reprice,
            "open_period": self._open_period,
            "close_period": self._close_period,
        }
        if f not in operations:
            raise ControlError(f"{self.name} knows no operation {f!r}; known: {', '.join(sorted(operations))}")
        try:
            return {"id": operations[f](value)}
        except (KeyError, TypeError, ValueError, InvalidOperation, AttributeError) as problem:
            raise ControlError(f"operation {f!r} at {self.name}: bad value ({problem!r})") from None

    def configure(self, settings: dict[str, Any]) -> None:
        known = ("certificate", "date_format", "price_tolerance_percent", "time_zone")
        for name, value in settings.items():
            if name not in known:
                raise ControlError(f"{self.name} knows no setting {name!r}; known: {', '.join(known)}")
            try:
                if name == "price_tolerance_percent":
                    self.books.price_tolerance_percent = Decimal(str(value))
                elif name == "certificate":
                    self.access_tokens.add_certificate(value["id"], value["public_key"])
                else:
                    self.dates.set(**{name: value})
            except (InvalidOperation, ValueError, KeyError, TypeError, AttributeError) as problem:
                raise ControlError(f"setting {name!r} at {self.name}: {problem}") from None

    def _seed(self, value: dict[str, Any]) -> str:
        plant(self.books, value.get("accounts", []), value.get("products", []))
        return ""

    def _reprice(self, value: dict[str, Any]) -> str:
        sku = str(value["sku"])
        item = self.books.by_external_id["inventoryItem"].get(sku)
        if item is None:
            raise ControlError(f"unknown sku {sku!r}")
        self.books.set_price(item, currency_id(self.books, value["currency"]), Decimal(str(value["price"])))
        return item

    def _close_period(self, value: dict[str, Any]) -> str:
        period = _period(value)
        self.books.closed_periods.add(period)
        return period

    def _open_period(self, value: dict[str, Any]) -> str:
        period = _period(value)
        if period:
            self.books.closed_periods.discard(period)
        else:
            self.books.closed_periods.clear()
        return period


def _period(value: dict[str, Any]) -> str:
    """A period YYYY-MM, or empty for all. Raises ControlError."""
    period = str(value.get("period", ""))
    try:
        if period:
            datetime.date.fromisoformat(f"{period}-01")
    except ValueError:
        raise ControlError(f"bad period {period!r}; expected: YYYY-MM, or empty for all") from None
    return period
