"""Webhook subscriptions: the handshake, what is notified, and when a subscription ends."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fakes.business_central.conftest import order
from gameday_fakes.business_central.account import CREDENTIALS

RESOURCE = f"/api/v2.0/companies({CREDENTIALS['company']})/salesOrders"


class Receiver:
    """A receiver of notifications. ``status`` is what it answers to them; ``echoes`` whether it sends tokens back."""

    def __init__(self) -> None:
        self.status = 200
        self.echoes = True
        self.messages: queue.Queue[list[dict[str, Any]]] = queue.Queue()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                token = parse_qs(urlsplit(self.path).query).get("validationToken")
                if token:
                    answer, status = (token[0].encode() if receiver.echoes else b"no"), 200
                else:
                    receiver.messages.put(json.loads(body)["value"])
                    answer, status = b"", receiver.status
                self.send_response(status)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def next(self) -> list[dict[str, Any]]:
        """The next notifications."""
        return self.messages.get(timeout=20)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on this machine."""
    running = Receiver()
    yield running
    running.close()


def subscribe(erp: Any, receiver: Receiver, **changed: Any) -> Any:
    """The reply to a new subscription."""
    body = {"notificationUrl": receiver.url, "resource": RESOURCE, "clientState": "secret", **changed}
    return erp.call("POST", "/subscriptions", body)


def deliveries(erp: Any) -> list[dict[str, Any]]:
    """The attempts to deliver, of which there is to be one: it is recorded after the receiver has answered."""
    while not (found := erp.events("deliver")):
        time.sleep(0.01)
    return list(found)


def test_a_subscription_is_made_after_a_handshake(erp: Any, receiver: Receiver) -> None:
    reply = subscribe(erp, receiver)
    assert reply.status_code == 201, reply.text
    created = reply.json()
    shown = erp.get(f"/subscriptions('{created['subscriptionId']}')")
    assert shown["expirationDateTime"] == created["expirationDateTime"]
    assert erp.call("DELETE", f"/subscriptions('{created['subscriptionId']}')").status_code == 204
    assert erp.get("/subscriptions")["value"] == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"resource": RESOURCE.replace("salesOrders", "vendors")}, "is not supported for webhooks"),
        ({"resource": None}, "must not be blank"),
        ({"notificationUrl": "nonsense"}, "is not the address of a receiver"),
        ({"notificationUrl": "http://[::1"}, "is not the address of a receiver"),
        ({"notificationUrl": "https://hooks.example.com/x"}, "to this machine and its private network only"),
        ({"notificationUrl": "http://8.8.8.8/x"}, "to this machine and its private network only"),
        ({"notificationUrl": "http://127.0.0.1:9/x"}, "did not return the validation token (no reply)"),
        ({"nosuch": 1}, "'nosuch' does not exist"),
    ],
)
def test_a_subscription_that_cannot_be_made_is_refused(erp: Any, receiver: Receiver, changed: Any, said: str) -> None:
    reply = subscribe(erp, receiver, **changed)
    assert reply.status_code == 400
    assert said in erp.message_of(reply)


def test_a_receiver_has_to_send_the_token_back_for_a_renewal_too(erp: Any, receiver: Receiver) -> None:
    created = subscribe(erp, receiver).json()
    path = f"/subscriptions('{created['subscriptionId']}')"
    erp.configure(subscription_life_s=500_000)
    renewed = erp.call("PATCH", path, {})
    assert renewed.json()["expirationDateTime"] > created["expirationDateTime"]
    assert erp.error_of(erp.call("PATCH", path, {}, etag=""))[1] == "BadRequest_InvalidToken"
    receiver.echoes = False
    assert erp.call("PATCH", path, {}).status_code == 400
    assert subscribe(erp, receiver).status_code == 400


@pytest.mark.slow
def test_changes_are_collected_and_notified_with_their_kinds(erp: Any, receiver: Receiver) -> None:
    subscribe(erp, receiver)
    first, second = erp.order("1"), erp.order("2")
    erp.call("PATCH", f"salesOrderLines({first['salesOrderLines'][0]['id']})", {"quantity": 5})
    erp.call("DELETE", f"salesOrders({second['id']})")
    notified = receiver.next()
    company = f"api/v2.0/companies({CREDENTIALS['company']})"
    assert {each["resource"]: each["changeType"] for each in notified} == {
        f"{company}/salesOrders({first['id']})": "created",
        f"{company}/salesOrders({second['id']})": "deleted",
    }
    assert {each["clientState"] for each in notified} == {"secret"}
    delivered = deliveries(erp)[0]
    assert (delivered["outcome"], delivered["value"]["deals"]) == ("ok", ["1", "2"])


