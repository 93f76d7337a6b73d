"""Webhook subscriptions: the handshake, what is notified and how, and when a subscription ends.

Source: learn.microsoft.com, "Working with Webhooks in Dynamics 365 Business Central". Changes are collected for 30
seconds; then each receiver gets one message with a notification for each record, or, if they are more than a thousand,
one for the whole collection. A receiver that answers with anything but 2xx, 408, 429 or 5xx loses its subscription. How
the retries over 36 hours are spread is [R].
"""

from __future__ import annotations

import asyncio
import datetime
import secrets
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import msgspec

from gameday_fakes.business_central.account import CREDENTIALS
from gameday_fakes.business_central.errors import refused
from gameday_fakes.business_central.schema import DOCUMENT_OF
from gameday_fakes.business_central.settings import Settings
from gameday_fakes.business_central.store import CompanyStore
from gameday_fakes.delivery import Message, RetryRules, Sender
from gameday_fakes.odata.records import Record
from gameday_fakes.receivers import why_not_sent_to

if TYPE_CHECKING:
    import httpx

#: More changes than these at a time are notified as one of the whole collection.
MOST_NOTIFICATIONS = 1000
MOST_SUBSCRIPTIONS = 200
RETRIES = RetryRules(first_s=60.0, longest_s=3600.0, keep_s=129_600.0, timeout_s=30.0)
_AGAIN = (408, 429)
_HANDSHAKE_S = 10.0
#: Entity sets whose changes are notified.
SUPPORTED = ("salesOrders", "salesInvoices", "salesCreditMemos", "customers", "items", "currencies", "paymentTerms")

MakeSender = Callable[[], Sender]


