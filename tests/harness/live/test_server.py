"""The board over real sockets: its stream, its gate and its commands."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gameday.base.errors import GamedayError
from gameday.live.channel import Commands, announce
from gameday.live.serving import LiveBoard, LiveOptions
from gameday.scoring.run_folder import Run
from support.control import ControlToken

PAGE = "<!doctype html><title>board</title>"


def page(nonce: str) -> str:
    return f"{PAGE}<script nonce='{nonce}'></script>"


@pytest.fixture
def live() -> Iterator[LiveBoard]:
    """A board without a token."""
    with LiveBoard(LiveOptions(), page) as board:
        yield board


@pytest.fixture
def guarded() -> Iterator[LiveBoard]:
    """A board behind a token."""
    with LiveBoard(LiveOptions(token="open sesame"), page) as board:
        yield board


def client(board: LiveBoard, *, token: bool = True, **more: Any) -> httpx.Client:
    url = httpx.URL(board.url)
    control = ControlToken(board.url, url.params["token"]) if token else None
    verify = url.scheme == "https"
    return httpx.Client(base_url=url.copy_with(query=None), auth=control, trust_env=False, verify=verify, **more)


def messages(board: LiveBoard, run: int = 0, **headers: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The messages of a stream, each with its id."""
    with client(board) as http, http.stream("GET", f"/events?run={run}", headers=headers, timeout=30) as stream:
        event_id = ""
        for line in stream.iter_lines():
            if line.startswith("id: "):
                event_id = line[4:]
            elif line.startswith("data: "):
                yield event_id, json.loads(line[6:])


def test_the_page_allows_only_its_own_style_and_script(live: LiveBoard) -> None:
    with client(live) as http:
        answer = http.get("/")
    policy = answer.headers["content-security-policy"]
    nonce = policy.partition("script-src 'nonce-")[2].partition("'")[0]
    assert policy.startswith("default-src 'none'") and f"nonce='{nonce}'" in answer.text


def test_each_answer_has_a_nonce_of_its_own(live: LiveBoard) -> None:
    with client(live) as http:
        first, second = http.get("/"), http.get("/")
    assert first.text != second.text


def test_a_stream_begins_with_the_present_state(live: LiveBoard) -> None:
    assert next(messages(live))[1]["view"] is None


@pytest.mark.slow
def test_a_stream_announces_a_new_run(live: LiveBoard, day: Any, tmp_path: Path) -> None:
    stream = messages(live)
    next(stream)
    announce(live.folder, day.close("A").record(tmp_path))
    assert next(message["view"]["deals"] for _, message in stream if message["view"]) == 1


@pytest.mark.slow
def test_a_stream_that_reconnects_gets_what_it_missed(live: LiveBoard, day: Any, tmp_path: Path) -> None:
    run_dir, writer = day.begin(tmp_path)
    with writer:
        announce(live.folder, run_dir)
        writer.append("harness", "note", "info", 1.0, {"text": "first", "by": "Ana"})
        last = next(event_id for event_id, message in messages(live) if message["entries"])
        writer.append("harness", "note", "info", 2.0, {"text": "second", "by": "Ana"})
        resumed = next(message for _, message in messages(live, **{"last-event-id": last}) if message["entries"])
    assert (resumed["anew"], [entry["text"] for entry in resumed["entries"]]) == (False, ["second"])


def test_a_stream_of_another_server_starts_from_the_beginning(live: LiveBoard) -> None:
    assert next(messages(live, **{"last-event-id": "deadbeef-1-2-3-0"}))[1]["anew"]


@pytest.mark.slow
def test_a_stream_ends_with_the_session() -> None:
    with LiveBoard(LiveOptions(), page) as live:
        stream = messages(live)
        next(stream)
    assert [message["over"] for _, message in stream] == [True]


def test_a_note_is_handed_to_the_run(live: LiveBoard, day: Any, tmp_path: Path) -> None:
    run_dir = day.record(tmp_path)
    announce(live.folder, run_dir)
    next(message for _, message in messages(live) if message["run"] == 1)
    with client(live) as http:
        answer = http.post("/runs/1/notes", json={"by": " Ana ", "text": "acknowledged"})
    (asked,) = Commands(live.folder, run_dir.name).new()
    assert (answer.status_code, asked.act, asked.by, asked.text) == (202, "note", "Ana", "acknowledged")


@pytest.mark.slow
def test_an_acknowledgement_is_asked_of_one_run(live: LiveBoard, day: Any, tmp_path: Path) -> None:
    run_dir = day.record(tmp_path)
    announce(live.folder, run_dir)
    next(message for _, message in messages(live) if message["run"] == 1)
    with client(live) as http:
        http.post("/runs/1/acknowledge", json={"by": "Ana"})
    (asked,) = Commands(live.folder, run_dir.name).new()
    assert (asked.act, asked.by) == ("acknowledge", "Ana")


