"""Stacks that are a batch, or several processes: what a schedule starts, what its ends mean, what a fault stops."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from gameday.base import process
from gameday.base.errors import GamedayError, RunError
from gameday.config.stack_table import StackTable, read_stack
from gameday.model.events import BatchEnded, HarnessEvent, StackEvent, StackExited
from gameday.run.placeholders import Placeholders
from gameday.run.stack import Stack
from gameday.run.tasks import until
from gameday_fakes.clock import Clock

pytestmark = pytest.mark.slow
LIMIT_S = 20.0
#: One scenario second in a twentieth of a real one.
PACE = 20.0


def stack(folder: Path, table: dict[str, Any]) -> Stack:
    credentials = folder / "credentials.json"
    credentials.write_text("{}")
    urls = dict.fromkeys(("crm_url", "erp_url", "pager_url", "tickets_url"), "")
    known = Placeholders(
        crm="salesforce",
        erp="netsuite",
        **urls,
        host="127.0.0.1",
        port=1,
        state_dir=folder,
        run_dir=folder,
        credentials=credentials,
        pace=PACE,
        flow="f",
    )
    return Stack(read_stack("mine", table, file="gameday.toml"), known, folder / "stack.log")


def batch(folder: Path, code: str, every: str = "1 second") -> Stack:
    return stack(folder, {"command": ["{python}", "-c", code], "every": every})


class Scene:
    """A stack whose scenario has begun; what it did by itself is gathered."""

    def __init__(self, mine: Stack) -> None:
        self.mine = mine
        self.seen: list[HarnessEvent] = []

    async def begin(self) -> None:
        await self.mine.start()
        await self.mine.ready()
        self.mine.begin(Clock(PACE), 0.0)

    async def until(self, holds: Any) -> None:
        async def now() -> bool:
            self.seen += self.mine.events()
            return bool(holds())

        assert await until(now, timeout_s=LIMIT_S, poll_s=0.01)

    def of(self, kind: type[HarnessEvent]) -> list[Any]:
        return [event for event in self.seen if isinstance(event, kind)]


def play(mine: Stack, act: Any) -> Scene:
    scene = Scene(mine)

    async def whole() -> None:
        try:
            await scene.begin()
            played: Coroutine[Any, Any, None] = act(scene)
            await played
        finally:
            await mine.close()

    asyncio.run(whole())
    return scene


def test_a_batch_is_started_again_and_again_and_ending_with_0_is_work_and_no_exit(tmp_path: Path) -> None:
    scene = play(batch(tmp_path, "pass"), lambda s: s.until(lambda: len(s.of(BatchEnded)) >= 3))
    assert {event.code for event in scene.of(BatchEnded)} == {0}
    assert scene.of(StackExited) == []
    assert all(event.worked_s > 0 and event.began_s < event.ended_s for event in scene.of(BatchEnded))


def test_a_run_that_fails_is_recorded_with_its_last_lines(tmp_path: Path) -> None:
    scene = play(
        batch(tmp_path, "raise SystemExit('no database')"), lambda s: s.until(lambda: len(s.of(BatchEnded)) >= 2)
    )
    first = scene.of(BatchEnded)[0]
    assert (first.code, first.words) == (1, "no database")


SLOW = """
import os, pathlib, time
mark = pathlib.Path("{state_dir}") / f"{{os.getpid()}}"
mark.touch()
time.sleep(0.5)
assert len(list(mark.parent.glob("[0-9]*"))) == 1
mark.unlink()
"""


def test_no_run_starts_while_the_last_one_still_runs(tmp_path: Path) -> None:
    scene = play(batch(tmp_path, SLOW), lambda s: s.until(lambda: len(s.of(BatchEnded)) >= 3))
    assert {event.code for event in scene.of(BatchEnded)} == {0}


SIDE_BY_SIDE = """
import pathlib, time
folder = pathlib.Path("{state_dir}")
number = len(list(folder.glob("[0-9]*")))
(folder / str(number)).touch()
while number == 0 and not (folder / "2").exists():
    time.sleep(0.01)
