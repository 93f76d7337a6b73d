"""The token of fakes that run already goes to these fakes and to no other address."""

from __future__ import annotations

import stat

import pytest

from gameday.run.control_token import control_token, keep_token, token_file, token_headers, token_seal

FAKES, OTHER = "http://127.0.0.1:1", "http://127.0.0.1:2"


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GAMEDAY_FAKES_TOKEN", raising=False)


def test_the_token_of_the_run_is_sent_to_its_fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    seal = token_seal(FAKES, "open")
    monkeypatch.setenv("GAMEDAY_FAKES_TOKEN", "open")
    assert token_headers(FAKES, seal) == {"authorization": "Bearer open"}


def test_the_token_of_other_fakes_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    seal = token_seal(FAKES, "open")
    monkeypatch.setenv("GAMEDAY_FAKES_TOKEN", "of others")
    assert token_headers(FAKES, seal) == {}
    monkeypatch.setenv("GAMEDAY_FAKES_TOKEN", "open")
    assert token_headers(OTHER, seal) == {}
    assert token_headers(FAKES, "") == {}


def test_a_kept_token_is_found_by_its_address_and_only_this_user_can_read_it() -> None:
    path = keep_token(FAKES, "kept")
    assert control_token(FAKES) == "kept"
    assert control_token(OTHER) == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_token_that_is_kept_again_replaces_the_one_before() -> None:
    keep_token(FAKES, "first")
    keep_token(FAKES, "second")
    assert control_token(FAKES) == "second"


def test_the_variable_comes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_token(FAKES, "kept")
    monkeypatch.setenv("GAMEDAY_FAKES_TOKEN", "set")
    assert control_token(FAKES) == "set"


def test_a_token_file_is_in_the_state_folder_whatever_the_address_says() -> None:
    folder = token_file(FAKES).parent
    assert token_file("http://../../etc/x:1").parent == folder
