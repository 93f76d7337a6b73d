"""Fault rules of ERPs: orders saved under a block or on hold, documents locked by user, sessions, notified changes.

They are as those of ``rules``, and stand apart because few vendors have them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from gameday_fakes.rules import Rule, Share, Times


class ExpireCsrf(Rule, frozen=True, tag="expire_csrf"):
    """All sessions of the API end, and with them their CSRF tokens; new ones can be had."""

    every_s: Annotated[
        float, Meta(ge=0.0, le=1e9, description="How often, in scenario seconds; 0: once, when it begins.")
    ] = 0.0


class BlockCredit(Rule, frozen=True, tag="block_credit"):
    """Orders are saved, with success, under a credit block; when the fault is healed, the credit team releases them."""

    share: Share = 1.0


class LockDocument(Rule, frozen=True, tag="lock_document"):
    """Somebody has documents open in a dialog, so that they cannot be changed; of a new order, its customer."""

    share: Share = 1.0
    times: Times = None
    user: Annotated[str, Meta(min_length=1, max_length=12, description="Who has them open.")] = "MILLER"


class HoldOrders(Rule, frozen=True, tag="hold_orders"):
    """Orders are taken, with success, and put on hold; when the fault is healed, somebody releases them."""

    share: Share = 1.0
    code: Annotated[str, Meta(min_length=1, max_length=30, description="The code of the hold.")] = "CREDIT_REVIEW"


class LapseSubscription(Rule, frozen=True, tag="lapse_subscription"):
    """Webhook subscriptions have expired: changes are no longer notified, without an error."""

    renewal: Annotated[
        Literal["works", "refused"], Meta(description="Whether a new subscription can be made meanwhile.")
    ] = "works"


class CancelInvoices(Rule, frozen=True, tag="cancel_invoices"):
    """Somebody cancels invoices by hand, each once; the order of a cancelled invoice no longer holds."""

    share: Share = 1.0
    after_s: Annotated[
        float, Meta(ge=0.0, le=1e9, description="How long after it was posted, in scenario seconds.")
    ] = 10.0
