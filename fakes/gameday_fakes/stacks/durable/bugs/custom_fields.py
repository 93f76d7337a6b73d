"""Bugs in custom fields. The library's contract maps none; tests/stacks/test_custom_fields.py does."""

from __future__ import annotations

from typing import Any

from gameday_fakes.stacks.durable.bugs.parts import OtherMapping, Planted
from gameday_fakes.stacks.durable.contract import Deal
from gameday_fakes.stacks.durable.definition import Sink
from gameday_fakes.stacks.durable.erps.netsuite import Mapping


class _Cut(Mapping):
    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        if body.get("custbody_contract_number"):
            body["custbody_contract_number"] = body["custbody_contract_number"][:8]
        return body


class CutsCustomText(OtherMapping):
    """Cuts the contract's number to eight characters, as an older form of the ERP held it."""

    mapping_class = _Cut


class _FirstDelivery(Mapping):
    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self._first: dict[str, Any] = {}

    def order(self, deal: Deal, *, correlation: str, currency_id: str) -> dict[str, Any]:
        body = super().order(deal, correlation=correlation, currency_id=currency_id)
        field = "custbody_requested_delivery"
        if field in body:
            body[field] = self._first.setdefault(deal.id, body[field])
        return body


class KeepsFirstDelivery(OtherMapping):
    """Writes the date of delivery as it first was: an amendment changes the lines, but not the date."""

    mapping_class = _FirstDelivery


COMPOSITIONS: dict[str, type[Planted]] = {
    "cuts-custom-text": CutsCustomText,
    "keeps-first-delivery": KeepsFirstDelivery,
}
