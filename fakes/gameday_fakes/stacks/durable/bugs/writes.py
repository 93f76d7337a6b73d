"""Bugs on the way out, and in what is done when the ERP says no."""

from __future__ import annotations

import logging
from collections import Counter
from decimal import Decimal
from functools import cached_property
from typing import Any

from gameday_fakes.stacks.durable.compose import Composition
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.definition import Reason, Sink
from gameday_fakes.stacks.durable.engine import Prices
from gameday_fakes.stacks.durable.erp import Erp
from gameday_fakes.stacks.durable.failures import DeadLetters, Failures
from gameday_fakes.stacks.durable.gate import Gate
from gameday_fakes.stacks.durable.orders import InvoiceWriter, KeyedOrders, Mapping, OrderWriter, Settlement
from gameday_fakes.stacks.durable.pricing import PriceCheck
from gameday_fakes.stacks.durable.store import DISCARDED, Row
from gameday_fakes.stacks.durable.trouble import Trouble

_log = logging.getLogger("durable")


class _PostedOrders:
    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        if row["order_id"]:
            return await self._erp.write("PATCH", f"/record/v1/salesOrder/{row['order_id']}?replace=item", body)
        return await self._erp.write("POST", "/record/v1/salesOrder", body)


class NoIdempotencyKey(Composition):
    """Creates orders without an external id: a repeated request makes a second order."""

    @cached_property
    def orders(self) -> OrderWriter:
        return _PostedOrders(self.erp)


class _OrdersByAttempt:
    def __init__(self, erp: Erp) -> None:
        self._erp = erp
        self._failures: Counter[str] = Counter()

    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        failures = self._failures[deal.id]
        try:
            return await self._erp.put_order(f"{deal.id}-{failures}" if failures else deal.id, body)
        except Trouble:
            self._failures[deal.id] += 1
            raise


class KeyChangesOnRetry(Composition):
    """Makes a new idempotency key for each attempt, so the key protects from nothing."""

    @cached_property
    def orders(self) -> OrderWriter:
        return _OrdersByAttempt(self.erp)


class _TrustedOrders(KeyedOrders):
    async def write(self, deal: Deal, row: Row, body: dict[str, Any]) -> str:
        try:
            return await super().write(deal, row, body)
        except Trouble as trouble:
            if trouble.reason != "half_written":
                raise
            order = await self._erp.read_order(deal.id)
            if order is None:
                raise
            return str(order["id"])


class TakesHalfForWhole(Composition):
    """Takes an error for a lost reply where it finds an order with the deal's key, whatever is in that order."""

    @cached_property
    def orders(self) -> OrderWriter:
        return _TrustedOrders(self.erp)


class _BlindInvoices:
    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    async def ensure(self, deal: Deal, order: str) -> str:
        return await self._erp.transform(order)


class RepeatedInvoice(Composition):
    """Repeats the transformation to an invoice without looking whether the first one went through."""

    @cached_property
    def invoices(self) -> InvoiceWriter:
        return _BlindInvoices(self.erp)


class _OneWaySettlement(Settlement):
    async def void(self, deal: Deal) -> None:
        self._store.set_deal(deal.id, version=deal.version)


class KeepsVoidedOrders(Composition):
    """Takes no notice of a deal that is taken back after it was won: its order stays."""

    @cached_property
    def settlement(self) -> Settlement:
        return _OneWaySettlement(self.store, self.erp, self.mapping, self.orders, self.invoices)