def test_what_a_batch_takes_back_is_not_notified(erp: Any, receiver: Receiver) -> None:
    erp.configure(webhook_delay_s=0)
    subscribe(erp, receiver)
    good = {"id": "1", "method": "POST", "url": "salesOrders", "body": order("taken back")}
    bad = {"id": "2", "method": "POST", "url": "salesOrders", "body": order("refused", customerNumber="NOSUCH")}
    erp.call("POST", "$batch", {"requests": [good, bad]}, isolation="snapshot")
    group = [{**each, "atomicityGroup": "g"} for each in (good, bad)]
    erp.call("POST", "$batch", {"requests": group})
    created = erp.order("kept")
    assert [each["resource"].rpartition("(")[2] for each in receiver.next()] == [f"{created['id']})"]
    assert [event["value"]["deals"] for event in deliveries(erp)] == [["kept"]]


@pytest.mark.slow
def test_more_than_a_thousand_changes_are_one_of_the_collection(erp: Any, receiver: Receiver) -> None:
    erp.configure(webhook_delay_s=300)
    subscribe(erp, receiver, resource=RESOURCE.replace("salesOrders", "items"))
    for start in range(0, 1010, 101 - 1):
        requests = [
            {"id": str(n), "method": "POST", "url": "items", "body": {"displayName": f"I{n}"}}
            for n in range(start, min(start + 100, 1010))
        ]
        erp.call("POST", "$batch", {"requests": requests})
    (notified,) = receiver.next()
    assert notified["changeType"] == "collection"
    assert "items?$filter=lastModifiedDateTime%20ge%20" in notified["resource"]


@pytest.mark.slow
def test_a_receiver_that_answers_with_an_unexpected_status_loses_its_subscription(erp: Any, receiver: Receiver) -> None:
    subscribe(erp, receiver)
    receiver.status = 404
    erp.order("1")
    receiver.next()
    while erp.get("/subscriptions")["value"]:
        pass
    assert deliveries(erp)[0]["outcome"] == "fail"


@pytest.mark.slow
def test_a_receiver_that_is_busy_is_asked_again(erp: Any, receiver: Receiver) -> None:
    subscribe(erp, receiver)
    receiver.status = 503
    erp.order("1")
    first = receiver.next()
    receiver.status = 200
    assert receiver.next() == first
    assert len(erp.get("/subscriptions")["value"]) == 1


def test_a_subscription_ends_unless_it_is_renewed(erp: Any, receiver: Receiver) -> None:
    erp.configure(subscription_life_s=1, webhook_delay_s=0)
    subscribe(erp, receiver)
    while erp.get("/subscriptions")["value"]:
        time.sleep(0.01)
    erp.order("late")
    erp.configure(subscription_life_s=1000)
    subscribe(erp, receiver)
    erp.order("in time")
    receiver.next()
    assert [event["value"]["deals"] for event in deliveries(erp)] == [["in time"]]


def test_a_lapse_ends_all_subscriptions_without_an_error(erp: Any, receiver: Receiver) -> None:
    erp.configure(webhook_delay_s=0)
    subscribe(erp, receiver)
    erp.inject("lapse_subscription")
    assert erp.get("/subscriptions")["value"] == []
    erp.order("1")
    assert erp.events("deliver") == []
    assert [hit[2] for hit in erp.hits()] == [None, "1"]
    # It may be made again at once, but what was missed stays missed.
    assert subscribe(erp, receiver).status_code == 201
    erp.order("2")
    assert receiver.next()[0]["changeType"] == "created"


def test_a_lapse_may_refuse_new_subscriptions(erp: Any, receiver: Receiver) -> None:
    erp.inject("lapse_subscription", renewal="refused")
    assert subscribe(erp, receiver).status_code == 500
    erp.heal()
    assert subscribe(erp, receiver).status_code == 201


def test_somebody_cancels_each_invoice_once_and_its_subscribers_hear_of_it(erp: Any, receiver: Receiver) -> None:
    erp.configure(webhook_delay_s=0)
    erp.inject("cancel_invoices", after_s=0)
    for _ in range(2):
        order = erp.order("006xY")
        subscribe(erp, receiver, resource=RESOURCE.replace("salesOrders", "salesInvoices"))
        erp.call("POST", f"salesOrders({order['id']})/Microsoft.NAV.shipAndInvoice")
        while len(erp.hits()) < 1:
            time.sleep(0.01)
    assert receiver.next()
    assert sorted(entry["state"] for entry in erp.ledger()) == ["cancelled", "open"]
    assert erp.hits() == [("fault", "invoice.write", "006xY")]
    assert [event["value"]["state"] for event in erp.events("invoice_write")] == ["open", "credited", "open"]
