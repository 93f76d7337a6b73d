"""A stack that ends by itself is an event with its exit code and last words; what the harness ends is none."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from gameday.config.gameday_toml import StackTable
from gameday.model.events import StackExited
from gameday.run.placeholders import Placeholders
from gameday.run.stack import Stack

pytestmark = pytest.mark.slow
DIES = (
    "import os, sys; print('starting'); print('refused: ' + os.environ['KEY_OF_MINE'] + ' gameday-known'); sys.exit(3)"
)
LIVES = "import time; time.sleep(60)"


def stack(folder: Path, code: str) -> Stack:
    credentials = folder / "credentials.json"
    credentials.write_text(json.dumps({"erp": {"token": "gameday-known"}}))
    table = StackTable(
        "mine", command=("{python}", "-u", "-c", code), env={"KEY_OF_MINE": "open", "A_TOKEN": "open-sesame"}
    )
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
        pace=60,
        flow="f",
    )
    return Stack(table, known, folder / "stack.log")


def exited(mine: Stack) -> StackExited | None:
    """The end of a process that is to be recorded since the last time."""
    event = next(iter(mine.events()), None)
    assert event is None or isinstance(event, StackExited)
    return event


async def _ended(mine: Stack) -> StackExited | None:
    assert mine.child is not None
    await mine.child.process.wait()
    return exited(mine)


def test_a_process_that_ends_by_itself_is_recorded_once_without_secrets(tmp_path: Path) -> None:
    async def scene() -> tuple[StackExited | None, StackExited | None]:
        mine = stack(tmp_path, DIES)
        await mine.start()
        first, second = await _ended(mine), exited(mine)
        await mine.close()
        return first, second

    first, second = asyncio.run(scene())
    assert first is not None
    assert (first.code, first.words) == (3, "starting\nrefused: open [secret]")
    assert second is None


def test_a_process_that_a_fault_killed_is_not_recorded(tmp_path: Path) -> None:
    async def scene() -> list[StackExited | None]:
        mine = stack(tmp_path, LIVES)
        await mine.start()
        seen = [exited(mine)]
        await mine.kill()
        seen.append(await _ended(mine))
        await mine.close()
        return [*seen, exited(mine)]

    assert asyncio.run(scene()) == [None, None, None]


def test_a_process_that_had_ended_before_it_was_killed_is_recorded(tmp_path: Path) -> None:
    async def scene() -> StackExited | None:
        mine = stack(tmp_path, DIES)
        await mine.start()
        assert mine.child is not None
        await mine.child.process.wait()
        await mine.kill()
        ended = exited(mine)
        await mine.close()
        return ended

    ended = asyncio.run(scene())
    assert ended is not None
    assert ended.code == 3
