"""The engine with strategies and an environment of stubs: phases, faults, endings, and healing whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gameday.base.errors import RunError
from gameday.contracts.odcs import load_contract
from gameday.model.events import FaultHealed, HarnessEvent, OrderWrite
from gameday.model.history import History, HistoryWriter
from gameday.model.scenario import Flow, Injection, Scenario, WorkloadSpec
from gameday.model.workload import Catalog
from gameday.run.endings import Horizon, Quiet
from gameday.run.engine import Engine, PhaseNames
from gameday.run.environment import Environment
from gameday.run.injector import Injector
from gameday.run.recorder import Recorder
from gameday.run.renewal import Renewal
from gameday.run.rollback import RollbackLog, note_done, read
from gameday.run.rollback_entries import HealFake
from gameday.run.servers import Servers
from gameday.run.setup import LedgerSnapshot, Restored, Seeded
from gameday_fakes.clock import Clock
from gameday_fakes.events import Event
from gameday_fakes.ledger import Ledger

CONTRACT = "closed-won-to-sales-order"
FLOW = Flow("salesforce", "netsuite", CONTRACT)
#: Lasts 60 scenario seconds, and 60 more until its horizon.
SCENARIO = Scenario("a day", FLOW, WorkloadSpec(count=1, per_minute=1.0), recovery_s=60.0)
PACE = 2400.0
EMPTY = LedgerSnapshot(Ledger("salesforce", 0, ()), Ledger("netsuite", 0, ()))


class Fakes:
    """The control plane of fakes, as far as the engine uses it."""

    control_url = "http://127.0.0.1:9"

    def __init__(self) -> None:
        self.active: set[str] = set()
        self.news: list[Event] = []

    async def inject(self, fake: str, key: str, rule: dict[str, Any]) -> None:
        self.active.add(key)

    async def heal(self, fake: str, key: str) -> None:
        self.active.discard(key)

    def rollback_entry(self, fake: str, key: str) -> HealFake:
        return HealFake(self.control_url, fake, key)

    async def events(self) -> list[Event]:
        news, self.news = self.news, []
        return news

    async def stats(self, fake: str) -> dict[str, Any]:
        return {}


class Stack:
    """A stack without dead letters, or one that does not answer."""

    answers = True

    longest_pause_s = 0.0

    def events(self) -> list[HarnessEvent]:
        """It runs elsewhere."""
        return []

    async def dead_letters(self) -> tuple[()]:
        if not self.answers:
            raise RunError("the stack did not answer")
        return ()


class Place:
    """An environment that is up, and the history of what happens in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fakes = Fakes()
        self.stack = Stack()
        self.servers = Servers()
        self.is_pending = False
        ledgers = Seeded(Catalog((), ()))
        self.setup = SimpleNamespace(
            contract=load_contract(CONTRACT), ledgers=ledgers, run_dir=folder, names=None, tenants={}, over_tls=False
        )
        self.clock = Clock(PACE)
        self.rollback = RollbackLog(folder)
        self.renewal = Renewal()
        self.fakes_by_role = {"crm": "salesforce", "erp": "netsuite"}
        self.network = None
        self.writer = HistoryWriter(folder / "history.jsonl")
        self.recorder = Recorder(SCENARIO, cast(Environment, self), self.writer)

    async def begin(self) -> None:
        self.clock.restart(PACE)

    async def pending(self) -> bool:
        return self.is_pending

    async def snapshot(self) -> LedgerSnapshot:
        return EMPTY

    async def held(self) -> dict[str, int]:
        return {}

    def history(self) -> History:
        return History.read(self.folder / "history.jsonl")

    def phases(self) -> list[str]:
        return [operation.value["phase"] for operation in self.history() if operation.f == "phase"]

    def run(self, operations: Any, ending: Any, **more: Any) -> LedgerSnapshot:
        return asyncio.run(Engine(self.recorder, operations=operations, ending=ending, **more).run())


class Operations:
    """Operations that take a while (real seconds), or fail."""

    def __init__(self, took_s: float = 0.0, error: Exception | None = None) -> None:
        self._took_s = took_s
        self._error = error

    async def carry_out(self) -> None:
        await asyncio.sleep(self._took_s)
        if self._error is not None:
            raise self._error


