"""A rollback log that this user did not write here causes nothing: no request, no signal."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base.errors import GamedayError
from gameday.base.owner import Origin, here
from gameday.base.process import identify
from gameday.run import healing_calls, rollback
from gameday.run.healing import abandoned, forget, heal_abandoned, heal_run
from gameday.run.rollback import FORMER_FILE, ROLLBACK_FILE, RollbackLog, read
from gameday.run.rollback_entries import CallHook, DeleteProxy, EnableProxy, EndProcess, HealFake, HealToxic

Write = Callable[..., Path]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Where a request would arrive; nobody answers it."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        sock.settimeout(0)
        yield sock


def asked(listener: socket.socket) -> int:
    """How many connections have arrived."""
    count = 0
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


@pytest.fixture
def url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def write(folder: Path, *entries: Any) -> Path:
    """The log of a run of this user whose harness has ended."""
    folder.mkdir()
    log = RollbackLog(folder)
    for number, entry in enumerate(entries):
        log.before(str(number), entry)
    log.close()
    change(folder, lambda line: {**line, "harness": {"pid": 1, "started": "0"}} if "harness" in line else line)
    return folder


def change(folder: Path, to: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change every line of a log."""
    path = folder / ROLLBACK_FILE
    lines = [json.dumps(to(json.loads(line))) for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines) + "\n")


def all_kinds(url: str) -> tuple[Any, ...]:
    return (
        HealFake(url, "netsuite", "f"),
        HealToxic(url, "p", "t"),
        EnableProxy(url, "p"),
        DeleteProxy(url, "p"),
        CallHook("POST", f"{url}/resume"),
    )


def test_entries_without_a_seal_make_no_request(tmp_path: Path, listener: socket.socket, url: str) -> None:
    run = write(tmp_path / "run", *all_kinds(url))
    change(run, lambda line: {name: value for name, value in line.items() if name != "seal"})
    (healing,) = heal_abandoned(tmp_path)
    assert (len(healing.refused), healing.healed, asked(listener)) == (5, (), 0)
    assert healing.refused["0"] == "it has no seal: an older version or somebody else wrote it"


def test_the_log_of_an_older_version_makes_no_request(tmp_path: Path, listener: socket.socket, url: str) -> None:
    run = write(tmp_path / "run", HealFake(url, "netsuite", "f"))
    change(run, lambda line: {"id": line["id"], "undo": line["rollback"]} if "rollback" in line else line)
    (run / ROLLBACK_FILE).rename(run / FORMER_FILE)
    (healing,) = heal_abandoned(tmp_path)
    assert (list(healing.refused), asked(listener)) == (["0"], 0)


@pytest.mark.parametrize("field", ["control", "fake", "fault"])
def test_an_entry_that_was_changed_makes_no_request(
    tmp_path: Path, listener: socket.socket, url: str, field: str
) -> None:
    run = write(tmp_path / "run", HealFake("http://127.0.0.1:9", "netsuite", "f"))
    value = {"control": url, "fake": "jira", "fault": "g"}[field]
    change(run, lambda line: {**line, "rollback": {**line["rollback"], field: value}} if "rollback" in line else line)
    assert heal_run(run).refused == {"0": "its seal is not of this user's key"}
    assert asked(listener) == 0


def test_an_entry_under_another_name_is_refused(tmp_path: Path, url: str) -> None:
    run = write(tmp_path / "run", HealFake(url, "netsuite", "f"))
    change(run, lambda line: {**line, "id": "1"} if "rollback" in line else line)
    assert list(heal_run(run).refused) == ["1"]


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ("machine", "it was written on another machine"),
        ("user", "another user wrote it"),
        ("boot", "it was written before this machine was started"),
    ],
)
def test_a_log_of_another_machine_user_or_boot_makes_no_request(
    tmp_path: Path, listener: socket.socket, url: str, monkeypatch: pytest.MonkeyPatch, field: str, why: str
) -> None:
    there: Origin = msgspec.structs.replace(here(), **{field: "elsewhere"})
    monkeypatch.setattr(rollback, "here", lambda: there)
    run = write(tmp_path / "run", HealFake(url, "netsuite", "f"))
    monkeypatch.undo()
    assert heal_run(run).refused == {"0": why}
    assert asked(listener) == 0


def test_no_process_of_an_earlier_boot_is_ended_or_kept_in_mind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollback, "here", lambda: msgspec.structs.replace(here(), boot="earlier"))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as process:
        run = write(tmp_path / "run", EndProcess(identify(process.pid), "the stack"))
        monkeypatch.undo()
        assert heal_run(run).healed == ("0",)
        assert process.poll() is None
        process.communicate(b"\n")


def test_a_log_with_bytes_that_are_no_text_blocks_nothing(tmp_path: Path) -> None:
    run = write(tmp_path / "run", EndProcess(identify(1), "x"))
    path = run / ROLLBACK_FILE
    path.write_bytes(path.read_bytes() + b'{"id": "\xff\xfe", "done": true}\n' + b"[" * 100_000 + b"\n")
    assert list(read(run).left) == ["0"]
    assert list(abandoned(tmp_path)) == [run]


def test_an_address_that_never_answers_is_asked_once(
    tmp_path: Path, listener: socket.socket, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(healing_calls, "REQUEST_S", 0.1)
    write(tmp_path / "a", HealFake(url, "netsuite", "f"), HealFake(url, "netsuite", "g"))
    write(tmp_path / "b", HealFake(url, "netsuite", "h"))
    healings = heal_abandoned(tmp_path)
    assert [len(healing.outstanding) for healing in healings] == [2, 1]
    assert "no reply within" in healings[0].outstanding["0"]
    assert asked(listener) == 1


def test_what_is_forgotten_is_not_asked_for_again(tmp_path: Path, listener: socket.socket, url: str) -> None:
    run = write(tmp_path / "run", HealFake(url, "netsuite", "f"))
    assert forget(tmp_path, "run") == (run, ("0",))
    assert heal_abandoned(tmp_path) == []
    assert asked(listener) == 0


def test_a_run_that_is_still_going_is_not_forgotten(tmp_path: Path, url: str) -> None:
    run = tmp_path / "run"
    run.mkdir()
    log = RollbackLog(run)
    log.before("0", HealFake(url, "netsuite", "f"))
    log.close()
    with pytest.raises(GamedayError, match="still going"):
        forget(tmp_path, str(run))
    assert list(read(run).left) == ["0"]


def test_a_run_that_left_nothing_open_is_named_as_such(tmp_path: Path, url: str) -> None:
    write(tmp_path / "left", HealFake(url, "netsuite", "f"))
    with pytest.raises(GamedayError, match=r"unknown run 'lfet' in .*; known: left .*did you mean 'left'"):
        forget(tmp_path, "lfet")


def test_on_a_disk_that_can_only_be_read_everything_is_healed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as process:
        run = write(tmp_path / "run", EndProcess(identify(process.pid), "the stack"))
        opened = Path.open

        def read_only(self: Path, mode: str = "r", *more: Any, **named: Any) -> Any:
            if "a" in mode or "w" in mode:
                raise OSError(errno.EROFS, os.strerror(errno.EROFS))
            return opened(self, mode, *more, **named)

        monkeypatch.setattr(Path, "open", read_only)
        healing = heal_run(run)
        assert (healing.healed, healing.unnoted) == (("0",), "Read-only file system")
        assert process.wait(30) == -signal.SIGKILL
