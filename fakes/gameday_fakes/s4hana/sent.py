"""What a request sends of a record: the body that rules for the client's records check.

Version 2 of OData writes decimals as texts and days as ``/Date(...)/``: they are checked as the numbers and days that
they are. An item has its prices as elements of a list; checked they are one object, as contracts name them: the fields
of the price, and by its condition type the rate of each other element (``to_PricingElement.DRN1``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gameday_fakes.odata import values
from gameday_fakes.odata.call import Call
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.model import EntitySet, Property, Schema
from gameday_fakes.odata.sent_bodies import Sent
from gameday_fakes.s4hana.pricing import PRICES
from gameday_fakes.s4hana.sales_order import ITEM, ITEM_PRICE, ORDER
from gameday_fakes.s4hana.schema import PART_OF
from gameday_fakes.s4hana.store import ClientStore

_TYPE, _RATE = "ConditionType", "ConditionRateValue"


def sent_by(call: Call, deal: str | None, schema: Schema, store: ClientStore) -> Sent | None:
    """The body of an order, of a part of one, or of any other record; None for a request that sends none.

    Raises ODataError and BadBody.
    """
    resource = call.resource
    is_new = call.method == "POST" and resource.kind == "collection"
    if not is_new and (call.method not in ("PATCH", "PUT", "MERGE") or resource.kind != "entity"):
        return None
    of = resource.of
    body = _stated(call.body, of, schema)
    if of.name == ITEM_PRICE:
        line = {"to_PricingElement": _priced([*_elements(call, body, store), body])}
        return Sent(schema.sets[ITEM], ORDER, "to_Item", line, is_new=False, deal=deal)
    record, part = PART_OF.get(of.name, (of.name, ""))
    return Sent(of, record, part, body, is_new, deal)


def _elements(call: Call, body: dict[str, Any], store: ClientStore) -> list[dict[str, Any]]:
    """The elements that an item has beside the one that a request adds or changes; a changed one gets its type."""
    keys = [step.key for step in call.resource.steps if step.key is not None and len(step.key) > 1]
    item = keys[-1][:2] if keys else (body.get("SalesOrder"), body.get("SalesOrderItem"))
    changed = store[ITEM_PRICE].records.get(keys[-1]) if keys else None
    if changed is not None:
        body.setdefault(_TYPE, changed.values[_TYPE])
    others = [each for each in store.elements(*map(str, item)) if each is not changed]
    return [{name: each.values[name] for name in (_TYPE, _RATE)} for each in others]


def _stated(body: Mapping[str, Any], of: EntitySet, schema: Schema) -> dict[str, Any]:
    """A body with its values as what they are; what cannot be read stays as it is."""
    named, found = dict(of.seen()), dict(body)
    for name, value in body.items():
        if name in named:
            found[name] = _value(value, named[name], schema)
        elif name in of.navigations:
            within = schema.sets[of.navigations[name].to]
            inner = value.get("results", value) if isinstance(value, dict) else value
            if isinstance(inner, list) and all(isinstance(each, dict) for each in inner):
                parts = [_stated(each, within, schema) for each in inner]
                found[name] = _priced(parts) if within.name == ITEM_PRICE else parts
    return found


def _value(value: Any, each: Property, schema: Schema) -> Any:
    if not isinstance(value, str) or not value or each.type not in ("Edm.Decimal", "Edm.DateTime"):
        return value
    try:
        read = values.read(value, each, schema)
    except ODataError:
        return value
    return read if each.type == "Edm.Decimal" else read.isoformat()


def _priced(elements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The elements of an item as one object; of several prices the last counts."""
    found: dict[str, Any] = {}
    for each in elements:
        if each.get(_TYPE) in PRICES:
            found |= each
        elif isinstance(each.get(_TYPE), str):
            found[each[_TYPE]] = each.get(_RATE)
    return found
