"""`gameday record`: what it refuses at once, and recording in another process until a signal ends it."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from gameday.base.errors import GamedayError
from gameday.capture import CaptureSettings, capture, load_recording
from gameday.capture.proxy import UNREACHED
from gameday.capture.raw_record import encode_record
from gameday.capture.recording import RECORDS_FILE
from gameday.cli import main
from gameday.contracts.odcs import load_contract

MESSAGE = (
    '<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
    '<e:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound"><Notification><Id>04lGd0000000001</Id>'
    '<sObject xsi:type="sf:Opportunity"><sf:Id>006Gd0000000001</sf:Id><sf:Name>Zwölfkammer Quantenfabrik</sf:Name>'
    "<sf:Amount>4831.29</sf:Amount></sObject></Notification></notifications></e:Body></e:Envelope>"
).encode()

New = Callable[..., dict[str, Any]]


class Answer(NamedTuple):
    """The output and the exit code of a command."""

    code: Any
    out: str
    err: str


@pytest.fixture
def record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    """The command, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GAMEDAY_REDACTION_KEY", raising=False)

    def call(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main(["record", *arguments])
        return Answer(ended.value.code, *capsys.readouterr())

    return call


@pytest.fixture
def some_file(tmp_path: Path, new_record: New) -> str:
    """A file of five records."""
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"".join(encode_record(new_record(number)) + b"\n" for number in range(5)))
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "no source to record from"),
        (
            ("--from", "x.csv", "--listen", "127.0.0.1:0", "--to", "http://127.0.0.1:1"),
            "several sources to record from",
        ),
        (("--url", "https://x.example", "--listen", "127.0.0.1:0", "--to", "http://127.0.0.1:1"), "several sources"),
        (("--crm", "netsuite", "--url", "https://x.example"), "'netsuite' is an ERP, not a CRM"),
        (("--crm", "hubspoke", "--url", "https://x.example"), "unknown CRM 'hubspoke'; known: "),
        (("--crm", "hubspot", "--from", "salesforce", "--url", "https://x.example"), "salesforce is not --crm hubspot"),
        (("--listen", "127.0.0.1:0"), "--listen and --to belong together"),
        (("--from", "x.csv", "--to", "http://127.0.0.1:1"), "--listen and --to belong together"),
        (("--from", "salesforce"), "--from salesforce without --url"),
        (("--from", "x.csv", "--url", "https://example.com"), "--url and --since are for a CRM"),
        (("--from", "x.csv"), "cannot read x.csv: No such file"),
        (("--from", "x.docx"), "unknown format '.docx'"),
        (("--from", "x.csv", "--contract", "nonesuch"), "unknown contract 'nonesuch'"),
        (("--from", "x.csv", "--dead-letters", "none.json"), "cannot read none.json"),
        (("--listen", "127.0.0.1:99999", "--to", "http://127.0.0.1:1"), "write HOST:PORT, for instance"),
        (("--listen", "0.0.0.0:0", "--to", "http://127.0.0.1:1"), "requires a token"),
        (("--listen", "127.0.0.1:0", "--to", "http://192.0.2.1"), "is unencrypted to another machine"),
    ],
)
def test_a_mistake_is_one_line(arguments: tuple[str, ...], problem: str, record: Callable[..., Answer]) -> None:
    answer = record(*arguments)
    assert answer.code == 2
    assert problem in answer.err
    assert answer.err.count("\n") == 1


def test_a_folder_that_holds_a_recording_is_refused(record: Callable[..., Answer], some_file: str) -> None:
    assert record("--from", some_file, "--out", "r").code == 0
    assert "holds a recording already" in record("--from", some_file, "--out", "r").err


@pytest.mark.parametrize(
    "source", [("--from", "missing.jsonl"), ("--listen", "127.0.0.1:0", "--to", "http://127.0.0.1:1")]
)
def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_recorded(
    source: tuple[str, ...], record: Callable[..., Answer]
) -> None:
    Path("file").write_text("")
    answer = record(*source, "--out", "file/recording")
    assert (answer.code, answer.out) == (2, "")
    assert "cannot write the recording 'file/recording'" in answer.err
    assert answer.err.count("\n") == 1


def test_an_empty_file_is_reported_with_a_hint(record: Callable[..., Answer]) -> None:
    Path("empty.jsonl").write_text("")
    assert record("--from", "empty.jsonl").err == "gameday: no record was seen (is the file empty?)\n"