class Webhooks:
    """The subscriptions of an environment and the messages to their receivers."""

    def __init__(self, store: Callable[[], CompanyStore], make_sender: MakeSender, hit: Callable[..., None]) -> None:
        self._store = store
        self._make_sender = make_sender
        self._hit = hit
        self.settings = Settings()
        self._senders: dict[str, Sender] = {}
        #: What each fault has let lapse: the entity sets of the subscriptions.
        self.lapsed: dict[str, set[str]] = {}
        #: What has changed and is not notified yet: by subscription, by the record's path, with the kind and the deal.
        self._collected: dict[str, dict[str, tuple[str, str]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers: Counter[str] = Counter()

    # -- subscriptions -------------------------------------------------------------------------------

    def check(self, notification_url: Any, resource: Any) -> str:
        """The entity set that a subscription is about. Raises ODataError for one that cannot be made."""
        if not isinstance(notification_url, str) or not isinstance(resource, str):
            raise refused("missing_field", "notificationUrl and resource must not be blank or empty.")
        if problem := why_not_sent_to(notification_url):
            raise refused("bad_value", problem, target="notificationUrl")
        name = urlsplit(resource).path.rpartition("/")[2]
        if name not in SUPPORTED:
            known = ", ".join(SUPPORTED)
            raise refused("bad_value", f"Resource {resource[:80]} is not supported for webhooks; supported: {known}.")
        return name

    async def shake(self, notification_url: str) -> None:
        """The handshake: the receiver has to send a token back. Raises ODataError."""
        sender, token = self._sender(notification_url), secrets.token_urlsafe(24)
        mark = "&" if "?" in notification_url else "?"
        url = f"{notification_url}{mark}validationToken={quote(token)}"
        status, text = await sender.ask(url, _HANDSHAKE_S)
        if status != 200 or text.strip().strip('"') != token:
            got = f"status {status}" if status else "no reply"
            raise refused("dialog", f"The notification URL did not return the validation token ({got}).")

    def subscribe(self, given: dict[str, Any]) -> Record:
        """Add a subscription after its handshake. Raises ODataError."""
        store = self._store()
        if len(store["subscriptions"].records) >= MOST_SUBSCRIPTIONS:
            raise refused("dialog", f"There are already {MOST_SUBSCRIPTIONS} subscriptions.")
        own = {"subscriptionId": f"{secrets.token_hex(16)}", "userId": CREDENTIALS["client_id"], **self._expiry()}
        return store.add("subscriptions", {**given, **own})

    def renew(self, record: Record, given: dict[str, Any]) -> Record:
        """Renew a subscription after its handshake."""
        store = self._store()
        return store.put("subscriptions", store.stamped({**record.values, **given, **self._expiry()}))

    def _expiry(self) -> dict[str, Any]:
        store = self._store()
        until_s = store.clock.now_s() + self.settings.subscription_life_s
        life = datetime.timedelta(seconds=self.settings.subscription_life_s)
        return {"expirationDateTime": (store.now() + life).replace(microsecond=0), "_until_s": until_s}

    def lapse(self, fault_id: str) -> None:
        """End all subscriptions, as if nobody had renewed them."""
        subscriptions = self._store()["subscriptions"]
        self.lapsed[fault_id] = {set_of(each.values["resource"]) for each in subscriptions.records.values()}
        for key in list(subscriptions.records):
            self._store().remove("subscriptions", key)
            self._hit(fault_id, "deliver", None)

    def alive(self) -> list[Record]:
        """The subscriptions that have not expired; the others are gone."""
        store = self._store()
        for key, record in list(store["subscriptions"].records.items()):
            if record.values["_until_s"] <= store.clock.now_s():
                store.remove("subscriptions", key)
        return list(store["subscriptions"].records.values())

    # -- notifications -------------------------------------------------------------------------------

    def note(self, changed: list[tuple[str, Record, str]], deals: Callable[[str, Record], str]) -> None:
        """Collect what a request has changed; a change of a line is one of its document."""
        missed: dict[tuple[str, str], None] = {}
        for name, record, kind in changed:
            document = DOCUMENT_OF.get(name)
            id_ = record.values["documentId"] if document else record.values.get("id", "")
            about, kind_ = (document, "updated") if document else (name, kind)
            deal = deals(name, record)
            missed |= {(fault_id, deal): None for fault_id, names in self.lapsed.items() if about in names}
            for each in self.alive():
                if set_of(each.values["resource"]) == about:
                    self._collect(each, f"{about}({id_})", kind_, deal)
        for fault_id, deal in missed:
            self._hit(fault_id, "deliver", deal)

    def _collect(self, subscription: Record, path: str, kind: str, deal: str) -> None:
        id_ = subscription.values["subscriptionId"]
        waiting = self._collected.get(id_)
        if waiting is None:
            waiting = self._collected[id_] = {}
            task = asyncio.get_running_loop().create_task(self._later(id_))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        before = waiting.get(path)
        # What was created and then changed is still new to its receiver.
        if before is not None and before[0] == "created" and kind == "updated":
            kind = "created"
        waiting[path] = (kind, deal)

    async def _later(self, id_: str) -> None:
        await self._store().clock.sleep(self.settings.webhook_delay_s)
        collected = self._collected.pop(id_)
        subscription = self._store()["subscriptions"].records.get((id_,))
        if subscription is not None:
            self._send(subscription, collected)

    def _send(self, subscription: Record, collected: dict[str, tuple[str, str]]) -> None:
        values, now = subscription.values, self._store().now()
        company = f"api/v2.0/companies({CREDENTIALS['company']})"
        shared = {
            "subscriptionId": values["subscriptionId"],
            "clientState": values["clientState"],
            "expirationDateTime": _iso(values["expirationDateTime"]),
            "lastModifiedDateTime": _iso(now),
        }
        if len(collected) > MOST_NOTIFICATIONS:
            since = quote(_iso(now - datetime.timedelta(seconds=self.settings.webhook_delay_s)))
            path = f"{set_of(values['resource'])}?$filter=lastModifiedDateTime%20ge%20{since}"
            notifications = [{**shared, "resource": f"{company}/{path}", "changeType": "collection"}]
        else:
            notifications = [
                {**shared, "resource": f"{company}/{path}", "changeType": kind} for path, (kind, _) in collected.items()
            ]
        body = msgspec.json.encode({"value": notifications})
        self._numbers[values["subscriptionId"]] += 1
        message = Message(
            f"{values['subscriptionId']}-{self._numbers[values['subscriptionId']]}",
            tuple({deal: None for _, deal in collected.values() if deal}),
            lambda _: body,
            lambda _: False,
            "application/json",
            successes=range(100, 600),
        )
        message.accepted = self._judge(values["subscriptionId"], message)
        self._sender(values["notificationUrl"]).send(message)

    def _judge(self, id_: str, message: Message) -> Callable[[httpx.Response], bool]:
        """Whether a receiver's reply is a success; any other than the known failures ends its subscription."""

        def judged(reply: httpx.Response) -> bool:
            status = reply.status_code
            if 200 <= status < 300:
                return True
            if status not in _AGAIN and status < 500:
                message.again = False
                if (id_,) in self._store()["subscriptions"].records:
                    self._store().remove("subscriptions", (id_,))
            return False

        return judged

    def _sender(self, url: str) -> Sender:
        if url not in self._senders:
            self._senders[url] = self._make_sender()
            self._senders[url].url = url
        return self._senders[url]

    # -- its life ------------------------------------------------------------------------------------

    def pending(self) -> int:
        """How many messages are still to be accepted or dropped."""
        return len(self._collected) + sum(sender.pending() for sender in self._senders.values())

    def reset(self) -> None:
        """Forget all that is under way, and the settings."""
        self.settings = Settings()
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
        self._collected.clear()
        self.lapsed.clear()
        for sender in self._senders.values():
            sender.reset()

    async def close(self) -> None:
        """Stop all deliveries and close the connections."""
        self.reset()
        for sender in self._senders.values():
            await sender.close()


def set_of(resource: str) -> str:
    """The entity set that a subscription's resource names."""
    return urlsplit(resource).path.rpartition("/")[2]


def _iso(moment: datetime.datetime) -> str:
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")
