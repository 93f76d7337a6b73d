"""The account that the fake plays: its records, settings, operations and faults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gameday_fakes.catalogue import ObjectType
from gameday_fakes.clock import Clock
from gameday_fakes.delivery import Sender
from gameday_fakes.events import EventLog
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.hubspot.business import Business
from gameday_fakes.hubspot.deals import Deals
from gameday_fakes.hubspot.errors import ERRORS, Refused
from gameday_fakes.hubspot.faults import FAULT_KINDS, StateFaults
from gameday_fakes.hubspot.index import Index
from gameday_fakes.hubspot.limits import Limits
from gameday_fakes.hubspot.links import Types
from gameday_fakes.hubspot.manifest import MANIFEST
from gameday_fakes.hubspot.moments import stamp
from gameday_fakes.hubspot.operations import BUSINESS_OPERATIONS
from gameday_fakes.hubspot.pipelines import Pipelines
from gameday_fakes.hubspot.record import Happened, Record
from gameday_fakes.hubspot.records import Store
from gameday_fakes.hubspot.restore import restore
from gameday_fakes.hubspot.routes import ABSENT, ROUTES
from gameday_fakes.hubspot.schema import Schema
from gameday_fakes.hubspot.seed import Seeded
from gameday_fakes.hubspot.sessions import Sessions
from gameday_fakes.hubspot.settings import Settings
from gameday_fakes.hubspot.standard import OBJECTS
from gameday_fakes.hubspot.stated import stated_fields
from gameday_fakes.hubspot.subscriptions import Subscriptions
from gameday_fakes.hubspot.values import NotAValue, coerce
from gameday_fakes.hubspot.webhooks import RULES, Webhooks
from gameday_fakes.hubspot.writing import Writer
from gameday_fakes.ledger import Ledger
from gameday_fakes.rules import EventKind


class Account(Fake):
    """What the control plane asks for."""

    manifest = MANIFEST
    api_version = "v3, v4 and 2026-03"
    routes = ROUTES
    absent = ABSENT
    errors = ERRORS
    objects = tuple(
        ObjectType(of.name, tuple(each.catalogued() for each in of.properties.values())) for of in OBJECTS.values()
    )
    deal_objects = ("deals", "line_items")
    fault_kinds = FAULT_KINDS
    settings_type = Settings
    business_operations = BUSINESS_OPERATIONS

    @classmethod
    def check_field(cls, object_name: str, field: str, value: str) -> None:
        known = OBJECTS[object_name].properties[field]
        try:
            coerce(known, value)
        except NotAValue as refused:
            raise ControlError(f"field {field!r} of {object_name}: {refused}") from None

    def __init__(self, clock: Clock, events: EventLog) -> None:
        super().__init__(clock, events)
        self.sender = Sender(self.name, clock, events, RULES, self.exchanges)
        self.settings = Settings()
        self.subscriptions = Subscriptions()
        self.webhooks = Webhooks(self.sender, clock, self.subscriptions)
        self.reset()

    def reset(self) -> None:
        self.sender.reset()
        self.webhooks.reset()
        self.settings = self.settings.of_a_new_run()
        self.sessions = Sessions(self.clock, self.seed)
        self.limits = Limits(self.clock)
        self.state = StateFaults(lambda: self.seed, self.hit)
        self.schema = Schema(self.state.hits.add)
        self.pipelines = Pipelines()
        self.types = Types()
        self.store = Store(self.clock.wall_s)
        self.index = Index(self.clock.now_s, self._hide_from_search)
        self.writer = Writer(self.store, self.schema, self.pipelines)
        self.seeded = Seeded(self.store, self.writer)
        self.business = Business(self.store, self.writer, self.seeded, self.types, self.state)
        self.deals = Deals(self.store, self.clock, self.pipelines, self._announce)
        self.store.on_commit = self._committed
        self._replies = 0
        self._use_settings()
        self.subscriptions.replace_all(self.settings.subscriptions(), self.now())

    async def close(self) -> None:
        self.webhooks.reset()
        await self.sender.close()

    # -- records and operations ----------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """``{object: [record]}``; archived records, too."""
        return {
            name: [
                {"id": record.id, "archived": bool(record.archived_ms), **record.properties}
                for table in (self.store.tables, self.store.archive)
                for record in table[name].values()
            ]
            for name in OBJECTS
        }

    def ledger(self) -> Ledger:
        roots = {self.deals.root_of(id_) or id_: key for key, id_ in self.business.deals.items()}
        return self.deals.ledger(self.name, roots)

    def restore(self, ledger: Ledger) -> None:
        self.store.source = "CRM_UI"
        restore(self.store, self.business, self.deals, ledger.entries)

    def operate(self, f: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
        self.store.source = "CRM_UI"
        try:
            with self.store.change():
                return super().operate(f, key, value)
        except Refused as refused:
            raise ControlError(f"operation {f!r} of {key!r}: the CRM refuses it: {refused.message}") from None

    def change_settings(self, settings: Settings, changed: frozenset[str]) -> None:
        whole = msgspec.structs.replace(self.settings, **{name: getattr(settings, name) for name in changed})
        whole.check()
        for name in ("won_stage", "lost_stage", "open_stage"):
            stage, known = getattr(whole, name), self.pipelines.by_id["default"].stages
            if stage not in known or (known[stage].is_won is not (name == "won_stage")):
                raise ValueError(f"{name}: {stage[:80]!r} is no such stage; known: {', '.join(known)}")
        stated = stated_fields(whole.ledger_fields)
        if {"webhook_subscriptions", "announce_write_backs"} & changed:
            self.subscriptions.replace_all(whole.subscriptions(), self.now())
        self.settings = whole
        self.deals.stated = stated
        self._use_settings()

    def held(self) -> Mapping[str, int]:
        return self.sender.held()

    def pending(self) -> int:
        return self.sender.pending() + self.webhooks.pending

    def now(self) -> str:
        """The present moment as replies have it."""
        return stamp(int(self.clock.wall_s() * 1000))

    def _use_settings(self) -> None:
        self.sender.url = self.settings.outbound_url
        self.sender.allow(self.settings.webhook_concurrency)
        self.webhooks.settings = self.business.settings = self.settings
        self.index.lag_s = self.settings.index_lag_s

    def _committed(self, happened: list[Happened]) -> None:
        self.index.note({each.record.id: each.record for each in happened}.values())
        for record in list(self.store.gone):
            self.index.note([record])
        self.store.gone.clear()
        self.deals.committed(happened)

    def _announce(self, happened: Happened, deal: str, kind: EventKind) -> None:
        deleted_by = self.state.without_subscription()
        for fault_id in deleted_by:
            if deal and self.subscriptions.wanting(happened):
                self.hit(fault_id, "deliver", deal)
        if not deleted_by:
            self.webhooks.announce(happened, deal, kind)

    def _hide_from_search(self, fault_id: str, record: Record) -> None:
        deal = self.deals.deal_of(record)
        self.hit(fault_id, "query", deal.root if deal is not None else None)
