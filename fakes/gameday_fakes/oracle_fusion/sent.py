"""What a request sends of a record: the payload that rules for the pod's records check."""

from __future__ import annotations

from gameday_fakes.odata.model import Schema
from gameday_fakes.odata.sent_bodies import Sent
from gameday_fakes.oracle_fusion.framework import Call


def sent_by(call: Call, deal: str | None, schema: Schema) -> Sent | None:
    """The payload of an order, an invoice or a line of one; None for a request that sends none. Raises BadBody."""
    address = call.address
    of = schema.sets.get(address.resource)
    if of is None or call.method not in ("POST", "PATCH") or address.action or len(address.steps) > 1:
        return None
    part = address.steps[0][1] if address.steps else ""
    if part and part not in of.navigations:
        return None
    of, body = schema.sets[of.navigations[part].to] if part else of, call.body
    # What is no object is refused in the vendor's words.
    return Sent(of, address.resource, part, body, call.method == "POST", deal) if isinstance(body, dict) else None
