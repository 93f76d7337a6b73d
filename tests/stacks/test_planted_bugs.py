"""Each planted bug does harm that the sound stack does not do, under a fault that brings it out."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from gameday_fakes.stacks.durable.bugs import BUGS

pytestmark = pytest.mark.slow


def http(world: Any, fake: str = "netsuite", **rule: Any) -> None:
    world.strike(fake, "http", **rule)


def nothing_waits(world: Any, *, real_s: float = 12) -> None:
    """No deal is tried again any more, by itself or with others."""
    world.until(
        lambda: all(f'state="{state}"' not in world.hook("GET", "/metrics") for state in ("queued", "parked")),
        "no deal waits any more",
        real_s=real_s,
    )


def reconciled(world: Any) -> None:
    """The reconciler has had a turn: a deal of which no event told has come through."""
    number = len(world.get("/salesforce/ledger")["entries"])
    world.strike("salesforce", "delete_subscription")
    [missed] = world.close_deals(1, start=number)
    world.heal("salesforce", "delete_subscription")
    world.until(lambda: f'"otherRefNum":"{missed}"' in json.dumps(orders(world), separators=(",", ":")), "a turn")
    # Its invoice too.
    nothing_waits(world)


def orders(world: Any) -> Any:
    return world.get("/netsuite/ledger")["entries"]


def harm_after(fake: str, **fault: Any) -> Callable[[Any], bool]:
    """Deals are closed under a fault, which is healed; the books differ when all has been done that ever will be."""

    def act(world: Any) -> bool:
        world.strike(fake, **fault)
        world.close_deals(12)
        world.until(lambda: len(world.events("deliver")) >= 12, "all are delivered")
        # A sound stack still waits for the fault to end; an unsound one may be through with it.
        with contextlib.suppress(pytest.fail.Exception):
            nothing_waits(world, real_s=2)
        world.heal(fake, fault["kind"])
        nothing_waits(world)
        if world.differences():
            reconciled(world)
            nothing_waits(world)
        return bool(world.differences())

    return act


def repriced(world: Any) -> bool:
    world.strike("netsuite", "price_drift", percent=12, share=1.0)
    world.close_deals(6)

    def known() -> bool:
        mismatches = any("mismatch" in alert["custom_details"]["reason"] for alert in world.alerts())
        return mismatches or len(world.hook("GET", "/dead-letters")) == 6

    world.until(known, "the deals are parked, or what was written has been found to be wrong")
    world.heal("netsuite", "price_drift")
    nothing_waits(world)
    reconciled(world)
    return bool(world.differences())


def stays_wrong(world: Any) -> bool:
    """The books do not come to agree, where the sound stack needs a scenario minute or two: as many real seconds."""
    try:
        world.until(lambda: not world.differences(), "the books agree", real_s=4)
    except pytest.fail.Exception:
        return True
    return False


def half_written(world: Any) -> bool:
    world.strike("netsuite", "half_write", share=0.5)
    world.close_deals(12)
    world.until(lambda: world.events("hit"), "an order is written by half")
    world.until(lambda: len(world.events("deliver")) >= 12, "all are delivered")
    world.heal("netsuite", "half_write")
    return stays_wrong(world)


def lost_by_kill(world: Any) -> bool:
    http(world, action="delay", delay_s=20, operation="order.write")
    world.close_deals(40)
    world.until(lambda: len(world.events("deliver")) == 40, "all are acknowledged")
    world.kill()
    world.heal("netsuite", "http")
    world.launch()
    reconciled(world)
    nothing_waits(world)
    return bool(world.differences())


def overwritten_by_an_older_event(world: Any) -> bool:
    world.strike("salesforce", "reorder_delivery", share=1.0, hold_s=60)
    world.close_deals(6)
    world.heal("salesforce", "reorder_delivery")
    for number in range(6):
        world.amend(number)
    world.until(lambda: world.get("/health")["pending"] == 0, "the held events have arrived")
    nothing_waits(world)
    return bool(world.differences())


def still_there(world: Any) -> bool:
    """A deal that is taken back after its order was made; a new one shows that the stack has gone on."""
    world.close_deals(1)
    world.settled()
    world.operate("salesforce", "void_deal", "deal-0", {})
    world.close_deals(1, start=1)
    return stays_wrong(world)


def told_twice(world: Any) -> bool:
    world.strike("salesforce", "duplicate_delivery", share=1.0, copies=1, gap_s=20)
    world.close_deals(6)
    world.until(lambda: len(world.events("deliver")) == 12, "every event has arrived twice")
    nothing_waits(world)
    return bool(world.differences())


def refused_three_times(world: Any) -> bool:
    world.strike("netsuite", **LOCKED)
    world.close_deals(3)

    def refusals() -> Counter[str]:
        return Counter(event["value"]["order"] for event in world.events("hit"))

    world.until(lambda: any(tries >= 3 for tries in refusals().values()), "a deal has been refused three times")
    world.heal("netsuite", "http")
    nothing_waits(world)
    return bool(world.differences())


def unaware_of_the_schema(world: Any) -> bool:
    world.strike("salesforce", "hide_field", object="Opportunity", field="CurrencyIsoCode")
    world.close_deals(3)
    world.until(world.alerts, "an alert")
    return all("schema" not in alert["custom_details"]["reason"] for alert in world.alerts())


def never_found(world: Any) -> bool:
    world.strike("salesforce", "delete_subscription")
    world.close_deals(1)
    world.heal("salesforce", "delete_subscription")
    world.until(lambda: "sync_deals" in world.hook("GET", "/metrics"), "the stack works")
    world.close_deals(1, start=1)
    world.until(lambda: world.get("/netsuite/ledger")["entries"], "the other one is there")
    return stays_wrong(world)


def hammered(world: Any) -> bool:
    http(world, action="reply", error="locked", operation="order.write")
    world.close_deals(5)

    def writes() -> int:
        return sum(world.get("/netsuite/stats").get("order.write", {}).values())

    try:
        world.until(lambda: writes() > 5 * 12, "more requests than twelve for each deal", real_s=3)
    except pytest.fail.Exception:
        return False
    return True


def alerted(world: Any) -> dict[str, Any]:
    world.strike("netsuite", "close_period", period="")
    world.close_deals(3)
    world.until(lambda: len(world.events("ticket")) == 3, "all three are known to be in trouble")
    world.until(world.alerts, "an alert", real_s=3)
    return dict(world.alerts()[-1]["custom_details"])


def no_alert(world: Any) -> bool:
    try:
        alerted(world)
    except pytest.fail.Exception:
        return True
    return False


def alert_in_fair_weather(world: Any) -> bool:
    world.close_deals(3)
    world.settled()
    try:
        return bool(world.until(world.alerts, "an alert without cause", real_s=2))
    except pytest.fail.Exception:
        return False


def parked_for_ever(world: Any) -> bool:
    world.strike("netsuite", "close_period", period="")
    world.close_deals(3)
    world.until(lambda: len(world.hook("GET", "/dead-letters")) == 3, "all are parked")
    world.heal("netsuite", "close_period")
    return stays_wrong(world)


REPLY_LOST = {"kind": "http", "action": "drop", "when": "after", "share": 1.0, "times": 1}
LOCKED = {"kind": "http", "action": "reply", "error": "locked", "operation": "order.write"}

HARM: dict[str, Callable[[Any], bool]] = {
    "acks-before-writing": lost_by_kill,
    "ignores-out-of-order": overwritten_by_an_older_event,
    "key-of-the-event": told_twice,
    "swallows-partial-batch-errors": harm_after("salesforce", kind="partial_batch", share=0.5, times=1),
    "stale-schema": unaware_of_the_schema,
    "no-reconciler": never_found,
    "no-idempotency-key": harm_after("netsuite", operation="order.write", **REPLY_LOST),
    "key-changes-on-retry": harm_after("netsuite", operation="order.write", **{**REPLY_LOST, "share": 0.5}),
    "takes-half-for-whole": half_written,
    "keeps-voided-orders": still_there,
    "repeated-invoice": harm_after("netsuite", operation="invoice.write", **REPLY_LOST),
    "rounds-money-in-floats": harm_after("netsuite", operation="order.write", **REPLY_LOST),
    "wrong-tolerance": repriced,
    "no-dead-letter-queue": harm_after("netsuite", kind="close_period", period=""),
    "drops-after-n-tries": refused_three_times,
    "checkpoint-past-failure": harm_after("netsuite", times=1, **LOCKED),
    "unbounded-retry": hammered,
    "parks-for-ever": parked_for_ever,
    "alerts-nobody": no_alert,
    "alerts-late": no_alert,
    "alerts-without-order-ids": lambda world: alerted(world)["orders"] == [],
    "wrong-owner": lambda world: alerted(world)["owner"] != "finance-operations",
    "alerts-on-everything": alert_in_fair_weather,
}


def test_every_bug_is_shown_here() -> None:
    assert sorted(HARM) == sorted(BUGS)


def test_every_bug_is_said_in_one_line() -> None:
    assert all(text and "\n" not in text for text in BUGS.values())


@pytest.mark.parametrize("bug", sorted(HARM))
def test_the_sound_stack_does_no_such_harm(world: Any, bug: str) -> None:
    world.start("durable")
    assert not HARM[bug](world)


@pytest.mark.parametrize("bug", sorted(HARM))
def test_the_bug_does_harm(world: Any, bug: str) -> None:
    world.start("durable", bug=bug)
    assert HARM[bug](world)


def test_an_unknown_bug_is_refused_in_one_line_that_names_the_known_ones(world: Any) -> None:
    world.start("durable")
    world.kill()
    environment = {**world._environment, "GAMEDAY_BUG": "no-such-bug"}
    done = subprocess.run(
        [sys.executable, "-m", "gameday_fakes.stacks.durable"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [f"unknown bug 'no-such-bug'; known: {', '.join(BUGS)}"]
