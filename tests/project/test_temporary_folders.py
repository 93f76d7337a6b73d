"""The temporary folders of the tests lie in memory where there is room."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support import memory


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    # So that it is put back as it was.
    monkeypatch.setenv(memory.ROOT_VARIABLE, "")
    monkeypatch.delenv(memory.ROOT_VARIABLE)


def test_a_folder_with_room_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "FREE_BYTES", 0)
    memory.use_memory(tmp_path)
    assert os.environ[memory.ROOT_VARIABLE] == str(tmp_path)


def test_a_folder_with_too_little_room_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "FREE_BYTES", 2**60)
    memory.use_memory(tmp_path)
    assert memory.ROOT_VARIABLE not in os.environ


def test_a_folder_that_a_machine_lacks_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "FREE_BYTES", 0)
    memory.use_memory(tmp_path / "shm")
    assert memory.ROOT_VARIABLE not in os.environ


def test_who_has_said_where_is_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "FREE_BYTES", 0)
    monkeypatch.setenv(memory.ROOT_VARIABLE, "/elsewhere")
    memory.use_memory(tmp_path)
    assert os.environ[memory.ROOT_VARIABLE] == "/elsewhere"
