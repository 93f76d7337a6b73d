"""The user's key: made once, for this user alone; and seals that only its owner can compute."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from gameday.base.errors import GamedayError
from gameday.base.owner import KEY_FILE, here, known_keys, sealed, state_folder, user_key


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without a key, and no other folder where one could be."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_the_key_is_made_at_first_use_and_stays() -> None:
    assert len(user_key()) == 32
    assert user_key() == user_key()


def test_only_the_user_can_read_the_key_and_its_folder() -> None:
    user_key()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (state_folder() / KEY_FILE, state_folder())]
    assert modes == [0o600, 0o700]


def test_a_key_that_others_can_read_is_refused() -> None:
    user_key()
    (state_folder() / KEY_FILE).chmod(0o644)
    with pytest.raises(GamedayError, match=r"others can read or change the key .*chmod 600"):
        user_key()
    assert list(known_keys()) == []


def test_a_key_that_is_a_link_is_refused(home: Path) -> None:
    (home / "elsewhere").write_bytes(b"0" * 32)
    (state_folder() / KEY_FILE).symlink_to(home / "elsewhere")
    with pytest.raises(GamedayError, match="others can read or change the key"):
        user_key()


@pytest.mark.parametrize("first", ["not/absolute", ""])
def test_without_a_state_home_it_is_below_the_home(home: Path, monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", first)
    assert state_folder() == home / ".local" / "state" / "gameday"


def test_where_a_folder_cannot_be_made_the_next_one_is_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "file"))
    monkeypatch.setenv("HOME", str(home / "file"))
    assert state_folder() == home / "runtime" / "gameday"


def test_a_key_in_a_folder_that_came_first_before_is_known(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "")
    earlier = user_key()
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    later = user_key()
    assert set(known_keys()) == {later, earlier}


def test_a_seal_differs_with_the_key_and_with_each_part() -> None:
    seals = {sealed(b"k", "a", "b"), sealed(b"K", "a", "b"), sealed(b"k", "ab", ""), sealed(b"k", "a", "c")}
    assert len(seals) == 4


def test_the_origin_does_not_show_the_ids_of_the_machine() -> None:
    boot = Path("/proc/sys/kernel/random/boot_id")
    shown = f"{here().machine} {here().boot}"
    assert here().user == str(os.getuid())
    assert not boot.exists() or boot.read_text().strip() not in shown
