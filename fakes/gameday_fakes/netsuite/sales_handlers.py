"""What comes before an order and after it, over HTTP: estimates, opportunities and item fulfilments.

Source: Oracle's NetSuite help, "Transforming Records" and the pages of these records in the REST guide.
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.http import Reply, Request
from gameday_fakes.netsuite.fulfilling import FulfillmentWriter
from gameday_fakes.netsuite.models import Fulfillment, Order, OrderKind
from gameday_fakes.netsuite.order_handlers import OrderHandlers, expands, given, kept, replaces, selected
from gameday_fakes.netsuite.orders import SalesOrderWriter
from gameday_fakes.netsuite.render import record_url
from gameday_fakes.netsuite.standard import LINES
from gameday_fakes.netsuite.store import check_external_id

#: What a fulfilment has of its order, whatever the body says.
_OF_FULFILLMENTS = ("createdFrom", "entity", "subsidiary", "postingPeriod", "shipStatus", f"{LINES}.*")


class SalesHandlers(OrderHandlers):
    """``estimate``, ``opportunity``, ``itemFulfillment``, and the transformations that make them or orders."""

    # -- estimates, opportunities and returns -------------------------------------------------------

    def create_proposal(self, request: Request) -> Reply:
        return self._create_proposal(request, self.body(request))

    def upsert_proposal(self, request: Request) -> Reply:
        reference, kind = request.params["id"], self._proposal_kind(request)
        if not reference.startswith("eid:") or reference[4:] in self.store.by_external_id[kind]:
            return self.update_proposal(request)
        return self._create_proposal(request, {**self.body(request), "externalId": check_external_id(reference[4:])})

    def update_proposal(self, request: Request) -> Reply:
        body, proposal = self.body(request), self._proposal(request)
        self.check_write(request, proposal.kind, *kept(request))
        SalesOrderWriter(self.store, proposal.kind).update(proposal, body, replace=replaces(request))
        return self._made(request, proposal.kind, proposal.id)

    def delete_proposal(self, request: Request) -> Reply:
        proposal = self._proposal(request)
        SalesOrderWriter(self.store, proposal.kind).delete(proposal)
        return Reply(204)

    def read_proposal(self, request: Request) -> Reply:
        body = self.renderer(request).order(self._proposal(request), expand=expands(request))
        return Reply.json(200, selected(request, body))

    def transform_to_estimate(self, request: Request) -> Reply:
        source = self._proposal(request)
        body = self.body(request, self.model.record_types["estimate"])
        self.check_write(request, "estimate", *self._taken(source))
        estimate = SalesOrderWriter(self.store, "estimate").transform(source, body)
        return self._made(request, "estimate", estimate.id)

    def transform_to_order(self, request: Request) -> Reply:
        body = self.body(request, self.model.record_types["salesOrder"])
        return self._create_order(request, body, self._proposal(request))

    def _create_proposal(self, request: Request, body: dict[str, Any]) -> Reply:
        kind = self._proposal_kind(request)
        self.check_write(request, kind)
        return self._made(request, kind, SalesOrderWriter(self.store, kind).create(body).id)

    def _proposal_kind(self, request: Request) -> OrderKind:
        name: Any = self.record_type(request).name
        kind: OrderKind = name
        return kind

    def _proposal(self, request: Request) -> Order:
        kind = self._proposal_kind(request)
        return self.store.orders_of(kind)[self.store.locate(kind, request.params["id"])]

    # -- item fulfilments ----------------------------------------------------------------------------

    def create_fulfillment(self, request: Request) -> Reply:
        return self._create_fulfillment(request, self.body(request))

    def upsert_fulfillment(self, request: Request) -> Reply:
        reference = request.params["id"]
        if not reference.startswith("eid:") or reference[4:] in self.store.by_external_id["itemFulfillment"]:
            return self.update_fulfillment(request)
        body = {**self.body(request), "externalId": check_external_id(reference[4:])}
        return self._create_fulfillment(request, body)

    def update_fulfillment(self, request: Request) -> Reply:
        fulfillment = self._fulfillment(request)
        self.check_write(request, "itemFulfillment", *kept(request))
        changed = FulfillmentWriter(self.store).update(fulfillment, self.body(request))
        return self._made(request, "itemFulfillment", changed.id)

    def delete_fulfillment(self, request: Request) -> Reply:
        FulfillmentWriter(self.store).delete(self._fulfillment(request))
        return Reply(204)

    def read_fulfillment(self, request: Request) -> Reply:
        body = self.renderer(request).fulfillment(self._fulfillment(request), expand=expands(request))
        return Reply.json(200, selected(request, body))

    def transform_to_fulfillment(self, request: Request) -> Reply:
        return self._fulfilled(request, self._order(request), given(request))

    def _create_fulfillment(self, request: Request, body: dict[str, Any]) -> Reply:
        order = self.store.orders[self.made_from("salesOrder", body)]
        return self._fulfilled(request, order, body)

    def _fulfilled(self, request: Request, order: Order, body: dict[str, Any]) -> Reply:
        self._check_lock(order.deal)
        self.check_write(request, "itemFulfillment", *_OF_FULFILLMENTS, deal=self._deal_of(order))
        fulfillment = FulfillmentWriter(self.store).transform(order, body)
        return self._made(request, "itemFulfillment", fulfillment.id)

    def _fulfillment(self, request: Request) -> Fulfillment:
        return self.store.fulfillments[self.store.locate("itemFulfillment", request.params["id"])]

    @staticmethod
    def _made(request: Request, kind: str, internal_id: str) -> Reply:
        return Reply(204, headers=[(b"location", record_url(request.base_url, kind, internal_id).encode())])
