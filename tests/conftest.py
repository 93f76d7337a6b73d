"""What holds for all tests."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from support.commands import let_commands_go_first
from support.left_out import is_left_out
from support.memory import use_memory
from support.needs import demand, skipped_line
from support.room import ROOM
from support.shares import in_shares

# A shell has what it starts in the background ignore Ctrl-C, and whatever is started from there inherits that: the
# tests that interrupt a command would wait in vain.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The user's key, and whatever else is kept for a user, is made in a folder of the tests.
if "gameday-tests-" not in os.environ.get("XDG_STATE_HOME", ""):
    os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="gameday-tests-")
    atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)

use_memory()

# GNU readline, which pytest loads, sets it for what pytest starts, so for the workers. It would break lines.
os.environ.pop("COLUMNS", None)

# The machine is shared and no test asserts timing; and a test that passed once shall pass again.
settings.register_profile("tests", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("tests")
# `make test-fast` tries fewer examples of each property, `make thorough` more, for the nights.
settings.register_profile("fast", settings.get_profile("tests"), max_examples=10)
settings.register_profile("thorough", settings.get_profile("tests"), max_examples=1000)

#: How many objects are made between two looks for garbage; by default 700.
GARBAGE_AFTER = 50_000

#: The file that gets the ids of the skipped tests, one a line, so that `pytest @FILE` runs just these later.
SKIPPED_FILE = "GAMEDAY_SKIPPED_FILE"


# Looking for garbage took a fifth of the collection, and a twelfth of the tests that render reports.
gc.set_threshold(GARBAGE_AFTER)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the modules of which no test would be chosen."""
    return is_left_out(collection_path, config.option.markexpr) or None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each worker its share of the modules with slow tests, and those first.

    A worker begins with its part of the list, and those that are done take over what others have not begun. In the
    order of the folders one worker was left with days of a minute each, one after the other.
    """
    shares = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = in_shares(items, shares)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep what was collected out of the garbage collector, which would otherwise go through it again and again.

    Of several workers each gives way to the game days of all.
    """
    gc.freeze()
    if "PYTEST_XDIST_WORKER" in os.environ and any(map(_slow, session.items)):
        let_commands_go_first()


def _slow(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None


@pytest.hookimpl(trylast=True)
def pytest_runtest_logfinish() -> None:
    """A test that ran a game day is over: there is room for another."""
    ROOM.give_back()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Look for garbage once: for interpreters that need it, pytest does ten times, each time through all there is."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked ``needs`` where the machine lacks what it needs."""
    for marker in item.iter_markers("needs"):
        demand(*marker.args)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None, None, None]:
    """End with one line on what was skipped, and what enables it."""
    yield
    skipped = terminalreporter.stats.get("skipped", [])
    line = skipped_line(report.longrepr[2] for report in skipped)
    if line:
        terminalreporter.write_line(line)
    if path := os.environ.get(SKIPPED_FILE):
        Path(path).write_text("".join(f"{report.nodeid}\n" for report in skipped), encoding="utf-8")
