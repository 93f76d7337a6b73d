"""Webhooks: which registered steps hear of a change, and how their messages are sent.

Source: learn.microsoft.com, "Use Webhooks to create external handlers for server events": a receiver has 60 seconds,
any status but 2xx is a failure, and only after 502, 503 and 504 there is one more attempt. When that comes is [R]. So
a receiver that cannot be reached hears of the event no more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from gameday_fakes.dataverse.context import execution_context, message_id
from gameday_fakes.dataverse.deals import deal_of
from gameday_fakes.dataverse.identity import CREDENTIALS
from gameday_fakes.dataverse.manifest import MANIFEST, plain
from gameday_fakes.dataverse.platform import HTTP_HEADER, WEBHOOK, WEBHOOK_KEY
from gameday_fakes.dataverse.rules import auth_settings
from gameday_fakes.dataverse.schema import TABLE_OF
from gameday_fakes.dataverse.settings import Settings
from gameday_fakes.dataverse.store import Change, Store
from gameday_fakes.delivery import Message, RetryRules, Sender
from gameday_fakes.odata.records import Record
from gameday_fakes.protocols import exact_json
from gameday_fakes.rules import DeliveryRule, EventKind

_AGAIN = (502, 503, 504)
#: One more attempt, and only after these statuses; 0 is no reply at all.
RETRIES = RetryRules(
    first_s=10.0,
    longest_s=10.0,
    keep_s=86_400.0,
    timeout_s=60.0,
    attempts=2,
    final=tuple(status for status in range(600) if status not in _AGAIN),
)
#: The endpoint and the steps that the environment's setting registers.
ENDPOINT_ID, STEP_IDS = (
    "7ba5d0c1-6a6e-4dd5-9f0a-67616d656420",
    {
        "Update": "7ba5d0c1-6a6e-4dd5-9f0a-67616d656421",
        "Delete": "7ba5d0c1-6a6e-4dd5-9f0a-67616d656422",
    },
)


class Webhooks:
    """The messages to all receivers. Faults of deliveries act on those of every receiver."""

    def __init__(self, store: Callable[[], Store], make_sender: Callable[[], Sender]) -> None:
        self._store = store
        self._make_sender = make_sender
        self._senders: dict[str, Sender] = {}
        self._faults: dict[str, tuple[DeliveryRule, int]] = {}
        self._heals: dict[str, list[Callable[[], None]]] = {}
        self._number = 0

    # -- registering ---------------------------------------------------------------------------------

    def register(self, settings: Settings) -> None:
        """Register the webhook of the environment's setting: Update and Delete of opportunities. No URL: none."""
        store = self._store()
        known = store.get("serviceendpoints", ENDPOINT_ID)
        if known is not None:
            store.delete("serviceendpoints", known)
        if settings.outbound_url:
            header, key = CREDENTIALS["webhook_header"], CREDENTIALS["webhook_key"]
            own: dict[str, Any] = {
                "name": "gameday sync",
                "url": settings.outbound_url,
                "contract": WEBHOOK,
                "isauthvalueset": True,
            }
            auth = f'<settings><setting name="{header}" value="{key}" /></settings>'
            store.add(
                "serviceendpoints", {**own, "serviceendpointid": ENDPOINT_ID, "authtype": HTTP_HEADER, "_auth": auth}
            )
            for message, id_ in STEP_IDS.items():
                store.add("sdkmessageprocessingsteps", self._step(store, message, id_, settings))
        store.changes.clear()

    @staticmethod
    def _step(store: Store, message: str, id_: str, settings: Settings) -> dict[str, Any]:
        record = store.by("sdkmessages", "name", message)
        of = record.values["sdkmessageid"] if record is not None else None
        filters = store["sdkmessagefilters"].find(("_sdkmessageid_value",), (of,))
        table = next(each for each in filters if each.values["primaryobjecttypecode"] == "opportunity")
        return {
            "sdkmessageprocessingstepid": id_,
            "name": f"gameday sync: {message} of opportunity",
            "_sdkmessageid_value": of,
            "_sdkmessagefilterid_value": table.values["sdkmessagefilterid"],
            "_eventhandler_value": ENDPOINT_ID,
            "filteringattributes": ",".join(settings.filtering()) if message == "Update" else None,
        }

    # -- sending -------------------------------------------------------------------------------------

    def wanting(self, change: Change) -> list[tuple[Record, Record]]:
        """The enabled steps that hear of a change, each with its endpoint."""
        store, found = self._store(), []
        for step in store["sdkmessageprocessingsteps"].records.values():
            own = step.values
            endpoint = store.get("serviceendpoints", own["_eventhandler_value"])
            message = store.get("sdkmessages", own["_sdkmessageid_value"])
            if endpoint is None or message is None or own["statecode"] != 0 or message.values["name"] != change.message:
                continue
            of = store.get("sdkmessagefilters", own["_sdkmessagefilterid_value"])
            if of is not None and of.values["primaryobjecttypecode"] != TABLE_OF[change.set_name].name:
                continue
            if _filtered(own["filteringattributes"], change):
                found.append((step, endpoint))
        return found

    def note(self, change: Change, kinds: Mapping[str, EventKind], user: str) -> None:
        """Send what has happened to those that hear of it; ``kinds`` says what there is to announce of each deal."""
        for step, endpoint in self.wanting(change):
            self._number += 1
            self._send(step, endpoint, change, kinds, user)

    def _send(self, step: Record, endpoint: Record, change: Change, kinds: Mapping[str, EventKind], user: str) -> None:
        id_ = step.values["sdkmessageprocessingstepid"]
        context = execution_context(self._store(), change, id_, user, self._number)
        body = exact_json.encode(context)
        deal = plain(guid) if (guid := deal_of(change)) is not None else ""
        url, headers = _address(endpoint.values)
        message = Message(
            id=f"webhook {self._number}",
            orders=(deal,) if deal else (),
            render=lambda _: body,
            accepted=lambda _: True,
            content_type="application/json; charset=utf-8",
            headers={
                "x-ms-dynamics-organization": MANIFEST.host,
                "x-ms-dynamics-entity-name": TABLE_OF[change.set_name].name,
                "x-ms-dynamics-request-name": change.message,
                "x-ms-correlation-request-id": message_id("correlation", self._number),
                **headers,
            },
            successes=range(200, 300),
            kinds={deal: kinds[deal]} if deal in kinds else {},
        )
        self._sender(url).send(message)

    def _sender(self, url: str) -> Sender:
        if url not in self._senders:
            sender = self._senders[url] = self._make_sender()
            sender.url = url
            for fault_id, (rule, seed) in self._faults.items():
                self._heals[fault_id].append(sender.inject(fault_id, rule, seed))
        return self._senders[url]

    # -- faults and life -----------------------------------------------------------------------------

    def inject(self, fault_id: str, rule: DeliveryRule, seed: int) -> Callable[[], None]:
        """Inject a delivery fault; returns what heals it."""
        self._faults[fault_id] = (rule, seed)
        self._heals[fault_id] = [sender.inject(fault_id, rule, seed) for sender in self._senders.values()]

        def heal() -> None:
            self._faults.pop(fault_id, None)
            for each in self._heals.pop(fault_id, ()):
                each()

        return heal

    def held(self) -> Mapping[str, int]:
        """How many messages each fault holds back."""
        found: dict[str, int] = {}
        for sender in self._senders.values():
            for fault_id, number in sender.held().items():
                found[fault_id] = found.get(fault_id, 0) + number
        return found

    def pending(self) -> int:
        """How many messages are still to be accepted or dropped."""
        return sum(sender.pending() for sender in self._senders.values())

    def reset(self) -> None:
        """Stop all deliveries and forget them and the faults."""
        self._faults.clear()
        self._heals.clear()
        self._number = 0
        for sender in self._senders.values():
            sender.reset()

    async def close(self) -> None:
        """Stop all deliveries and close the connections."""
        self.reset()
        for sender in self._senders.values():
            await sender.close()


def _filtered(attributes: str | None, change: Change) -> bool:
    """Whether a change touches one of the columns that a step is filtered by."""
    if change.message != "Update" or not attributes:
        return True
    wanted = {each.strip() for each in attributes.split(",")}
    own = {each.property_name: each.name for each in TABLE_OF[change.set_name].columns}
    return any(own.get(name) in wanted for name in change.names)


def _address(endpoint: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Where a webhook goes and with which headers, by the way in which it proves who sends it."""
    url, auth = str(endpoint["url"]), str(endpoint.get("_auth") or "")
    if endpoint["authtype"] == HTTP_HEADER:
        return url, {name.lower(): value for name, value in auth_settings(auth)}
    given = [("code", auth)] if endpoint["authtype"] == WEBHOOK_KEY and auth else auth_settings(auth)
    return (f"{url}{'&' if '?' in url else '?'}{urlencode(given)}" if given else url), {}