class AtOnce:
    """An ending that does not wait."""

    async def wait(self) -> None:
        """Be over."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    # No server ends here, so nothing is to be waited for after an error.
    monkeypatch.setattr("gameday.run.servers.KNOWN_AFTER_S", 0.0)
    place = Place(tmp_path)
    yield place
    place.writer.close()
    place.rollback.close()


def fault(at_s: float = 0.0, duration_s: float | None = None) -> Injection:
    return Injection(at_s, "closed period", "erp", duration_s)


def test_a_run_has_four_phases(place: Place) -> None:
    place.run(Operations(), AtOnce(), injections=[fault(10.0, 10.0)])
    assert place.phases() == ["steady state", "injection", "recovery", "verification"]


def test_the_names_of_the_phases_are_given(place: Place) -> None:
    place.run(Operations(), AtOnce(), phases=PhaseNames(steady_state="repair", recovery="settling"))
    assert place.phases() == ["repair", "settling", "verification"]


@pytest.mark.parametrize("duration_s", [10.0, None])
def test_every_fault_is_healed_before_the_recovery(place: Place, duration_s: float | None) -> None:
    place.run(Operations(), AtOnce(), injections=[fault(0.0, duration_s)])
    kinds = [
        f"{o.f} {o.outcome}" for o in place.history() if o.f in ("inject", "heal") or o.value == {"phase": "recovery"}
    ]
    assert kinds == ["inject invoke", "inject ok", "heal invoke", "heal ok", "phase info"]
    assert place.rollback.outstanding() == {}


def test_if_the_operations_fail_the_faults_are_healed(place: Place) -> None:
    error = RunError("the fakes have ended")
    with pytest.raises(RunError, match="the fakes have ended"):
        place.run(Operations(0.01, error), AtOnce(), injections=[fault()])
    assert place.fakes.active == set()
    assert place.rollback.outstanding() == {}


def test_if_a_watcher_fails_the_run_ends_and_the_faults_are_healed(place: Place) -> None:
    async def stop() -> None:
        await asyncio.sleep(0.01)
        raise RunError("stopped by an operator")

    with pytest.raises(RunError, match="stopped by an operator"):
        place.run(Operations(60.0), AtOnce(), injections=[fault()], watchers=[stop])
    assert place.fakes.active == set()


def test_events_are_recorded_and_go_to_the_listeners(place: Place) -> None:
    value = {"order": "1", "deal": "D", "operation": "order.write"}
    event = Event(1, 1.0, "netsuite", "order_write", "ok", value)
    place.fakes.news.append(event)
    heard: list[Event] = []
    place.recorder.listeners.append(heard.append)
    place.run(Operations(0.01), AtOnce())
    assert heard == [event]
    assert [operation.process for operation in place.history() if operation.f == "order_write"] == ["netsuite"]


def test_a_stack_that_does_not_answer_is_noted(place: Place) -> None:
    place.stack.answers = False
    assert place.run(Operations(), AtOnce()).dead_letters == ()
    assert place.recorder.notes == ["the stack did not answer"]


def test_of_restored_ledgers_the_former_dead_letters_are_kept(place: Place) -> None:
    letters = cast(Any, ("a dead letter",))
    place.setup.ledgers = Restored(Catalog((), ()), LedgerSnapshot(EMPTY.crm, EMPTY.erp, letters))
    place.stack.answers = False
    assert place.run(Operations(), AtOnce()).dead_letters == letters


def test_what_lands_while_the_ledgers_are_read_counts_as_held_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = {"0-slow-replies-0": 2}

    async def held() -> dict[str, int]:
        return dict(waiting)

    async def snapshot() -> LedgerSnapshot:
        waiting.clear()
        return EMPTY

    monkeypatch.setattr(place, "held", held)
    monkeypatch.setattr(place, "snapshot", snapshot)
    place.run(Operations(), AtOnce())
    assert [each.value["faults"] for each in place.history() if each.f == "held"] == [{"0-slow-replies-0": 2}]


def ends_at_s(place: Place, ending: Coroutine[Any, Any, None], *, pace: float = PACE) -> float:
    """Wait for an ending; the scenario second at which it is over."""
    place.clock.restart(pace)
    asyncio.run(ending)
    return place.clock.now_s()


@pytest.mark.slow
def test_a_run_lasts_to_its_horizon(place: Place) -> None:
    assert ends_at_s(place, Horizon(place.recorder).wait()) >= SCENARIO.horizon_s


@pytest.mark.parametrize(("held_s", "times"), [(30.0, 2), (0.0, 1)])
def test_a_run_has_its_whole_time_again_after_a_write_that_a_fault_held_back(
    place: Place, monkeypatch: pytest.MonkeyPatch, held_s: float, times: int
) -> None:
    place.recorder.record(FaultHealed(0, "slow replies", "erp"), "ok", time_s=30.0)
    waited_s: list[float] = []

    async def sleep(_: Clock, duration_s: float) -> None:
        waited_s.append(duration_s)

    async def fetch() -> None:
        if len(waited_s) == 1:
            write = OrderWrite("SO-1", deal="D1", held_s=held_s)
            place.recorder.record(write, "ok", time_s=SCENARIO.horizon_s - 1.0)

    monkeypatch.setattr(Clock, "sleep", sleep)
    monkeypatch.setattr(place.recorder, "fetch", fetch)
    asyncio.run(Horizon(place.recorder).wait())
    assert len(waited_s) == times


@pytest.mark.slow
def test_quiet_ends_once_nothing_is_written(place: Place) -> None:
    assert ends_at_s(place, Quiet(place.recorder, quiet_s=0.01, timeout_s=60.0).wait()) >= 0.01 * PACE
    assert place.recorder.notes == []


def test_a_stack_that_never_becomes_quiet_is_noted(place: Place) -> None:
    place.is_pending = True
    ends_at_s(place, Quiet(place.recorder, quiet_s=0.0, timeout_s=0.05).wait())
    assert place.recorder.notes == ["the stack was still writing after 0.05 s"]


# -- healing when something fails ---------------------------------------------------------------------

TWO_FAULTS = (
    Injection(0, "record lock", "erp", {"share": "0.5"}),
    Injection(0, "revoked token", "crm"),
)


def full(*_: object, **__: object) -> Any:
    """What a disk says that is full."""
    raise OSError(28, "No space left on device")


def test_on_a_full_disk_every_fault_is_healed_and_the_error_comes_afterwards(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    injector = Injector(place.recorder)

    async def run() -> None:
        for number, injection in enumerate(TWO_FAULTS):
            await injector.inject(number, injection)
        assert len(place.fakes.active) >= 2
        monkeypatch.setattr(place.writer, "record", full)
        with pytest.raises(OSError, match="No space left"):
            await injector.heal_all()

    asyncio.run(run())
    assert place.fakes.active == set()
    assert read(place.folder).left == {}


def test_a_rollback_log_that_cannot_be_written_keeps_no_fault_active(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    injector = Injector(place.recorder)

    async def run() -> None:
        await injector.inject(0, TWO_FAULTS[0])
        monkeypatch.setattr(RollbackLog, "_write", full)
        await injector.heal_all()

    asyncio.run(run())
    assert place.fakes.active == set()


def test_no_fault_is_injected_whose_rollback_entry_cannot_be_written(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RollbackLog, "_write", full)
    with pytest.raises(RunError, match=r"cannot write the rollback log in .*: No space left on device"):
        asyncio.run(Injector(place.recorder).inject(0, TWO_FAULTS[0]))
    assert place.fakes.active == set()


def test_a_fault_that_cannot_be_healed_keeps_the_others_from_nothing_and_stays_in_the_log(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    injector = Injector(place.recorder)

    async def run() -> None:
        for number, injection in enumerate(TWO_FAULTS):
            await injector.inject(number, injection)
        heal = place.fakes.heal

        async def refuse(fake: str, key: str) -> None:
            if fake == "salesforce":
                raise RunError("the fakes did not answer")
            await heal(fake, key)

        monkeypatch.setattr(place.fakes, "heal", refuse)
        with pytest.raises(RunError, match="the fakes did not answer"):
            await injector.heal_all()

    asyncio.run(run())
    assert all(key.startswith("1-") for key in place.fakes.active)
    assert set(read(place.folder).left) == place.fakes.active


def test_a_heal_that_is_cancelled_half_way_is_carried_out_to_its_end(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    injector = Injector(place.recorder)

    async def run() -> None:
        await injector.inject(0, TWO_FAULTS[0])
        heal, begun = place.fakes.heal, asyncio.Event()

        async def slow(fake: str, key: str) -> None:
            begun.set()
            await asyncio.sleep(0.01)
            await heal(fake, key)

        monkeypatch.setattr(place.fakes, "heal", slow)
        task = asyncio.create_task(injector.heal(0))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert place.fakes.active == set()


def test_a_run_whose_faults_others_have_healed_has_no_result(place: Place) -> None:
    class Interfering(Operations):
        async def carry_out(self) -> None:
            note_done(place.folder, ["0-record-lock-0"])

    with pytest.raises(RunError, match="stopped for so long that its faults were healed meanwhile"):
        place.run(Interfering(), AtOnce())


def test_a_run_whose_faults_have_expired_has_no_result(place: Place) -> None:
    place.renewal._expired.add("0-record-lock-0")
    with pytest.raises(RunError, match="0-record-lock-0 expired before its time"):
        place.run(Operations(0.05), AtOnce())
