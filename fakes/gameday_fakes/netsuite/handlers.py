"""The fake NetSuite: all handlers together, and what the control plane needs of an ERP."""

from __future__ import annotations

from typing import Any

from gameday_fakes.ledger import Ledger
from gameday_fakes.netsuite.business import BUSINESS_OPERATIONS
from gameday_fakes.netsuite.entries import customer_keys, entries, items, new_customers, new_items
from gameday_fakes.netsuite.item_types import INVENTORY, ITEM_TYPES
from gameday_fakes.netsuite.job_handlers import JobHandlers
from gameday_fakes.netsuite.jobs import Jobs
from gameday_fakes.netsuite.metadata_handlers import MetadataHandlers
from gameday_fakes.netsuite.query_handlers import QueryHandlers
from gameday_fakes.netsuite.record_handlers import RecordHandlers
from gameday_fakes.netsuite.render import Renderer
from gameday_fakes.netsuite.restlet_handlers import RestletHandlers
from gameday_fakes.netsuite.restore import restore
from gameday_fakes.netsuite.sales_handlers import SalesHandlers
from gameday_fakes.netsuite.seed import new_store
from gameday_fakes.netsuite.session_handlers import SessionHandlers
from gameday_fakes.netsuite.settings import Settings
from gameday_fakes.netsuite.settlement_handlers import SettlementHandlers
from gameday_fakes.netsuite.stated import stated_fields
from gameday_fakes.netsuite.tables import TABLES

_DOCUMENT = ("date", "customer", "subsidiary", "terms", "line.tax")
_STATED = (*_DOCUMENT, *(f"invoice.{name}" for name in _DOCUMENT), "invoice.period", "invoice.lines")


class NetSuite(
    RestletHandlers,
    SalesHandlers,
    SettlementHandlers,
    RecordHandlers,
    QueryHandlers,
    MetadataHandlers,
    JobHandlers,
    SessionHandlers,
):
    """NetSuite SuiteTalk REST."""

    tables = tuple(TABLES)
    settings_type = Settings
    business_operations = BUSINESS_OPERATIONS

    def reset(self) -> None:
        self.store = new_store(self.clock, self.state, self.model)
        self.state.hits.clear()
        self.access_tokens.revoke_all()
        self.jobs = Jobs(self.clock.wall_s)

    def snapshot(self) -> dict[str, Any]:
        render = Renderer(self.store, "")
        records = {
            kind: [render.record(kind, record) for record in records.values()]
            for kind, records in self.store.records.items()
            if kind == INVENTORY or kind not in ITEM_TYPES
        }
        # A snapshot is not a request, so no fault took effect.
        self.state.hits.clear()
        return {
            **{
                kind: [render.transaction(each) for each in transactions.values()]
                for kind, transactions in self.store.of_kind.items()
            },
            **records,
        }

    def ledger(self) -> Ledger:
        booked = tuple(entries(self.store))
        return Ledger(
            self.name,
            self.clock.now_s(),
            booked,
            customer_keys(self.store),
            (*_STATED, *self.store.stated.states),
            new_customers(self.store),
            tuple(self.store.others.values()),
            items(self.store),
            new_items(self.store),
        )

    def restore(self, ledger: Ledger) -> None:
        restore(self.store, ledger)

    def change_settings(self, settings: Settings, changed: frozenset[str]) -> None:
        for name in changed.intersection(self.store.house_rules.__struct_fields__):
            value = getattr(settings, name)
            if value is not None and value < 0:
                raise ValueError(f"{name} {value} is less than 0")
            setattr(self.store.house_rules, name, value)
        if settings.certificate is not None:
            self.access_tokens.add_certificate(settings.certificate.id, settings.certificate.public_key)
        if "deal_field" in changed:
            known = self.model.record_types["salesOrder"].fields
            if settings.deal_field and settings.deal_field not in known:
                raise ValueError(f"deal_field: unknown field {settings.deal_field!r}; known: {', '.join(known)}")
            self.store.deal_field = settings.deal_field
        if "ledger_fields" in changed:
            self.store.stated = stated_fields(self.model, settings.ledger_fields)
        if "date_format" in changed:
            self.dates.set(date_format=settings.date_format)
        if "time_zone" in changed:
            self.dates.set(time_zone=settings.time_zone)
