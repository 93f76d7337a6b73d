"""Faults of a caller that has stopped calling expire; those of others, and of callers without a name, stay."""

from __future__ import annotations

import asyncio
import os

import pytest

from gameday.base.process import start_time
from gameday_fakes.expiry import HOLD_RUNNING_S, HOLD_S, LOOK_S, Holds, expire_forever


class Watch:
    """A clock that is set by hand."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def holds(watch: Watch) -> Holds[str]:
    """A fault ``f``, which ``run`` holds."""
    holds: Holds[str] = Holds(watch)
    holds.renew("run")
    holds.hold("run", "f")
    return holds


def look_until(holds: Holds[str], watch: Watch, until_s: float, *callers: str) -> list[str]:
    """What expires until then, while these callers call at each look."""
    found = []
    while watch.now_s < until_s:
        watch.now_s += LOOK_S
        for caller in callers:
            holds.renew(caller)
        found += holds.look()
    return found


def test_a_fault_expires_when_its_holder_stops_calling(holds: Holds[str], watch: Watch) -> None:
    assert look_until(holds, watch, HOLD_S) == []
    assert look_until(holds, watch, HOLD_S + LOOK_S) == ["f"]


def test_every_call_renews_the_hold(holds: Holds[str], watch: Watch) -> None:
    assert look_until(holds, watch, 3 * HOLD_S, "run") == []


def test_the_calls_of_another_do_not_renew_it(holds: Holds[str], watch: Watch) -> None:
    assert look_until(holds, watch, 2 * HOLD_S, "other") == ["f"]


def test_a_fault_of_a_caller_without_a_name_stays(holds: Holds[str], watch: Watch) -> None:
    holds.hold("", "g")
    assert look_until(holds, watch, 10 * HOLD_S) == ["f"]


def test_a_fault_that_was_healed_does_not_expire(holds: Holds[str], watch: Watch) -> None:
    holds.drop("f")
    assert look_until(holds, watch, 2 * HOLD_S) == []
    assert holds.expired("run") == []


def test_a_fault_stays_with_who_injected_it_first(holds: Holds[str], watch: Watch) -> None:
    holds.hold("other", "f")
    assert look_until(holds, watch, 2 * HOLD_S, "other") == ["f"]


def test_the_holder_learns_what_expired(holds: Holds[str], watch: Watch) -> None:
    look_until(holds, watch, 2 * HOLD_S)
    holds.renew("run")
    assert (holds.expired("run"), holds.expired("other")) == (["f"], [])


def test_time_in_which_the_server_did_not_run_does_not_count(holds: Holds[str], watch: Watch) -> None:
    watch.now_s = 100 * HOLD_S
    assert holds.look() == []
    assert look_until(holds, watch, 100 * HOLD_S + HOLD_S + 2 * LOOK_S) == ["f"]


def test_a_fault_that_cannot_be_healed_keeps_no_other_from_expiring(
    watch: Watch, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gameday_fakes.expiry.LOOK_S", 0.001)
    holds: Holds[str] = Holds(watch)
    for fault in ("bad", "good"):
        holds.hold("run", fault)
    holds.renew("run")
    healed = asyncio.Event()

    async def heal(fault: str) -> None:
        if fault == "bad":
            raise RuntimeError("a mistake of ours")
        healed.set()

    async def run() -> None:
        task = asyncio.create_task(expire_forever(holds, heal))
        while not healed.is_set():
            # In steps that do not look like a pause of the server.
            watch.now_s += 0.001
            await asyncio.sleep(0)
            if watch.now_s > 100 * HOLD_S:
                break
        task.cancel()

    monkeypatch.setattr("gameday_fakes.expiry.HOLD_S", 0.05)
    asyncio.run(asyncio.wait_for(run(), 20))
    assert healed.is_set()
    assert "a mistake of ours" in capfd.readouterr().err


def test_a_caller_whose_process_is_seen_to_run_may_be_late(holds: Holds[str], watch: Watch) -> None:
    holds.renew("run", this_process())
    assert look_until(holds, watch, HOLD_RUNNING_S) == []
    assert look_until(holds, watch, HOLD_RUNNING_S + LOOK_S) == ["f"]


@pytest.mark.parametrize("process", ["", "1", "x y", "0 0", "99999999999999 1", "../../etc 1"])
def test_a_process_that_is_not_seen_prolongs_nothing(holds: Holds[str], watch: Watch, process: str) -> None:
    holds.renew("run", process)
    assert look_until(holds, watch, HOLD_S + LOOK_S) == ["f"]


def test_another_process_with_its_number_prolongs_nothing(holds: Holds[str], watch: Watch) -> None:
    holds.renew("run", f"{os.getpid()} 1")
    assert look_until(holds, watch, HOLD_S + LOOK_S) == ["f"]


def this_process() -> str:
    return f"{os.getpid()} {start_time(os.getpid())}"
