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
        #: How often it is busy first, and what it then says of when to ask again.
        self.busy: list[str] = []
        self.made = {"id": "page-1", "documentId": "doc_1"}
        #: The path at which it takes nothing.
        self.refuses = "nowhere"

    def answer(self, method: str, path: str, headers: dict[str, str], body: Any) -> tuple[int, str]:
        self.got.append((method, path, headers, body))
        if self.busy:
            return 429, ""
        if self.refuses in path:
            return 400, '{"message": "body failed validation"}'
        if path in ("/v1/pages", "/v1/documents"):
            return 200, json.dumps(self.made)
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
            if served.busy:
                self.send_header("Retry-After", served.busy.pop())
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_PATCH = do_POST

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_port}"
    (tmp_path / "gameday.toml").write_text(
        f"[publish.jira]\nurl = '{url}'\nuser = 'bot'\nfields = {{project = {{key = 'OPS'}}}}\n"
        f"[publish.slack]\nurl = '{url}/api/chat.postMessage'\nfields = {{channel = 'C1'}}\n"
        f"[publish.confluence]\nurl = '{url}'\n[publish.otlp]\nurl = '{url}/v1/traces'\n[publish.csv]\nurl = '{url}'\n"
        f"[publish.notion]\nurl = '{url}'\nfields = {{parent = {{page_id = 'p'}}}}\n"
        f"[publish.google-docs]\nurl = '{url}'\n"
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


def written(run_dir: Path, target: str) -> Any:
    """The payload that a file gets."""
    assert publish(run_dir, target, "--out", "payload.json") == 0
    return json.loads(Path("payload.json").read_bytes())


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
        call.startswith(tuple(f"would send: {method} http://127.0.0.1" for method in ("POST", "GET", "PATCH")))
        for call in calls
    )
    assert last == "nothing was sent; --yes sends it"
    assert tool.got == []


@pytest.mark.parametrize("target", SENT_TO)
def test_what_is_sent_is_the_payload_with_the_fields_of_the_table(run_dir: Path, tool: Tool, target: str) -> None:
    assert publish(run_dir, target, "--send", "--yes") == 0
    method, _, headers, body = tool.got[-1]
    assert method == ("PATCH" if target == "notion" else "POST")
    expected = f"Basic {base64.b64encode(f'bot:{TOKEN}'.encode()).decode()}" if target == "jira" else f"Bearer {TOKEN}"
    assert headers["Authorization"] == expected
    if target == "jira":
        assert {each["fields"]["project"]["key"] for each in body["issueUpdates"]} == {"OPS"}
    elif target == "slack":
        assert (body["channel"], bool(body["blocks"])) == ("C1", True)


@pytest.mark.slow
def test_a_page_of_notion_is_made_and_then_filled_in_its_order(
    full_sketch: Any, tmp_path: Path, tool: Tool, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(150):
        full_sketch.deal(f"006Z{number}", 116 + number, "3.00")
    run_dir = full_sketch.record(tmp_path / "of-many")
    payload = written(run_dir, "notion")
    assert publish(run_dir, "notion", "--send", "--yes") == 0
    (method, path, headers, body), *rest = tool.got
    assert (method, path, headers["Notion-Version"]) == ("POST", "/v1/pages", "2022-06-28")
    assert body == {**payload["create"], "parent": {"page_id": "p"}}
    assert len(rest) > 1
    assert [(each[0], each[1]) for each in rest] == [("PATCH", "/v1/blocks/page-1/children")] * len(rest)
    assert [each[3] for each in rest] == payload["append"]
    assert capsys.readouterr().out.endswith(": 1 page, page-1\n")


def test_a_document_is_made_and_then_written_at_once(
    run_dir: Path, tool: Tool, capsys: pytest.CaptureFixture[str]
) -> None:
    payload = written(run_dir, "google-docs")
    assert publish(run_dir, "google-docs", "--send", "--yes") == 0
    assert [(each[0], each[1], each[3]) for each in tool.got] == [
        ("POST", "/v1/documents", payload["create"]),
        ("POST", "/v1/documents/doc_1:batchUpdate", payload["update"]),
    ]
    assert capsys.readouterr().out.endswith(": 1 document, doc_1\n")


@pytest.mark.parametrize(
    ("target", "refuses", "said"),
    [
        ("notion", "/children", "the page page-1 ends before part 2 of"),
        ("google-docs", ":batchUpdate", "the page doc_1 ends before its text (delete it before you send again)"),
    ],
)
def test_of_a_page_that_is_not_whole_its_id_is_shown(
    run_dir: Path, tool: Tool, capsys: pytest.CaptureFixture[str], target: str, refuses: str, said: str
) -> None:
    tool.refuses = refuses
    assert publish(run_dir, target, "--send", "--yes") == 2
    err = capsys.readouterr().err
    assert "answered 400" in err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("target", ["notion", "google-docs"])
@pytest.mark.parametrize("id_", [None, "", 5, "../users", "a" * 201, "a\nb", "x?y"])
@pytest.mark.slow
def test_an_id_that_is_none_is_no_part_of_an_address(
    run_dir: Path, tool: Tool, capsys: pytest.CaptureFixture[str], target: str, id_: object
) -> None:
    tool.made = {"id": id_, "documentId": id_}
    assert publish(run_dir, target, "--send", "--yes") == 2
    assert "that is an id" in capsys.readouterr().err
    assert len(tool.got) == 1


def test_a_page_of_notion_has_a_parent(run_dir: Path, tool: Tool, capsys: pytest.CaptureFixture[str]) -> None:
    toml = Path("gameday.toml")
    toml.write_text(toml.read_text().replace("parent = {page_id = 'p'}", "icon = {emoji = 'x'}"))
    assert publish(run_dir, "notion", "--send") == 2
    assert "no parent for the page" in capsys.readouterr().err
    assert tool.got == []


@pytest.mark.parametrize("target", SENT_TO)
def test_a_tool_that_is_busy_is_asked_again(run_dir: Path, tool: Tool, target: str) -> None:
    tool.busy = ["0", "0"]
    assert publish(run_dir, target, "--send", "--yes") == 0
    assert tool.got[0] == tool.got[1] == tool.got[2]


@pytest.mark.parametrize(
    ("after", "requests"),
    [
        ("0", 4),
        ("86400", 1),
        ("1e999", 1),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 1),
        ("-1", 1),
        ("\u00b2", 1),
        ("9" * 400, 1),
    ],
)
def test_a_tool_is_not_asked_for_ever(
    run_dir: Path, tool: Tool, capsys: pytest.CaptureFixture[str], after: str, requests: int
) -> None:
    tool.busy = [after] * 9
    assert publish(run_dir, "slack", "--send", "--yes") == 2
    assert "answered 429" in capsys.readouterr().err
    assert len(tool.got) == requests


def test_an_issue_that_jira_has_is_not_made_again(
    run_dir: Path, tool: Tool, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(run_dir, "jira", "--send", "--yes")
    made = len(tool.issues)
    gone = tool.issues.pop()
    publish(run_dir, "jira", "--send", "--yes")
    assert (made > 2, len(tool.issues), tool.issues[-1]) == (True, made, gone)
    assert f": 1 issue, {made - 1} there already" in capsys.readouterr().out.splitlines()[-1]


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
        ("otlp", 200, f'"{"x" * 5_000_000}"', "answered 200 without JSON"),
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
