"""What NetSuite's refusals mean to the flow."""

from __future__ import annotations

import json

import httpx

from gameday_fakes.stacks.durable.trouble import Trouble, by_text

# NetSuite uses one code, USER_ERROR, for most refusals, so the text decides.
_TEXTS = (
    # What a form requires, or no longer knows, is wrong with a field, whatever the field's name has in it.
    ("please enter value", "contract_violation"),
    ("unknown property", "contract_violation"),
    ("invalid search query", "contract_violation"),
    ("locked by", "locked"),
    ("has been changed", "locked"),
    ("period", "period_closed"),
    ("credit hold", "credit_hold"),
    ("legal hold", "legal_hold"),
    ("tolerance", "price_drift"),
    ("inactive", "invalid_reference"),
    ("invalid field value", "invalid_reference"),
)


def is_missing(reply: httpx.Response) -> bool:
    """Whether a record is not there. That its type is not says nothing of the record, and is answered with 404 too."""
    return reply.status_code == 404 and not trouble_of(reply).detail.startswith("404 NOT_FOUND")


def trouble_of(reply: httpx.Response) -> Trouble:
    """The trouble of a NetSuite error: ``{"o:errorDetails": [{detail, "o:errorCode"}]}``."""
    try:
        details = json.loads(reply.content).get("o:errorDetails") or [{}]
        first = details[0]
    except (ValueError, AttributeError):
        first = {}
    text = str(first.get("detail", ""))
    detail = f"{reply.status_code} {first.get('o:errorCode', '')} {text}".strip()
    return by_text(reply, detail, "erp", text, _TEXTS)