class _FloatMapping(Mapping):
    """Exact the first time; what is written again has been through the float of a retry queue."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self._mapped: set[str] = set()

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        if deal.id in self._mapped:
            for line in body["item"]["items"]:
                line["amount"] = Decimal(int(float(line["amount"]) * 100)) / 100
        self._mapped.add(deal.id)
        return body


class RoundsMoneyInFloats(Composition):
    """Turns the amounts of what it writes again into cents by way of a float: awkward ones lose one (19.99: 19.98)."""

    @cached_property
    def mapping(self) -> Mapping:
        return _FloatMapping(self.definition.sink)


class _YieldingPrices:
    """If the ERP has another price, the ERP will know best."""

    def __init__(self, check: PriceCheck) -> None:
        self._check = check
        self.repriced: set[str] = set()

    async def check(self, deal: Deal) -> None:
        try:
            await self._check.check(deal)
        except Trouble as trouble:
            if trouble.reason != "price_drift":
                raise
            self.repriced.add(deal.id)

    def forget(self) -> None:
        self._check.forget()


class _YieldingMapping(Mapping):
    def __init__(self, sink: Sink, prices: _YieldingPrices) -> None:
        super().__init__(sink)
        self._prices = prices

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        if deal.id in self._prices.repriced:
            body["item"]["items"] = [
                {name: line[name] for name in ("item", "quantity")} for line in body["item"]["items"]
            ]
        return body


class WrongTolerance(Composition):
    """Lets the ERP put its own price wherever it differs from the one that was sold, without a word."""

    @cached_property
    def _yielding(self) -> _YieldingPrices:
        return _YieldingPrices(PriceCheck(self.erp, self.definition.sink, self.pace))

    @cached_property
    def prices(self) -> Prices:
        return self._yielding

    @cached_property
    def mapping(self) -> Mapping:
        return _YieldingMapping(self.definition.sink, self._yielding)


class _Failures(Composition):
    """Base of those in which only what follows from a failure differs."""

    kind: type[Failures]

    @cached_property
    def failures(self) -> Failures:
        return self.kind(self.definition, self.store, self.pace, self.gates, self.incidents, self.tickets, self.draw)


class _DropRefused(Failures):
    def park(self, deal: str, reason: Reason, detail: str) -> None:
        _log.error("deal %s is refused: %s", deal, detail)
        self.store.set_deal(deal, state=DISCARDED)


class NoDeadLetterQueue(_Failures):
    """Records that the ERP refuses are dropped with a line in the log."""

    kind = _DropRefused


class _DropTired(Failures):
    tries = 3

    def again_after(self, deal: str, attempts: int, delay_real_s: float) -> None:
        super().again_after(deal, attempts, delay_real_s)
        if attempts >= self.tries:
            _log.error("deal %s is given up", deal)
            self.store.set_deal(deal, state=DISCARDED)


class DropsAfterNTries(_Failures):
    """Gives a record up for good after three tries."""

    kind = _DropTired


class _CheckOff(Failures):
    def failed(self, row: Row, trouble: Trouble, record: dict[str, Any] | None) -> None:
        _log.error("deal %s: %s", row["id"], trouble)
        self.gates[trouble.system].worked()
        self.store.set_deal(row["id"], state=DISCARDED)


class CheckpointPastFailure(_Failures):
    """Checks a batch off as a whole: the checkpoint moves past the records that failed in it."""

    kind = _CheckOff


class _Hammer(Failures):
    def delay_s(self, attempt: int, trouble: Trouble) -> float:
        return 0.0


class _OpenGate(Gate):
    def failed(self, reason: Reason, trouble: Trouble) -> None:
        return


class UnboundedRetry(_Failures):
    """Tries again at once and for ever, and never lets a system in trouble alone."""

    kind = _Hammer

    @cached_property
    def gates(self) -> dict[str, Gate]:
        return {name: _OpenGate(self.pace, self.definition.probe, self.draw) for name in ("crm", "erp")}


class _NoWayBack(DeadLetters):
    def redrive(self) -> None:
        return


class ParksForEver(Composition):
    """What is parked stays parked until somebody replays it by hand, long after the cause is gone."""

    @cached_property
    def dead_letters(self) -> DeadLetters:
        return _NoWayBack(self.definition, self.store, self.inbox)


COMPOSITIONS: dict[str, type[Composition]] = {
    "no-idempotency-key": NoIdempotencyKey,
    "key-changes-on-retry": KeyChangesOnRetry,
    "takes-half-for-whole": TakesHalfForWhole,
    "repeated-invoice": RepeatedInvoice,
    "keeps-voided-orders": KeepsVoidedOrders,
    "rounds-money-in-floats": RoundsMoneyInFloats,
    "wrong-tolerance": WrongTolerance,
    "no-dead-letter-queue": NoDeadLetterQueue,
    "drops-after-n-tries": DropsAfterNTries,
    "checkpoint-past-failure": CheckpointPastFailure,
    "unbounded-retry": UnboundedRetry,
    "parks-for-ever": ParksForEver,
}
