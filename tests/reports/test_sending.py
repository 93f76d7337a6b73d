"""`gameday publish --send`: shown first, sent only on demand, and each issue made once."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gameday.cli import main
from gameday_reports.outlet import outlets
from gameday_reports.sending import TOKEN_VARIABLE

TOKEN = "secret-token-of-a-test"


class Tool:
    """A tool on loopback: keeps what it gets, and the issues of Jira that it was sent."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str, dict[str, str], Any]] = []
        self.status = 200
        self.text = ""
        self.issues: list[dict[str, Any]] = []

    def answer(self, method: str, path: str, headers: dict[str, str], body: Any) -> tuple[int, str]:
        self.got.append((method, path, headers, body))
        if "/search/jql" in path:
            asked = parse_qs(urlsplit(path).query)["jql"][0]
            return 200, json.dumps({"issues": [each for each in self.issues if each["fields"]["labels"][-1] in asked]})
        if path.endswith("/bulk"):
            self.issues += body["issueUpdates"]
        return self.status, self.text


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tool]:
    """A tool, with a gameday.toml that names it for every target."""
    served = Tool()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(content) if content else None
            status, text = served.answer(self.command, self.path, dict(self.headers), body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_port}"
    (tmp_path / "gameday.toml").write_text(
        f"[publish.jira]\nurl = '{url}'\nuser = 'bot'\nfields = {{project = {{key = 'OPS'}}}}\n"
        f"[publish.slack]\nurl = '{url}/api/chat.postMessage'\nfields = {{channel = 'C1'}}\n"
        f"[publish.confluence]\nurl = '{url}'\n[publish.otlp]\nurl = '{url}/v1/traces'\n[publish.csv]\nurl = '{url}'\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


def publish(run_dir: Path, target: str, *more: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["publish", str(run_dir), "--to", target, *more])
    assert isinstance(ended.value.code, int)
    return ended.value.code


SENT_TO = [name for name, outlet in outlets.items() if outlet.send]


@pytest.mark.parametrize("target", SENT_TO)
def test_what_would_be_sent_is_shown_and_not_sent(
    run_dir: Path, tool: Tool, target: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE)
    assert publish(run_dir, target, "--send") == 0
    *calls, last = capsys.readouterr().out.splitlines()
    assert calls
    assert all(
        call.startswith(("would send: POST http://127.0.0.1", "would send: GET http://127.0.0.1")) for call in calls
    )
    assert last == "nothing was sent; --yes sends it"
    assert tool.got == []


@pytest.mark.parametrize("target", SENT_TO)
def test_what_is_sent_is_the_payload_with_the_fields_of_the_table(run_dir: Path, tool: Tool, target: str) -> None:
    assert publish(run_dir, target, "--send", "--yes") == 0
    method, _, headers, body = tool.got[-1]
    assert method == "POST"
    expected = f"Basic {base64.b64encode(f'bot:{TOKEN}'.encode()).decode()}" if target == "jira" else f"Bearer {TOKEN}"
    assert headers["Authorization"] == expected
    if target == "jira":
        assert {each["fields"]["project"]["key"] for each in body["issueUpdates"]} == {"OPS"}
    elif target == "slack":
        assert (body["channel"], bool(body["blocks"])) == ("C1", True)


def test_an_issue_that_jira_has_is_not_made_again(
    run_dir: Path, tool: Tool, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(run_dir, "jira", "--send", "--yes")
    made = len(tool.issues)
    gone = tool.issues.pop()
    publish(run_dir, "jira", "--send", "--yes")
    assert (made > 2, len(tool.issues), tool.issues[-1]) == (True, made, gone)
    assert f": 1 issues, {made - 1} were there already" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(
    ("target", "status", "text", "said"),
    [
        (
            "slack",
            200,
            '{"ok": false, "error": "channel_not_found"}',
            "Slack did not take the message: channel_not_found",
        ),
        ("confluence", 403, f"no {TOKEN}\nfor you", "answered 403: no [secret] for you"),
        ("confluence", 302, "", "answered 302: nothing"),
        ("otlp", 200, "<html>", "answered 200 without JSON"),
        ("jira", 201, '{"issues": [], "errors": [{}]}', "Jira did not take 1 of"),
    ],
)
def test_what_a_tool_does_not_take_is_one_line_without_the_token(
    run_dir: Path, tool: Tool, capsys: pytest.CaptureFixture[str], target: str, status: int, text: str, said: str
) -> None:
    tool.status, tool.text = status, text
    assert publish(run_dir, target, "--send", "--yes") == 2
    err = capsys.readouterr().err
    assert said in err
    assert TOKEN not in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("target", "more", "said"),
    [
        ("csv", ("--send",), "nothing is sent to csv"),
        ("slack", ("--yes",), "--yes without --send"),
        ("slack", ("--send", "--config", "other.toml"), "no address for slack"),
    ],
)
def test_what_cannot_be_sent_is_refused(
    run_dir: Path, tool: Tool, capsys: pytest.CaptureFixture[str], target: str, more: tuple[str, ...], said: str
) -> None:
    Path("other.toml").write_text("")
    assert publish(run_dir, target, *more) == 2
    assert said in capsys.readouterr().err
    assert tool.got == []


def test_without_a_token_nothing_is_sent(
    run_dir: Path, tool: Tool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE)
    assert publish(run_dir, "slack", "--send", "--yes") == 2
    assert f"{TOKEN_VARIABLE} is not set" in capsys.readouterr().err
    assert tool.got == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "ftp://127.0.0.1",
        "https://",
        "https://user:pass@example.com",
        "https://example.com?token=x",
    ],
)
def test_an_address_that_would_give_a_token_away_is_refused(
    run_dir: Path, tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.toml"
    path.write_text(f"[publish.slack]\nurl = '{url}'\n")
    assert publish(run_dir, "slack", "--send", "--config", str(path)) == 2
    assert "[publish.slack] of" in capsys.readouterr().err
