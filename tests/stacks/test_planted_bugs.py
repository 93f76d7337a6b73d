"""The harm that a planted bug does under its fault, seen at the fakes; the stack without bugs does no such harm.

That the library catches each of them is in test_caught_bugs.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from gameday_fakes.stacks.durable.bugs import BUGS

pytestmark = pytest.mark.slow


def http(fake_set: Any, fake: str = "netsuite", **rule: Any) -> None:
    fake_set.inject(fake, "http", **rule)


def nothing_waits(fake_set: Any, *, real_s: float = 12) -> None:
    """Wait until no deal is queued or parked."""
    fake_set.until(
        lambda: all(f'state="{state}"' not in fake_set.hook("GET", "/metrics") for state in ("queued", "parked")),
        "no deal waits any more",
        real_s=real_s,
    )


def reconciled(fake_set: Any) -> None:
    """Wait for a pass of the reconciler: a deal without an event has its order."""
    number = len(fake_set.get("/salesforce/ledger")["entries"])
    fake_set.inject("salesforce", "delete_subscription")
    [missed] = fake_set.close_deals(1, start=number)
    fake_set.heal("salesforce", "delete_subscription")
    fake_set.until(lambda: f'"otherRefNum":"{missed}"' in json.dumps(orders(fake_set), separators=(",", ":")), "a pass")
    # Its invoice too.
    nothing_waits(fake_set)


def orders(fake_set: Any) -> Any:
    return fake_set.get("/netsuite/ledger")["entries"]


def under_the_fault(fake_set: Any) -> set[str]:
    """The deals that the fault has hit, and those that it spared: they have an invoice, the last that is written."""
    spared = {order["keys"]["otherRefNum"] for order in orders(fake_set) if order.get("invoices")}
    return spared | {event["value"]["order"] for event in fake_set.events("hit")}


def harm_after(fake: str, **fault: Any) -> Callable[[Any], bool]:
    """Close deals under a fault and heal it; harm is a difference of the ledgers once all work is done."""

    def act(fake_set: Any) -> bool:
        fake_set.inject(fake, **fault)
        deals = fake_set.close_deals(12)
        fake_set.until(lambda: under_the_fault(fake_set) >= {*deals}, "the fault has hit all or spared them")
        fake_set.heal(fake, fault["kind"])
        nothing_waits(fake_set)
        if fake_set.differences():
            reconciled(fake_set)
            nothing_waits(fake_set)
        return bool(fake_set.differences())

    return act


def repriced(fake_set: Any) -> bool:
    fake_set.inject("netsuite", "price_drift", percent=12, share=1.0)
    fake_set.close_deals(6)

    def known() -> bool:
        mismatches = any("mismatch" in alert["custom_details"]["reason"] for alert in fake_set.alerts())
        return mismatches or len(fake_set.hook("GET", "/dead-letters")) == 6

    fake_set.until(known, "the deals are parked, or a mismatch is reported")
    fake_set.heal("netsuite", "price_drift")
    nothing_waits(fake_set)
    reconciled(fake_set)
    return bool(fake_set.differences())


def stays_wrong(fake_set: Any) -> bool:
    """Whether the ledgers still differ after 4 real seconds; a sound stack needs one or two scenario minutes."""
    try:
        fake_set.until(lambda: not fake_set.differences(), "the ledgers agree", real_s=4)
    except pytest.fail.Exception:
        return True
    return False


def half_written(fake_set: Any) -> bool:
    fake_set.inject("netsuite", "half_write", share=0.5)
    fake_set.close_deals(12)
    fake_set.until(lambda: fake_set.events("hit"), "an order is half written")
    fake_set.until(lambda: len(fake_set.events("deliver")) >= 12, "all are delivered")
    fake_set.heal("netsuite", "half_write")
    return stays_wrong(fake_set)


def lost_by_kill(fake_set: Any) -> bool:
    # Long enough that some still wait for those that are being written.
    http(fake_set, action="delay", delay_s=300, operation="order.write")
    fake_set.close_deals(40)
    fake_set.until(lambda: len(fake_set.events("deliver")) == 40, "all are acknowledged")
    fake_set.kill()
    fake_set.heal("netsuite", "http")
    fake_set.launch()
    reconciled(fake_set)
    nothing_waits(fake_set)
    return bool(fake_set.differences())


def overwritten_by_an_older_event(fake_set: Any) -> bool:
    fake_set.inject("salesforce", "reorder_delivery", share=1.0, hold_s=LONG_S)
    fake_set.close_deals(6)
    fake_set.heal("salesforce", "reorder_delivery")
    for number in range(6):
        fake_set.amend(number)
    fake_set.settled()
    fake_set.skip_until(lambda: fake_set.get("/health")["pending"] == 0, "the held events have arrived")
    nothing_waits(fake_set)
    return bool(fake_set.differences())


def still_there(fake_set: Any) -> bool:
    """Void a deal after its order was written; a new deal shows that the stack has gone on."""
    fake_set.close_deals(1)
    fake_set.settled()
    fake_set.operate("salesforce", "void_deal", "deal-0", {})
    fake_set.close_deals(1, start=1)
    return stays_wrong(fake_set)


def delivered_twice(fake_set: Any) -> bool:
    # The second time must not come before the first is worked off, which takes a busy machine a while.
    fake_set.inject("salesforce", "duplicate_delivery", share=1.0, copies=1, gap_s=LONG_S)
    fake_set.close_deals(6)
    fake_set.settled()
    fake_set.skip_until(lambda: len(fake_set.events("deliver")) == 12, "every event has arrived twice")
    nothing_waits(fake_set)
    return bool(fake_set.differences())


def refused_three_times(fake_set: Any) -> bool:
    fake_set.inject("netsuite", **LOCKED)
    fake_set.close_deals(3)

    def refusals() -> Counter[str]:
        return Counter(event["value"]["order"] for event in fake_set.events("hit"))

    fake_set.until(lambda: any(tries >= 3 for tries in refusals().values()), "a deal has been refused three times")
    fake_set.heal("netsuite", "http")
    nothing_waits(fake_set)
    return bool(fake_set.differences())


def unaware_of_the_schema(fake_set: Any) -> bool:
    fake_set.inject("salesforce", "hide_field", object="Opportunity", field="CurrencyIsoCode")
    fake_set.close_deals(3)
    fake_set.until(fake_set.alerts, "an alert")
    return all("schema" not in alert["custom_details"]["reason"] for alert in fake_set.alerts())


def never_found(fake_set: Any) -> bool:
    fake_set.inject("salesforce", "delete_subscription")
    fake_set.close_deals(1)
    fake_set.heal("salesforce", "delete_subscription")
    fake_set.until(lambda: "sync_deals" in fake_set.hook("GET", "/metrics"), "the stack works")
    fake_set.close_deals(1, start=1)
    fake_set.until(lambda: fake_set.get("/netsuite/ledger")["entries"], "the other order is there")
    return stays_wrong(fake_set)


def hammered(fake_set: Any) -> bool:
    http(fake_set, action="reply", error="locked", operation="order.write")
    fake_set.close_deals(5)
    until_s = fake_set.get("/quiet")["now_s"] + BACKED_OFF_S
    fake_set.until(
        lambda: order_writes(fake_set) > 5 * 12 or fake_set.get("/quiet")["now_s"] > until_s, "seven minutes are over"
    )
    return order_writes(fake_set) > 5 * 12


def order_writes(fake_set: Any) -> int:
    return sum(fake_set.get("/netsuite/stats").get("order.write", {}).values())


def alerted(fake_set: Any) -> dict[str, Any]:
    fake_set.inject("netsuite", "close_period", period="")
    fake_set.close_deals(3)
    fake_set.until(lambda: len(fake_set.events("ticket")) == 3, "all three have a ticket")
    fake_set.until(fake_set.alerts, "an alert", real_s=3)
    return dict(fake_set.alerts()[-1]["custom_details"])


def no_alert(fake_set: Any) -> bool:
    try:
        alerted(fake_set)
    except pytest.fail.Exception:
        return True
    return False


def alert_in_fair_weather(fake_set: Any) -> bool:
    fake_set.close_deals(3)
    fake_set.settled()
    try:
        return bool(fake_set.until(fake_set.alerts, "an alert without cause", real_s=2))
    except pytest.fail.Exception:
        return False


def parked_forever(fake_set: Any) -> bool:
    fake_set.inject("netsuite", "close_period", period="")
    fake_set.close_deals(3)
    fake_set.until(lambda: len(fake_set.hook("GET", "/dead-letters")) == 3, "all are parked")
    fake_set.heal("netsuite", "close_period")
    return stays_wrong(fake_set)


#: What a fault holds back for so long comes when the test skips to it.
LONG_S = 3600
#: In so long a sync that waits longer and longer has tried a deal ten times; without that, as often as it can.
BACKED_OFF_S = 400.0
REPLY_LOST = {"kind": "http", "action": "drop", "when": "after", "share": 1.0, "times": 1}
LOCKED = {"kind": "http", "action": "reply", "error": "locked", "operation": "order.write"}

replies_lost = harm_after("netsuite", operation="order.write", **REPLY_LOST)

HARM: dict[str, Callable[[Any], bool]] = {
    "acks-before-writing": lost_by_kill,
    "ignores-out-of-order": overwritten_by_an_older_event,
    "key-per-event": delivered_twice,
    "swallows-partial-batch-errors": harm_after("salesforce", kind="partial_batch", share=0.5, times=1),
    "stale-schema": unaware_of_the_schema,
    "no-reconciler": never_found,
    "no-idempotency-key": replies_lost,
    "key-changes-on-retry": harm_after("netsuite", operation="order.write", **{**REPLY_LOST, "share": 0.5}),
    "accepts-half-written-orders": half_written,
    "keeps-voided-orders": still_there,
    "repeated-invoice": harm_after("netsuite", operation="invoice.write", **REPLY_LOST),
    "rounds-money-in-floats": replies_lost,
    "lets-erp-reprice": repriced,
    "no-dead-letter-queue": harm_after("netsuite", kind="close_period", period=""),
    "drops-after-n-tries": refused_three_times,
    "checkpoint-past-failure": harm_after("netsuite", times=1, **LOCKED),
    "unbounded-retry": hammered,
    "parks-forever": parked_forever,
    "alerts-nobody": no_alert,
    "alerts-late": no_alert,
    "alerts-without-order-ids": lambda fake_set: alerted(fake_set)["orders"] == [],
    "wrong-owner": lambda fake_set: alerted(fake_set)["owner"] != "finance-operations",
    "alerts-on-everything": alert_in_fair_weather,
}

#: One bug of each kind of harm: without a bug all of a kind are the same test.
KINDS = sorted({harm: bug for bug, harm in HARM.items()}.values())


def test_every_test_is_about_a_planted_bug() -> None:
    assert set(HARM) <= set(BUGS)


def test_every_bug_is_described_in_one_line() -> None:
    assert all(text and "\n" not in text for text in BUGS.values())


@pytest.mark.parametrize("bug", KINDS)
def test_without_the_bug_no_harm_is_done(fake_set: Any, bug: str) -> None:
    fake_set.start("durable")
    assert not HARM[bug](fake_set)


@pytest.mark.parametrize("bug", sorted(HARM))
def test_the_bug_does_harm(fake_set: Any, bug: str) -> None:
    fake_set.start("durable", bug=bug)
    assert HARM[bug](fake_set)


def test_an_unknown_bug_is_refused_in_one_line_that_lists_the_known_ones(fake_set: Any) -> None:
    fake_set.start("durable")
    fake_set.kill()
    environment = {**fake_set._environment, "GAMEDAY_BUG": "no-such-bug"}
    done = subprocess.run(
        [sys.executable, "-m", "gameday_fakes.stacks.durable"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [f"unknown bug 'no-such-bug'; known: {', '.join(BUGS)}"]