"""


def test_runs_overlap_where_the_table_says_so(tmp_path: Path) -> None:
    """The first run ends only when two others have begun."""
    mine = stack(tmp_path, {"command": ["{python}", "-c", SIDE_BY_SIDE], "every": "1 second", "overlap": True})
    scene = play(mine, lambda s: s.until(lambda: len(s.of(BatchEnded)) >= 3))
    assert {event.code for event in scene.of(BatchEnded)} == {0}


def test_a_fault_kills_all_runs_that_overlap(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        await scene.until(lambda: len(scene.mine.pids()) >= 2)
        pids = scene.mine.pids()
        await scene.mine.kill()
        assert scene.mine.pids() == []
        await scene.until(lambda: len(scene.of(StackEvent)) > len(pids))
        assert [event.pid for event in scene.of(StackEvent)][: len(pids)] == pids
        assert scene.of(BatchEnded) == []

    code = "import time; time.sleep(60)"
    play(stack(tmp_path, {"command": ["{python}", "-c", code], "every": "1 second", "overlap": True}), act)


@pytest.mark.parametrize("fault", ["kill", "pause"])
def test_a_fault_that_comes_while_a_run_starts_meets_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    started, met = asyncio.Event(), asyncio.Event()

    async def slowly(*args: Any, **more: Any) -> Any:
        child = await process.start(*args, **more)
        started.set()
        # As if the fault came before the harness knows the process.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(met.wait(), 0.3)
        return child

    monkeypatch.setattr("gameday.run.stack_process.start", slowly)

    async def act(scene: Scene) -> None:
        await started.wait()
        if fault == "kill":
            await scene.mine.kill()
            await scene.until(lambda: any(event.act == "cut off" for event in scene.of(StackEvent)))
            assert scene.mine.pids() == []
            assert scene.of(BatchEnded) == []
        else:
            await scene.mine.pause()
            met.set()
            await scene.until(lambda: scene.mine.pids() != [])
            [pid] = scene.mine.pids()
            await scene.until(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")

    play(batch(tmp_path, "import time; time.sleep(60)"), act)


def test_the_first_run_starts_with_the_scenario(tmp_path: Path) -> None:
    scene = play(batch(tmp_path, "pass", every="1 week"), lambda s: s.until(lambda: s.of(BatchEnded)))
    assert len(scene.of(BatchEnded)) == 1


def test_a_killed_batch_is_not_started_until_the_fault_ends_and_its_end_is_none(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        await scene.until(lambda: scene.mine.child is not None and scene.mine.batch_running)
        await scene.mine.kill()
        await scene.until(lambda: len(scene.of(StackEvent)) >= 3)
        assert scene.of(BatchEnded) == []
        assert not scene.mine.batch_running
        await scene.mine.start()
        await scene.until(lambda: scene.mine.batch_running)

    scene = play(batch(tmp_path, "import time; time.sleep(60)"), act)
    first, *others = [event.act for event in scene.of(StackEvent)]
    assert (first, set(others)) == ("cut off", {"missed"})


def test_a_batch_that_cannot_be_started_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot start stack 'mine': 'no-such-program'"):
        play(stack(tmp_path, {"command": ["no-such-program"], "every": "1 second"}), lambda s: s.until(lambda: False))


def both(folder: Path) -> Stack:
    lives = ["{python}", "-c", "import time; print('up'); time.sleep(60)"]
    return stack(
        folder, {"health": "", "webhook": "", "processes": {"api": {"command": lives}, "worker": {"command": lives}}}
    )


def test_one_of_several_processes_is_killed_by_name_and_alone_started_again(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        mine = scene.mine
        (api,), (worker,) = mine.pids("api"), mine.pids("worker")
        await mine.kill("worker")
        assert (mine.pids("api"), mine.pids("worker")) == ([api], [])
        await mine.start("worker")
        assert mine.pids("api") == [api]
        assert mine.pids("worker") not in ([], [worker])

    scene = play(both(tmp_path), act)
    assert scene.seen == []


def test_all_processes_are_killed_together_and_started_again(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        before = scene.mine.pids()
        await scene.mine.kill()
        assert scene.mine.pids() == []
        await scene.mine.start()
        assert len(scene.mine.pids()) == len(before) == 2

    play(both(tmp_path), act)
    assert {path.name for path in tmp_path.glob("*.log")} == {"stack-api.log", "stack-worker.log"}


def test_an_unknown_process_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(GamedayError, match=r"unknown process 'wroker'.*known: api, worker.*did you mean 'worker'"):
        play(both(tmp_path), lambda s: s.mine.kill("wroker"))


def test_a_process_that_ends_names_itself(tmp_path: Path) -> None:
    quick = {"command": ["{python}", "-c", "raise SystemExit(4)"]}
    lives = {"command": ["{python}", "-c", "import time; time.sleep(60)"]}
    mine = stack(tmp_path, {"processes": {"api": lives, "worker": quick}, "health": ""})

    async def act() -> list[HarnessEvent]:
        scene = Scene(mine)
        await mine.start()
        await scene.until(lambda: scene.seen)
        await mine.close()
        return scene.seen

    (ended,) = asyncio.run(act())
    assert isinstance(ended, StackExited)
    assert (ended.process, ended.code) == ("worker", 4)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"command": ["x"], "overlap": True}, "'overlap' in .* needs 'every'"),
        ({"processes": {"a": {"command": ["x"], "overlap": True}}}, "'overlap' in .* needs 'every'"),
        ({"command": ["x"], "every": "often"}, "not a duration: 'often', 'every' in"),
        ({"command": ["x"], "every": "0 s"}, "is not from a second to a week"),
        ({"command": ["x"], "every": "2 weeks"}, "is not from a second to a week"),
        ({"url": "http://127.0.0.1:1", "every": "1 minute"}, "'every' in .* needs a command"),
        ({"command": ["x"], "processes": {"a": {"command": ["y"]}}}, "needs either a command or a url, or processes"),
        ({"processes": {"a b": {"command": ["y"]}}}, "a b"),
        ({"processes": {"a": {"command": []}}}, "command"),
        ({"processes": {"a": {"command": ["{nope}"]}}}, "unknown template 'nope'"),
        ({"processes": {"a": {"command": ["x"], "env": {"B": "{nope}"}}}}, "unknown template 'nope'"),
        ({"processes": {"a": {"command": ["x"], "evry": "1 minute"}}}, "evry"),
        ({"processes": {"a": {"command": ["x"], "every": "never"}}}, "not a duration: 'never'"),
    ],
)
def test_a_mistake_in_the_table_is_one_clear_line(table: dict[str, Any], said: str) -> None:
    with pytest.raises(GamedayError, match=said) as raised:
        read_stack("mine", table, file="gameday.toml")
    assert "stack.mine" in str(raised.value)


def test_a_batch_does_not_listen_unless_its_table_says_so() -> None:
    def read(**table: Any) -> StackTable:
        return read_stack("mine", {"command": [sys.executable], **table}, file="gameday.toml")

    quiet = read(every="5 minutes")
    assert (quiet.webhook, quiet.health, quiet.absent) == ("", "", ("webhook",))
    heard = read(every="5 minutes", webhook="/hook", health="/up")
    assert (heard.webhook, heard.health, heard.absent) == ("/hook", "/up", ())
    assert read().webhook == "/outbound-messages"
    assert read(webhook="").absent == ("webhook",)
