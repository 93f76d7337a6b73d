"""Puts the stack together: each part is a property, built on first use.

To replace a part, override its property in a subclass; no other part changes.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import cached_property

from gameday_fakes.stacks.durable import metrics
from gameday_fakes.stacks.durable.api import Api
from gameday_fakes.stacks.durable.contract import Contract
from gameday_fakes.stacks.durable.crm import Crm
from gameday_fakes.stacks.durable.customers import Customers, KeyedCustomers, Tiers
from gameday_fakes.stacks.durable.definition import Definition, load
from gameday_fakes.stacks.durable.engine import Engine, Prices, Reader
from gameday_fakes.stacks.durable.erp import Erp, Mapping
from gameday_fakes.stacks.durable.escalation import Escalation
from gameday_fakes.stacks.durable.failures import DeadLetters, Failures
from gameday_fakes.stacks.durable.findings import Findings
from gameday_fakes.stacks.durable.gate import Gate
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.incidents import Incidents
from gameday_fakes.stacks.durable.listener import Listener
from gameday_fakes.stacks.durable.orders import GuardedInvoices, InvoiceWriter, KeyedOrders, OrderWriter, Settlement
from gameday_fakes.stacks.durable.outbox import Outbox, PagerChannel, TicketChannel
from gameday_fakes.stacks.durable.pager import Pager
from gameday_fakes.stacks.durable.pricing import PriceCheck
from gameday_fakes.stacks.durable.reader import FreshReader
from gameday_fakes.stacks.durable.reconciler import Reconciler
from gameday_fakes.stacks.durable.rollout import RolledOut, Rollout
from gameday_fakes.stacks.durable.sqlite_store import SqliteStore
from gameday_fakes.stacks.durable.store import Store
from gameday_fakes.stacks.durable.tickets import Tickets
from gameday_fakes.stacks.durable.transport import Transport, new_client
from gameday_fakes.stacks.durable.turns import Timetable, repeat
from gameday_fakes.stacks.durable.vendors import module_of
from gameday_fakes.stacks.durable.writeback import WriteBack
from gameday_fakes.stacks.environment import Environment
from gameday_fakes.stacks.http_server import Handler

CONNECTIONS = 12
APPROVALS_AT_ONCE = 10
ORGANIZATION = "organization"


class Composition:
    """The parts of the sync of one flow. ``on_disk``: whether its state has to outlive a power failure."""

    listener_class = Listener
    reconciler_class = Reconciler
    on_disk = True

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.pace = environment.pace
        self.timetable: Timetable = {}
        # Used only for the jitter of retries; the fixed seed makes runs repeatable.
        self.draw = random.Random(environment.flow)

    @cached_property
    def definition(self) -> Definition:
        return load(self.environment.crm, self.environment.erp)

    @cached_property
    def store(self) -> Store:
        store = SqliteStore(self.environment.state_dir / "sync.sqlite3", on_disk=self.on_disk)
        store.urgent_from = self.definition.urgent_from
        return store

    # -- the systems ---------------------------------------------------------------------------------

    def transport(self, name: str, base_url: str) -> Transport:
        timeout_s = self.pace.timeout_s(self.definition.timeout_s)
        return Transport(name, base_url, new_client(base_url, timeout_s, connections=CONNECTIONS), self.pace)

    @cached_property
    def transports(self) -> dict[str, Transport]:
        env = self.environment
        urls = {"crm": env.crm_url, "erp": env.erp_url, "pager": env.pager_url, "tickets": env.tickets_url}
        return {name: self.transport(name, url) for name, url in urls.items()}

    @cached_property
    def crm(self) -> Crm:
        client, source = module_of("crm", self.environment.crm).Client, self.definition.source
        crm: Crm = client(self.transports["crm"], self.environment.credentials["crm"], source, self.is_expected)
        return crm

    def is_expected(self, organization: str) -> bool:
        """Whether it is the CRM's organization: that of the credentials, else that of the first login.

        The first one is known after a restart too. It was the wrong one if the CRM was already.
        """
        if named := self.environment.credentials["crm"].get(ORGANIZATION, ""):
            return organization == named
        first = self.store.fact(ORGANIZATION)
        if not first:
            self.store.set_fact(ORGANIZATION, organization)
        return first in ("", organization)

    @cached_property
    def erp(self) -> Erp:
        client = module_of("erp", self.environment.erp).Client
        erp: Erp = client(self.transports["erp"], self.environment.credentials["erp"], self.definition.sink)
        return erp

    @cached_property
    def gates(self) -> dict[str, Gate]:
        return {name: Gate(self.pace, self.definition.probe, self.draw) for name in ("crm", "erp")}

    # -- the path of a deal --------------------------------------------------------------------------

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.store)

    @cached_property
    def reader(self) -> Reader:
        return FreshReader(self.crm)

    @cached_property
    def contract(self) -> Contract:
        return Contract(self.definition.source, self.crm.fields_of)

    @cached_property
    def prices(self) -> Prices:
        return PriceCheck(self.erp, self.definition.sink, self.pace)

    @cached_property
    def mapping(self) -> Mapping:
        return RolledOut(module_of("erp", self.environment.erp).Mapping(self.definition.sink), self.rollout)

    @cached_property
    def rollout(self) -> Rollout:
        return Rollout(self.store)

    @cached_property
    def orders(self) -> OrderWriter:
        return KeyedOrders(self.erp)

    @cached_property
    def invoices(self) -> InvoiceWriter:
        return GuardedInvoices(self.erp)

    @cached_property
    def customers(self) -> Customers:
        return KeyedCustomers(self.crm, self.erp, self.store)

    @cached_property
    def tiers(self) -> Tiers | None:
        return Tiers(self.crm) if self.definition.source.tier else None

    @cached_property
    def settlement(self) -> Settlement:
        return Settlement(self.store, self.erp, self.mapping, self.orders, self.invoices, self.customers)

    # -- failures and signals -------------------------------------------------------------------------

    @cached_property
    def pager(self) -> Pager:
        return Pager(self.definition, self.store, self.environment.flow)

    @cached_property
    def tickets(self) -> Tickets:
        project = self.environment.credentials["tickets"]["project"]
        return Tickets(self.definition, self.store, self.environment.flow, project)

    @cached_property
    def incidents(self) -> Incidents:
        return Incidents(self.definition, self.store, self.pace, self.gates, self.pager, self.environment.flow)

    @cached_property
    def escalation(self) -> Escalation:
        pager, credentials = self.transports["pager"], self.environment.credentials["pager"]
        given = (self.definition, self.store, self.pace, self.incidents, self.pager)
        return Escalation(*given, pager, credentials)

    @cached_property
    def failures(self) -> Failures:
        return Failures(self.definition, self.store, self.pace, self.gates, self.incidents, self.tickets, self.draw)

    @cached_property
    def dead_letters(self) -> DeadLetters:
        return DeadLetters(self.definition, self.store, self.inbox)

    @cached_property
    def findings(self) -> Findings:
        return Findings(self.definition, self.store, self.tiers, self.incidents, self.tickets)

    @cached_property
    def reconciler(self) -> Reconciler:
        given = (self.definition, self.pace, self.store, self.inbox, self.crm, self.erp, self.incidents)
        return self.reconciler_class(*given, self.findings)

    @cached_property
    def listener(self) -> Listener | None:
        return self.listener_class.of(self.definition.sink.listen, self.erp, self.store, self.inbox, self.environment)

    @cached_property
    def write_back(self) -> WriteBack:
        return WriteBack(self.definition, self.store, self.crm, self.incidents)

    @cached_property
    def ticket_channel(self) -> TicketChannel:
        return TicketChannel(self.transports["tickets"], self.store, self.environment.credentials["tickets"])

    # -- running ------------------------------------------------------------------------------------

    @cached_property
    def engine(self) -> Engine:
        engine = Engine(
            self.definition,
            self.pace,
            self.store,
            self.inbox,
            self.gates,
            self.reader,
            self.contract,
            self.prices,
            self.settlement,
            self.failures,
            self.dead_letters,
        )
        engine.tiers = self.tiers
        return engine

    @cached_property
    def api(self) -> Api:
        def metrics_text() -> str:
            return metrics.render(self.store, self.gates, self.transports.values(), self.reconciler)

        parts = (self.inbox, self.store, self.engine, self.dead_letters, metrics_text, self.pager.test)
        return Api(*parts, self.crm, self.listener, self.rollout)

    @property
    def handler(self) -> Handler:
        """What answers the requests to the HTTP port."""
        return self.api

    def outboxes(self) -> list[Outbox]:
        """The queues of outgoing alerts and tickets."""
        pager = PagerChannel(self.transports["pager"], self.environment.credentials["pager"]["routing_key"])
        channels = pager, self.ticket_channel
        return [Outbox(self.store, each, self.pace, self.definition.retry, self.draw) for each in channels]

    async def redrive(self) -> None:
        """Approve dead letters whose ticket is resolved, then retry some of each reason."""
        rows = self.store.rows(
            "SELECT id, ticket FROM deals WHERE state = 'parked' AND reason = 'price_drift' AND ticket LIKE '%-%' "
            "ORDER BY random() LIMIT ?",
            APPROVALS_AT_ONCE,
        )
        for row in rows:
            if await self.ticket_channel.is_resolved(row["ticket"]):
                self.store.set_deal(row["id"], approved=1)
                self.store.note(row["id"], "approved", row["ticket"])
        self.dead_letters.redrive()
        if self.gates["erp"].closed_by is not None:
            await self.reconciler.triage()

    async def update_incidents(self) -> None:
        """Bring the incidents up to date."""
        self.incidents.tick()
        await self.escalation.run_once()

    async def every(
        self, period_s: float, act: Callable[[], Awaitable[None]], *, least_real_s: float = 0.05, at_once: bool = False
    ) -> None:
        """Run ``act`` periodically, as ``turns.repeat`` does."""
        real_s = self.pace.real_s(period_s, least_real_s=least_real_s)
        await repeat(act, real_s, at_once=at_once, timetable=self.timetable)

    def periodic(self) -> list[Awaitable[None]]:
        """The scheduled jobs."""
        definition = self.definition
        jobs: list[Awaitable[None]] = [
            self.every(definition.alerts.tick_s, self.update_incidents),
            self.every(definition.redrive_every_s, self.redrive),
            self.every(definition.source.write_back_every_s, self.write_back.run_once),
            self.every(definition.reconcile.every_s, self.reconciler.run_once, least_real_s=0.25),
        ]
        if self.listener is not None:
            jobs.append(self.every(self.listener.check_every_s, self.listener.keep, at_once=True))
        return jobs

    async def run(self) -> None:
        """Run everything except the HTTP port, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.engine.run())
            for work in (*(outbox.run() for outbox in self.outboxes()), *map(_as_coroutine, self.periodic())):
                group.create_task(work)


async def _as_coroutine(awaitable: Awaitable[None]) -> None:
    await awaitable
