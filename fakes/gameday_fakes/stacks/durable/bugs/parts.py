"""Bases of the bugs: what every one states, and the stack with one part of a class of its own."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, cast

from gameday_fakes.stacks.durable.compose import Composition
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.erps.netsuite import Client as NetSuite
from gameday_fakes.stacks.durable.erps.netsuite import Mapping
from gameday_fakes.stacks.durable.failures import DeadLetters, Failures
from gameday_fakes.stacks.durable.gate import Gate
from gameday_fakes.stacks.durable.inbox import Inbox
from gameday_fakes.stacks.durable.incidents import Incidents
from gameday_fakes.stacks.durable.orders import GuardedInvoices, InvoiceWriter, KeyedOrders, OrderWriter, Settlement
from gameday_fakes.stacks.durable.pager import Pager
from gameday_fakes.stacks.durable.tickets import Tickets


class Planted(Composition):
    """The stack with a planted bug. ``caught_by`` is a feature of the library that fails under it.

    It is empty where no feature of the library can show the bug; then a test has one of its own.
    """

    caught_by: ClassVar[str] = ""

    #: The vendor without which there is no such bug, empty for a bug with any pair.
    only: ClassVar[str] = ""

    #: The operation that the sync has to send the ERP for the bug to do harm, empty for those that it always sends.
    needs: ClassVar[str] = ""

    @property
    def netsuite(self) -> NetSuite:
        """The ERP's client, for a bug of NetSuite only."""
        return cast("NetSuite", self.erp)


class OtherMapping(Planted):
    """The stack with another mapping from deal to order, to one of NetSuite."""

    only = "netsuite"
    mapping_class: type[Mapping]

    @cached_property
    def mapping(self) -> Mapping:
        return self.mapping_class(self.definition.sink)


class OtherLines(Mapping):
    """A mapping that changes the lines of an order, given the deal's currency."""

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        body["item"] = {"items": [self.changed(line, deal.currency) for line in body["item"]["items"]]}
        return body

    def changed(self, line: dict[str, Any], currency: str) -> dict[str, Any]:
        """The line as the bug writes it."""
        return line


class OtherOrders(Planted):
    """The stack with another writer of orders."""

    orders_class: type[KeyedOrders]

    @cached_property
    def orders(self) -> OrderWriter:
        return self.orders_class(self.erp)


class OtherInvoices(Planted):
    """The stack with another writer of invoices, which an ERP that bills by itself does not need."""

    needs = "invoice.write"
    invoices_class: type[GuardedInvoices]

    @cached_property
    def invoices(self) -> InvoiceWriter:
        return self.invoices_class(self.erp)


class OtherSettlement(Planted):
    """The stack with another settlement of a deal."""

    settlement_class: type[Settlement]

    @cached_property
    def settlement(self) -> Settlement:
        return self.settlement_class(self.store, self.erp, self.mapping, self.orders, self.invoices, self.customers)


class OtherCrm(Planted):
    """The stack with another client of the CRM that the bug is about."""

    only = "salesforce"
    crm_class: type[Any]

    @cached_property
    def crm(self) -> Any:
        source = self.definition.source
        return self.crm_class(self.transports["crm"], self.environment.credentials["crm"], source, self.is_expected)


class OtherErp(Planted):
    """The stack with another client of the ERP that the bug is about."""

    erp_class: type[Any]

    @cached_property
    def erp(self) -> Any:
        return self.erp_class(self.transports["erp"], self.environment.credentials["erp"], self.definition.sink)


class OtherInbox(Planted):
    """The stack with another inbox."""

    inbox_class: type[Inbox]

    @cached_property
    def inbox(self) -> Inbox:
        return self.inbox_class(self.store)


class OtherFailures(Planted):
    """The stack with another handling of failures."""

    failures_class: type[Failures]

    @cached_property
    def failures(self) -> Failures:
        return self.failures_class(
            self.definition, self.store, self.pace, self.gates, self.incidents, self.tickets, self.draw
        )


class OtherDeadLetters(Planted):
    """The stack with another dead-letter queue."""

    dead_letters_class: type[DeadLetters]

    @cached_property
    def dead_letters(self) -> DeadLetters:
        return self.dead_letters_class(self.definition, self.store, self.inbox)


class OtherGates(Planted):
    """The stack with other circuit breakers."""

    gate_class: type[Gate]

    @cached_property
    def gates(self) -> dict[str, Gate]:
        return {name: self.gate_class(self.pace, self.definition.probe, self.draw) for name in ("crm", "erp")}


class OtherPager(Planted):
    """The stack with other alerts."""

    pager_class: type[Pager]

    @cached_property
    def pager(self) -> Pager:
        return self.pager_class(self.definition, self.store, self.environment.flow)


class OtherTickets(Planted):
    """The stack with other tickets."""

    tickets_class: type[Tickets]

    @cached_property
    def tickets(self) -> Tickets:
        project = self.environment.credentials["tickets"]["project"]
        return self.tickets_class(self.definition, self.store, self.environment.flow, project)


class OtherIncidents(Planted):
    """The stack with other incidents."""

    incidents_class: type[Incidents]

    @cached_property
    def incidents(self) -> Incidents:
        return self.incidents_class(
            self.definition, self.store, self.pace, self.gates, self.pager, self.environment.flow
        )