def test_a_recording_of_nothing_but_requests_to_a_stack_that_is_down_says_so(tmp_path: Path) -> None:
    class Nothing:
        name = "traffic"

        def read(self) -> Iterator[Any]:
            return iter(())

        def passed_over(self) -> dict[str, int]:
            return {UNREACHED: 2}

    settings = CaptureSettings(key=b"a key of the tests")
    with pytest.raises(GamedayError, match="no record was seen; passed over: 2 connections for which the stack could"):
        capture(Nothing(), load_contract("closed-won-to-sales-order"), tmp_path, settings)


def test_the_folder_is_named_after_flow_and_time(record: Callable[..., Answer], some_file: str) -> None:
    record("--from", some_file)
    (folder,) = Path("recordings").iterdir()
    assert re.fullmatch(r"closed-won-to-sales-order-\d{8}T\d{6}Z", folder.name)
    assert load_recording(folder).size == 5


def test_as_json_it_prints_the_folder_and_the_whole_description(record: Callable[..., Answer], some_file: str) -> None:
    answer = json.loads(record("--from", some_file, "--out", "r", "--format", "json").out)
    assert (answer["folder"], answer["recording"]["kept"], answer["rejected_lines"]) == ("r", 5, {})


def test_as_text_it_prints_what_was_redacted_and_that_the_key_is_gone(
    record: Callable[..., Answer], some_file: str
) -> None:
    output = record("--from", some_file, "--out", "r").out
    assert "Redacted: Opportunity.Name (confidential)" in output
    assert "thrown away" in output


def test_dead_letters_of_a_run_mark_their_deals(
    record: Callable[..., Answer], some_file: str, new_record: New, tmp_path: Path
) -> None:
    letters = [{"order": new_record(2)["Opportunity"]["Id"], "reason": "locked", "payload": None}]
    (tmp_path / "dead_letters.json").write_text(json.dumps(letters))
    record("--from", some_file, "--out", "r", "--dead-letters", "dead_letters.json")
    strata = load_recording(Path("r")).about.strata
    assert {s.value: s.seen for s in strata if s.dimension == "dead-lettered"} == {"no": 4, "yes": 1}


class _Stack(BaseHTTPRequestHandler):
    """A stack with dead letters."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._answer(b"<Ack>true</Ack>")

    def do_GET(self) -> None:
        letters = [{"id": "1", "order": "006Gd0000000001", "reason": "locked", "payload": "{}"}]
        self._answer(json.dumps(letters).encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def stack_url() -> Iterator[str]:
    """A stack that runs."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Stack) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextlib.contextmanager
def recording(stack_url: str, out: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, recording in another process, and the address at which it listens."""
    command = [sys.executable, "-m", "gameday.cli", "record", "--listen", "127.0.0.1:0", "--to", stack_url]
    with subprocess.Popen(
        [*command, "--out", str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=out.parent
    ) as process:
        assert process.stderr is not None
        ready = re.match(r"recording at (127\.0\.0\.1:\d+),", process.stderr.readline())
        assert ready
        yield process, f"http://{ready[1]}"


def send(address: str, times: int) -> None:
    with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
        for _ in range(times):
            reply = client.post("/outbound-messages", content=MESSAGE, headers={"content-type": "text/xml"})
            assert reply.content == b"<Ack>true</Ack>"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_by_a_signal_the_recording_is_complete(number: int, stack_url: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with recording(stack_url, out) as (process, address):
        send(address, 3)
        process.send_signal(number)
        output = "".join(process.communicate(timeout=30))
        assert process.returncode == 0, output
    found = load_recording(out)
    assert (found.about.seen, found.size) == (3, 1)
    assert {s.value: s.seen for s in found.about.strata if s.dimension == "dead-lettered"} == {"yes": 3}
    everything = output + "".join(path.read_text() for path in out.iterdir())
    assert not re.search("Zw\u00f6lfkammer|Quantenfabrik|4831", everything)


@pytest.mark.slow
def test_recorded_traffic_is_kept_though_the_folder_was_taken_meanwhile(stack_url: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with recording(stack_url, out) as (process, address):
        send(address, 1)
        out.mkdir()
        (out / RECORDS_FILE).write_text("another's")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
    assert output.endswith(f"Recording: {out}-2\n")
    assert load_recording(tmp_path / "out-2").size == 1
    assert (out / RECORDS_FILE).read_text() == "another's"