@pytest.mark.slow
def test_the_report_of_a_run_is_served_once_it_is_over(live: LiveBoard, day: Any, tmp_path: Path) -> None:
    run_dir = day.record(tmp_path)
    (run_dir / "postmortem.html").write_text("<!doctype html><title>The report</title>", encoding="utf-8")
    announce(live.folder, run_dir)
    next(message for _, message in messages(live) if message["run"] == 1)
    with client(live) as http:
        assert [http.get(f"/runs/{number}/report").status_code for number in (0, 1, "9" * 5000)] == [404, 404, 404]
        info = Run(run_dir).info()
        live.finished(info.stack, info.seed, day.scenario.name, "failed")
        line = next(message["runs"][0] for _, message in messages(live) if message["runs"][0]["result"])
        answer = http.get("/runs/1/report")
    assert line["report"] == str(run_dir / "postmortem.html")
    assert (answer.status_code, "The report" in answer.text) == (200, True)
    assert "script-src" not in answer.headers["content-security-policy"]


def test_a_stop_is_asked_of_every_run(live: LiveBoard) -> None:
    with client(live) as http:
        http.post("/stop", json={"by": "Ana", "text": "enough"})
    (asked,) = Commands(live.folder, "").new()
    assert (asked.act, asked.run) == ("stop", "")


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/stop", {"by": " "}, "say who you are"),
        ("/stop", {"by": "Ana", "more": 1}, "bad request"),
        ("/stop", {"by": "x" * 81}, "too long"),
        ("/stop", {"by": "Ana", "text": "x" * 20_000}, "too large"),
        ("/runs/1/notes", {"by": "Ana", "text": ""}, "the note is empty"),
        ("/runs/1/notes", {"by": "Ana", "text": "a"}, "run 1 is not in progress"),
        ("/runs/99/reveal", {"by": "Ana"}, "run 99 is not in progress"),
        (f"/runs/{'9' * 5000}/reveal", {"by": "Ana"}, "run 0 is not in progress"),
    ],
)
def test_a_bad_request_is_refused_with_a_reason(live: LiveBoard, path: str, body: Any, says: str) -> None:
    with client(live) as http:
        answer = http.post(path, json=body)
    assert (answer.status_code, says in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain", "origin": "http://elsewhere.example"},
        {"content-type": "application/json", "origin": "http://elsewhere.example"},
        {"content-type": "application/json", "origin": "null"},
    ],
)
def test_a_page_of_another_site_can_send_no_command(live: LiveBoard, headers: dict[str, str]) -> None:
    with client(live) as http:
        answer = http.post("/stop", content=b'{"by": "Mallory"}', headers=headers)
    assert (answer.status_code, Commands(live.folder, "").new()) == (403, [])


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_command_of_a_type_that_a_form_can_send_is_refused(live: LiveBoard, kind: str) -> None:
    with client(live) as http:
        answer = http.post("/stop", content=b'{"by": "Mallory"}', headers={"content-type": kind})
    assert (answer.status_code, Commands(live.folder, "").new()) == (415, [])


def test_a_request_under_another_host_name_is_refused(live: LiveBoard) -> None:
    with client(live, headers={"host": "elsewhere.example"}) as http:
        assert http.get("/").status_code == 421


@pytest.mark.parametrize("path", ["/", "/events", "/?token=wrong"])
def test_without_its_token_a_board_shows_nothing(live: LiveBoard, path: str) -> None:
    with client(live, token=False) as http:
        assert http.get(path).status_code == 401


@pytest.mark.parametrize("path", ["/stop", "/runs/1/notes"])
def test_without_its_token_a_board_takes_no_command(live: LiveBoard, path: str) -> None:
    with client(live, token=False) as http:
        assert http.post(path, json={"by": "Mallory", "text": "x"}).status_code == 401
    assert Commands(live.folder, "").new() == []


def test_each_board_has_a_token_of_its_own(live: LiveBoard, guarded: LiveBoard) -> None:
    first, second = httpx.URL(live.url).params["token"], httpx.URL(guarded.url).params["token"]
    assert len(first) > 30
    assert second == "open sesame"


def test_the_address_with_the_token_opens_the_board_and_hides_the_token(guarded: LiveBoard) -> None:
    with httpx.Client(trust_env=False, follow_redirects=True) as http:
        answer = http.get(guarded.url)
    assert (answer.status_code, answer.url.query) == (200, b"")


def test_an_address_beyond_loopback_needs_a_token() -> None:
    with pytest.raises(GamedayError, match="needs a token"):
        LiveBoard(LiveOptions(host="192.0.2.1"), page)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(GamedayError, match=f"127.0.0.1:{port}: .*without --live-port a free one is used"):
            LiveBoard(LiveOptions(port=port), page)


def test_after_the_session_nothing_listens_and_nothing_is_left() -> None:
    with LiveBoard(LiveOptions(), page) as board:
        url, folder = board.url, board.folder
    with pytest.raises(httpx.ConnectError), httpx.Client(trust_env=False) as http:
        http.get(url)
    assert not folder.exists()
